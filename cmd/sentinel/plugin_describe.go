package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// describePlugin is `sentinel plugin describe PLUGIN`.
func describePlugin(env *environment, args []string) int {
	flags := newFlags(env, "plugin describe [flags] PLUGIN",
		"Tells what a plugin offers and what can be configured, with a block to start\n"+
			"from. "+aPlugin+"Exit code: 0 it described itself, 1 it did not, 2 usage.")
	var t trial
	t.output.register(flags)
	if code, ok := t.parse(env, flags, args, "describe ./sentinel-tracker-mine"); !ok {
		return code
	}
	if len(t.words) > 0 {
		fmt.Fprintf(env.stderr, "sentinel plugin describe: unexpected %q\n", t.words[0])
		return exitUsage
	}
	t.warn(env)
	return t.use(env, slog.LevelWarn, func(_ context.Context, _ *pluginhost.Plugin, d pluginhost.Description) error {
		if t.output.isJSON() {
			return description(t.spec.Name, d).Write(env.stdout)
		}
		writeDescription(env.stdout, t.spec.Name, d)
		return nil
	})
}

// description is what the plugin would print itself.
func description(name string, from pluginhost.Description) *serve.Description {
	d := serve.NewDescription(name, from.Version, from.SDK)
	for _, t := range from.Trackers {
		d.AddTracker(t)
	}
	for _, n := range from.Notifiers {
		d.AddNotifier(n)
	}
	return d
}

// writeDescription writes what a plugin offers for people.
func writeDescription(w io.Writer, name string, d pluginhost.Description) {
	fmt.Fprintf(w, "%s %s, written with %s\n", name, oneLine(d.Version), oneLine(d.SDK))
	for _, t := range d.Trackers {
		how := "reports by itself"
		if t.Polled() {
			how = "is polled"
		}
		fmt.Fprintf(w, "\ntracker %q: %s; it %s\n\n", t.Name(), oneLine(t.Doc()), how)
		writeAttributes(w, t.Schema())
		fmt.Fprintf(w, "\n%s", inLines(config.TrackerExample(t)))
	}
	for _, n := range d.Notifiers {
		fmt.Fprintf(w, "\nnotify %q: %s\n\n", n.Name(), oneLine(n.Doc()))
		writeAttributes(w, n.Schema())
		fmt.Fprintf(w, "\n%s", inLines(config.NotifierExample(n)))
	}
}

// writeAttributes lists what can be configured.
func writeAttributes(w io.Writer, schema sdk.Schema) {
	if len(schema.Attributes) == 0 {
		fmt.Fprintln(w, "It has no attributes of its own.")
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ATTRIBUTE\tTYPE\tDEFAULT\tALLOWED\tMEANING")
	for _, a := range schema.Attributes {
		standard := "-"
		switch {
		case a.Required:
			standard = "(required)"
		case a.Default != nil:
			standard = fmt.Sprint(a.Default)
		}
		doc := a.Doc
		if a.Secret {
			doc = strings.TrimPrefix(doc+"; secret", "; ")
		}
		fmt.Fprintf(t, "%s\t%v\t%s\t%s\t%s\n", a.Name, a.Type, oneLine(standard), oneLine(allowed(&a)), oneLine(doc))
	}
	t.Flush()
}

// allowed says which values an attribute takes, of those of its type.
func allowed(a *sdk.Attribute) string {
	switch {
	case len(a.OneOf) > 0:
		return strings.Join(a.OneOf, ", ")
	case a.Min != nil && a.Max != nil:
		return fmt.Sprintf("%v to %v", a.Min, a.Max)
	case a.Min != nil:
		return fmt.Sprintf("at least %v", a.Min)
	case a.Max != nil:
		return fmt.Sprintf("at most %v", a.Max)
	case a.NotEmpty:
		return "not empty"
	}
	return "-"
}
