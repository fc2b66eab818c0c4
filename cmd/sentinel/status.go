package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
)

// watchInterval is how often status -watch asks.
const watchInterval = time.Second

func runStatus(env *environment, args []string) int {
	flags := newFlags(env, "status [flags]",
		"Shows what a running agent's instances and trackers are, and why.\n"+
			"Exit code: 0 it answered, 1 it did not, 2 usage.")
	var c control
	c.register(env, flags)
	watch := flags.Bool("watch", false, "show it again every second until interrupted")
	names, code, ok := parse(env, flags, args)
	if !ok {
		return code
	}
	if len(names) > 0 {
		fmt.Fprintf(env.stderr, "sentinel status: unexpected %q; sentinel explain tells about one instance\n", names[0])
		return exitUsage
	}
	if err := c.output.check(); err != nil {
		fmt.Fprintln(env.stderr, "sentinel status:", err)
		return exitUsage
	}
	if !*watch {
		if err := showStatus(context.Background(), env, &c, ""); err != nil {
			return env.fail(err)
		}
		return exitDone
	}
	return watchStatus(env, &c)
}

// watchStatus shows the status until it is interrupted. An agent that is away is
// waited for.
func watchStatus(env *environment, c *control) int {
	ctx, cancel := interruptible()
	defer cancel()
	before := ""
	if color, _ := env.terminal(env.stdout); color {
		before = "\x1b[H\x1b[2J" // home, and clear the screen
	}
	for ctx.Err() == nil {
		if err := showStatus(ctx, env, c, before); err != nil && ctx.Err() == nil {
			fmt.Fprintf(env.stderr, "%ssentinel: %v\n", before, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchInterval):
		}
	}
	return exitDone
}

// showStatus asks once and writes the answer in one piece.
func showStatus(ctx context.Context, env *environment, c *control, before string) error {
	status, raw, err := c.client().Status(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if c.output.isJSON() {
		b.Write(raw)
	} else {
		b.WriteString(before)
		writeStatus(&b, &status)
	}
	_, err = env.stdout.Write(b.Bytes())
	return err
}

// writeStatus writes a status for people.
func writeStatus(w io.Writer, s *api.Status) {
	fmt.Fprintf(w, "%s: sentinel %s, up %v\n\n", s.Node, s.Version, ago(s.Now, s.Started))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "INSTANCE\tSTATE\tFOR\tPRIORITY\tACTIVE ROUTER\tADDRESSES\tREASON")
	for _, i := range s.Instances {
		fmt.Fprintf(t, "%s\t%s\t%v\t%s\t%s\t%s\t%s\n", i.Name, i.State, ago(s.Now, i.Since), sum(&i.Priority),
			activeRouter(&i), addresses(&i), i.Reason)
	}
	t.Flush()
	for _, i := range s.Instances {
		for _, f := range i.Priority.Faults {
			fmt.Fprintf(w, "  %s: fault for %v: %s: %s\n", i.Name, ago(s.Now, f.Since), f.Source, f.Reason)
		}
		for _, c := range i.Conflicts {
			fmt.Fprintf(w, "  %s: for %v: %s\n", i.Name, ago(s.Now, c.Since), c.Reason)
		}
	}
	if len(s.Groups) > 0 {
		fmt.Fprintln(t, "\nGROUP\tSTATE\tFOR\tMEMBERS")
		for _, g := range s.Groups {
			fmt.Fprintf(t, "%s\t%s\t%v\t%s\n", g.Name, g.State, ago(s.Now, g.Since), strings.Join(g.Members, " "))
		}
		t.Flush()
	}
	if len(s.Trackers) > 0 {
		fmt.Fprintln(t, "\nTRACKER\tVERDICT\tFOR\tVALUE\tREASON")
		for _, tracker := range s.Trackers {
			writeTracker(t, s.Now, &tracker)
		}
		t.Flush()
	}
	writeHooks(w, t, s)
}

// writeHooks lists the hooks and the plugins, those that are not well with the
// reason.
func writeHooks(w io.Writer, t *tabwriter.Writer, s *api.Status) {
	if len(s.Hooks) > 0 {
		fmt.Fprintln(t, "\nHOOK\tOF\tSTATE\tTOLD\tCALLS\tLAST ERROR")
		for _, h := range s.Hooks {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\n", h.Name, h.Subject, h.State, orDash(h.Told), h.Counters["called"], orDash(h.Error))
		}
		t.Flush()
	}
	if e := s.HookRecord.Error; e != nil {
		fmt.Fprintf(w, "  hooks are told again after a restart: %s\n", oneLine(*e))
	}
	for _, p := range s.Plugins {
		switch {
		case p.Since == nil && slices.Contains([]string{"refused", "unreadable", "missing"}, p.State):
			fmt.Fprintf(w, "  plugin %s: %s: %s\n", oneLine(p.Name), p.State, oneLine(p.Reason))
		case p.Since != nil && p.State != "running":
			fmt.Fprintf(w, "  plugin %s: %s for %v: %s\n", p.Name, p.State, ago(s.Now, *p.Since), oneLine(p.Reason))
		}
	}
}

func orDash(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

func writeTracker(w io.Writer, now time.Time, t *api.Tracker) {
	verdict, since, value, reason := t.Verdict, "-", "-", t.Reason
	if t.Since != nil {
		since = ago(now, *t.Since).String()
	}
	if t.Value != nil {
		value = fmt.Sprint(*t.Value)
	}
	if t.Held {
		verdict += " (held)"
	}
	if t.Doubt != nil {
		reason = "cannot tell: " + *t.Doubt
	}
	if t.Next != nil {
		reason += "; " + *t.Next
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Name, verdict, since, value, reason)
}

// sum writes a priority with what contributes to it: "244 = 250-6".
func sum(p *api.Priority) string {
	text := fmt.Sprint(p.Effective)
	terms := ""
	for _, c := range p.Contributions {
		if c.Value != 0 {
			terms += fmt.Sprintf("%+d", c.Value)
		}
	}
	if terms != "" {
		text += fmt.Sprintf(" = %d%s", p.Base, terms)
	}
	return text
}

func activeRouter(i *api.Instance) string {
	switch {
	case i.ActiveRouter == nil:
		return "none heard"
	case i.ActiveRouter.Self:
		return "self"
	}
	return fmt.Sprintf("%s (%d)", i.ActiveRouter.Address, i.ActiveRouter.Priority)
}

// addresses lists the virtual addresses that are on their interfaces, or says
// what is not as it should be.
func addresses(i *api.Instance) string {
	var present, missing []string
	for _, a := range i.Addresses {
		if a.Present {
			present = append(present, a.Address)
		} else {
			missing = append(missing, a.Address)
		}
	}
	switch {
	case i.State == "active" && len(missing) > 0:
		return strings.TrimSpace(strings.Join(present, " ") + " MISSING: " + strings.Join(missing, " "))
	case len(present) == 0:
		return "-"
	}
	return strings.Join(present, " ")
}

// ago says how long something has been so.
func ago(now, since time.Time) time.Duration {
	d := now.Sub(since)
	if d < 10*time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Second)
}
