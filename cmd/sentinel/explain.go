package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
)

func runExplain(env *environment, args []string) int {
	flags := newFlags(env, "explain [flags] NAME",
		"Tells why an instance is in its state: what led to it, how its priority comes\n"+
			"about, what would have to change, and which of its hooks fail. Exit code: 0 it\n"+
			"answered, 1 it did not or there is no such instance, 2 usage.")
	var c control
	c.register(env, flags)
	names, code, ok := parse(env, flags, args)
	if !ok {
		return code
	}
	if err := c.output.check(); err != nil {
		fmt.Fprintln(env.stderr, "sentinel explain:", err)
		return exitUsage
	}
	if len(names) != 1 {
		fmt.Fprintln(env.stderr, "sentinel explain: name one instance, as in: sentinel explain VI_1")
		return exitUsage
	}
	explanation, raw, err := c.client().Explain(context.Background(), names[0])
	if err != nil {
		return env.fail(err)
	}
	if c.output.isJSON() {
		_, err = env.stdout.Write(raw)
	} else {
		err = writeExplanation(env.stdout, &explanation)
	}
	if err != nil {
		return env.fail(err)
	}
	return exitDone
}

// clock is how times are shown: to the millisecond, as nobody reads more.
const clock = "2006-01-02 15:04:05.000"

// writeExplanation writes an explanation for people.
func writeExplanation(out io.Writer, e *api.Explanation) error {
	w := new(bytes.Buffer)
	fmt.Fprintf(w, "%s\n\nWhat led to it:\n", e.Summary)
	for _, h := range e.History {
		fmt.Fprintf(w, "  %s  %s\n", h.At.In(time.Local).Format(clock), h.Text)
	}
	fmt.Fprint(w, "\nPriority:\n")
	for _, line := range e.Arithmetic {
		fmt.Fprintf(w, "  %s\n", line)
	}
	fmt.Fprint(w, "\nWhat would change it:\n")
	for _, line := range e.Outlook {
		fmt.Fprintf(w, "  %s\n", line)
	}
	if len(e.Hooks) > 0 {
		fmt.Fprint(w, "\nHooks:\n")
	}
	for _, line := range e.Hooks {
		fmt.Fprintf(w, "  %s\n", oneLine(line))
	}
	for _, c := range e.Instance.Conflicts {
		fmt.Fprintf(w, "\nMind: %s\n", c.Reason)
	}
	_, err := out.Write(w.Bytes())
	return err
}
