package serve

import (
	"fmt"
	"io"
	"path/filepath"
)

// description is what the argument "describe" prints.
func (c *components) description(name string) *Description {
	d := NewDescription(name, c.described.GetVersion(), c.described.GetSdk())
	for _, message := range c.described.GetTrackers() {
		d.AddTracker(c.trackers[message.GetName()])
	}
	for _, message := range c.described.GetNotifiers() {
		d.AddNotifier(c.notifiers[message.GetName()])
	}
	return d
}

// byHand is what the plugin does when a person starts it. It returns the exit
// status.
func byHand(c *components, args []string, stdout, stderr io.Writer) int {
	name := "plugin"
	if len(args) > 0 {
		name = filepath.Base(args[0])
	}
	switch {
	case len(args) == 2 && args[1] == "describe":
		if err := c.description(name).Write(stdout); err != nil {
			fmt.Fprintln(stderr, err)
			return 1
		}
		return 0
	case len(args) == 2 && (args[1] == "help" || args[1] == "-h" || args[1] == "-help" || args[1] == "--help"):
		c.help(name, stdout)
		return 0
	}
	c.help(name, stderr)
	return 2
}

func (c *components) help(name string, w io.Writer) {
	fmt.Fprintf(w, "%s %s is a plugin of Sentinel, which starts it itself.\n", name, c.described.GetVersion())
	fmt.Fprintf(w, "Put it into plugin_dir, or try it first:\n\n")
	fmt.Fprintf(w, "  sentinel plugin describe ./%s          what can be configured\n", name)
	fmt.Fprintf(w, "  sentinel plugin check ./%s NAME=VALUE  whether it keeps to the protocol\n", name)
	fmt.Fprintf(w, "  sentinel plugin run ./%s NAME=VALUE    what it says\n\n", name)
	for _, t := range c.described.GetTrackers() {
		fmt.Fprintf(w, "  tracker %q: %s\n", t.GetName(), t.GetDoc())
	}
	for _, n := range c.described.GetNotifiers() {
		fmt.Fprintf(w, "  notify %q: %s\n", n.GetName(), n.GetDoc())
	}
	fmt.Fprintf(w, "\n  %s describe   print what can be configured, as JSON\n", name)
}
