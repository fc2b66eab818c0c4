package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Plugin is a plugin block: how a plugin is run.
type Plugin struct {
	// Kind is tracker or notify, Type that of their blocks.
	Kind, Type string
	// SHA256 is what the file must have, in hexadecimal. Empty: anything.
	SHA256 string
	// User is who the plugin runs as. Empty: who the agent does.
	User string
	// Environment is NAME=value, sorted.
	Environment []string
	// StartTimeout is how long it may take until it has described itself. 0: the
	// default.
	StartTimeout time.Duration
}

// Plugins is what there is of what a configuration needs.
type Plugins struct {
	// Trackers and Notifiers are types, each of a plugin that described itself.
	Trackers  []sdk.Tracker
	Notifiers []sdk.Notifier
	// Hooks are further hooks without a block; see [DropIn].
	Hooks []Hook
	// Broken are plugins that are there and cannot be used.
	Broken []BrokenPlugin
	// NotRun is what to warn about besides.
	NotRun []error
	// Directory is where they were looked for.
	Directory Directory
}

// UnusedPlugin is a plugin with a hook that is not called.
type UnusedPlugin struct {
	// Type is that of its blocks.
	Type string
	// Reason is why it cannot be called without one.
	Reason string
}

// BrokenPlugin is a plugin that cannot be used, and why. A block of its type is an
// error; or, if it is tolerated, accepted as it is, with a warning, and cannot tell.
type BrokenPlugin struct {
	Kind, Type string
	Err        error
	Tolerated  bool
}

func (p *Plugins) broken(kind, typ string) *BrokenPlugin {
	i := slices.IndexFunc(p.Broken, func(b BrokenPlugin) bool { return b.Kind == kind && b.Type == typ })
	if i < 0 {
		return nil
	}
	return &p.Broken[i]
}

// longestStart bounds how long a plugin may hold up whoever starts it.
const longestStart = time.Minute

// readPlugin reads a plugin block.
func (l *loader) readPlugin(b *block) {
	p := Plugin{
		Kind: b.labels[0], Type: b.labels[1],
		SHA256:       read(b, "sha256", "", sum).value,
		User:         read(b, "user", "", user).value,
		Environment:  readParts(b, "environment", nil, environment).value,
		StartTimeout: read(b, "start_timeout", 0, duration(minPoll, longestStart)).value,
	}
	l.config.Plugins = append(l.config.Plugins, p)
	types, linked := l.scope.trackers, typeNames(l.opts.Trackers)
	switch p.Kind {
	case trackerShape.name:
	case notifyShape.name:
		types, linked = l.scope.notifiers, typeNames(l.opts.Notifiers)
	default:
		l.report.errorf(b.header, "Unknown kind of plugin", `%q is none. A plugin has trackers or hooks: plugin "tracker" %q or plugin "notify" %[2]q.`, p.Kind, p.Type)
		return
	}
	switch {
	case p.Kind == trackerShape.name && slices.Contains(l.opts.Internal, p.Type):
		l.report.errorf(b.named, "Not a plugin", "Trackers of type %q run inside of the agent. Remove the block.", p.Type)
	case p.SHA256 != "" && slices.Contains(linked, p.Type):
		l.report.errorf(b.attributes["sha256"].NameRange, "No file", "The plugin for %q is part of this program and has no file of its own. Remove the line.", p.Type)
	case types[p.Type] == nil && l.found.broken(p.Kind, p.Type) == nil:
		l.report.warnf(b.named, "No effect", "Nobody uses a plugin for %s blocks of type %q, or there is none in plugin_dir.", p.Kind, p.Type)
	}
}

var (
	sumPattern      = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
	variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// user converts the name or number of a user.
func user(v value) (string, string) {
	name, wrong := text(v)
	if wrong == "" && name == "" {
		wrong = "user must not be empty; leave it out for who runs the agent."
	}
	return name, wrong
}

// sum converts a SHA-256.
func sum(v value) (string, string) {
	s, wrong := text(v)
	if wrong == "" && !sumPattern.MatchString(s) {
		wrong = fmt.Sprintf("%s is no SHA-256, which is 64 characters of 0-9 and a-f. sha256sum prints it.", v)
	}
	return s, wrong
}

// environment converts a map to what a process takes.
func environment(v value, expr hcl.Expression) ([]string, []flaw) {
	converted, flaws := ownMap(v, expr, sdk.Type{Kind: sdk.String})
	all, _ := converted.(map[string]any)
	written, _ := pairs(expr)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !variablePattern.MatchString(name) {
			flaws = append(flaws, flaw{at: v.keyRange(written[name].Key), text: fmt.Sprintf("%q cannot be the name of a variable. It begins with a letter or _ and has letters, digits and _ after that.", name)})
		}
		list = append(list, fmt.Sprintf("%s=%v", name, all[name]))
	}
	return list, flaws
}

// DropIn returns a hook as it is without a block: for everything, with the
// defaults.
func DropIn(name string, kind sdk.Notifier, values sdk.Values) Hook {
	return Hook{
		Name: name, Type: kind, Values: values, On: sdk.States(),
		Timeout: defaultHookTimeout, Retries: untilItWorks, ForAll: true,
	}
}

// NeedsBlock returns why a hook cannot be called without a block: "url is required".
// It is empty if it can be, or if nobody knows.
func NeedsBlock(n sdk.Notifier) string {
	if err := n.Validate(sdk.Values{}); err != nil && !errors.Is(err, sdk.ErrUnanswered) {
		return plain(err)
	}
	return ""
}

// dropIn adds the hooks that have no block.
func (l *loader) dropIn() {
	for _, err := range l.found.NotRun {
		l.report.notRun(err)
	}
	l.config.Hooks = append(l.config.Hooks, l.found.Hooks...)
	for _, n := range l.found.Notifiers {
		if slices.ContainsFunc(l.root.all(notifyShape), func(b *block) bool { return b.labels[0] == n.Name() }) {
			continue
		}
		if why := NeedsBlock(n); why != "" {
			l.report.warnf(hcl.Range{}, "Plugin not used", "The plugin sentinel-notify-%s needs a block, because %s. Write one: notify %[1]q \"NAME\" { ... }", n.Name(), why)
			l.config.Unused = append(l.config.Unused, UnusedPlugin{Type: n.Name(), Reason: why})
			continue
		}
		l.config.Hooks = append(l.config.Hooks, DropIn("notify."+n.Name(), n, sdk.Values{}))
	}
}
