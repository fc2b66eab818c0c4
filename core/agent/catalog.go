package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
	"github.com/sentinel-ha/sentinel/plugins"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/trackers"
)

// ServeCommand is the command by which the program runs as one of its own
// plugins, which the argument after it names.
const ServeCommand = "plugin-serve"

// component is a type of tracker or of hook.
type component struct {
	kind pluginhost.Kind
	name string
}

func (c component) String() string { return fmt.Sprintf("sentinel-%s-%s", c.kind, c.name) }

// neededBy reports whether blocks of a configuration have the type.
func (c component) neededBy(needs config.Needs) bool {
	return c.kind == pluginhost.TrackerFile && slices.Contains(needs.Trackers, c.name) ||
		c.kind == pluginhost.NotifierFile && slices.Contains(needs.Notifiers, c.name)
}

// linked are the components of plugins that are part of the program.
var linked = func() []component {
	var list []component
	for _, t := range plugins.Trackers() {
		list = append(list, component{pluginhost.TrackerFile, t.Name()})
	}
	for _, n := range plugins.Notifiers() {
		list = append(list, component{pluginhost.NotifierFile, n.Name()})
	}
	return list
}()

// isInternal reports whether a tracker runs inside of the agent.
func isInternal(name string) bool {
	return slices.ContainsFunc(trackers.All(), func(t sdk.Tracker) bool { return t.Name() == name })
}

// catalog is what plugins there are for a configuration, and how each is run.
type catalog struct {
	directory string
	files     []pluginhost.File  // found there, and why some are of no use
	ignored   []pluginhost.Other // what is there besides
	err       error              // why that is not known
	settings  []config.Plugin
	broken    []question // what could not be answered
	unused    []config.UnusedPlugin
}

// CheckName returns why nobody could use a plugin of a name: Sentinel has one of its
// own, or the name is too long, or none in expressions. nil: they could.
func CheckName(kind pluginhost.Kind, name string) error {
	isTracker := kind == pluginhost.TrackerFile
	switch {
	case slices.Contains(linked, component{kind, name}), isTracker && isInternal(name):
		return fmt.Errorf("%q is a type of Sentinel's own: give the plugin another name", name)
	case kind != pluginhost.HookFile && len(name) > sdk.LongestName:
		return fmt.Errorf("%q is longer than %d: give the plugin another name", name, sdk.LongestName)
	case isTracker && strings.ContainsAny(name[:min(1, len(name))], "0123456789"):
		return fmt.Errorf("no track list can say tracker.%s, which begins with a digit: give the plugin another name", name)
	}
	return nil
}

// newCatalog looks into the directory of plugins. By default there need not be one.
func newCatalog(needs config.Needs) *catalog {
	c := &catalog{directory: needs.PluginDir, settings: needs.Plugins}
	c.files, c.ignored, c.err = pluginhost.Find(c.directory)
	if errors.Is(c.err, fs.ErrNotExist) && !needs.PluginDirTyped {
		c.err = nil
	}
	for i := range c.files {
		if f := &c.files[i]; f.Err == nil {
			f.Err = CheckName(f.Kind, f.Name)
		}
	}
	return c
}

// file returns the file of a component that was found.
func (c *catalog) file(of component) *pluginhost.File {
	i := slices.IndexFunc(c.files, func(f pluginhost.File) bool { return component{f.Kind, f.Name} == of })
	return &c.files[i]
}

// spec returns how the plugin of a component is run; block is the one that has it
// for itself, if any.
func (c *catalog) spec(of component, block string) pluginhost.Spec {
	spec := pluginhost.Spec{Name: of.name, Args: []string{ServeCommand, of.name}}
	if !slices.Contains(linked, of) {
		path := filepath.Join(c.directory, of.String())
		spec = pluginhost.Spec{Name: of.String(), Path: path}
	}
	if block != "" {
		spec.Name += "/" + block
	}
	for _, p := range c.settings {
		if p.Kind == string(of.kind) && p.Type == of.name {
			spec.SHA256, spec.User, spec.Environment, spec.StartTimeout = p.SHA256, p.User, p.Environment, p.StartTimeout
		}
	}
	return spec
}

// isFaulty reports whether what is in the directory is not known, and may be known
// later.
func (c *catalog) isFaulty() bool {
	return c.err != nil && !errors.Is(c.err, fs.ErrNotExist) && !errors.Is(c.err, fs.ErrPermission) && !errors.Is(c.err, syscall.ENOTDIR)
}

// assume takes it that the plugins that blocks need are in a faulty directory.
func (c *catalog) assume(needs config.Needs) {
	add := func(kind pluginhost.Kind, types []string) {
		for _, name := range types {
			path := filepath.Join(c.directory, component{kind, name}.String())
			c.files = append(c.files, pluginhost.File{Kind: kind, Name: name, Path: path, Err: c.err})
		}
	}
	add(pluginhost.NotifierFile, needs.Notifiers) // in the order of the names, as found
	add(pluginhost.TrackerFile, needs.Trackers)
}

// find lets the plugins describe themselves that a configuration has a use for:
// trackers that are configured, and all hooks. Those that do not are broken, which
// may be tolerated.
func (c *catalog) find(needs config.Needs, m manner) config.Plugins {
	found := config.Plugins{Directory: c.found()}
	if c.isFaulty() {
		found.Directory.Lost = !m.blind
		c.assume(needs)
	}
	var asked []question
	for _, f := range c.files {
		switch {
		case f.Kind == pluginhost.HookFile && f.Err == nil:
			found.Hooks = append(found.Hooks, hookFile(f))
		case component{f.Kind, f.Name}.neededBy(needs), f.Kind == pluginhost.NotifierFile && f.Err == nil:
			asked = append(asked, question{component: component{f.Kind, f.Name}, err: f.Err})
		}
	}
	c.ask(asked, m)
	for _, q := range asked {
		switch {
		case q.err != nil:
			c.broken = append(c.broken, q)
			c.file(q.component).Err = q.err
			found.Broken = append(found.Broken, config.BrokenPlugin{
				Kind: string(q.kind), Type: q.name, Err: q.err, Tolerated: m.tolerated(q.component),
			})
		case q.tracker != nil:
			found.Trackers = append(found.Trackers, *q.tracker)
		default:
			found.Notifiers = append(found.Notifiers, *q.notifier)
		}
	}
	return found
}

// found is what the directory is to whoever reads the configuration.
func (c *catalog) found() config.Directory {
	d := config.Directory{Path: c.directory, Err: c.err}
	for _, f := range c.files {
		d.Names = append(d.Names, filepath.Base(f.Path))
	}
	for _, other := range c.ignored {
		name := other.Name
		if other.Directory {
			name += "/"
		}
		d.Names = append(d.Names, name)
	}
	return d
}

// notRun says what is in the directory and not run, besides what blocks would need,
// which is their mistake.
func (c *catalog) notRun(needs config.Needs) (list []error) {
	for _, f := range c.files {
		if f.Err != nil && !(component{f.Kind, f.Name}).neededBy(needs) {
			list = append(list, fmt.Errorf("%s: %w", filepath.Base(f.Path), f.Err))
		}
	}
	return list
}

// isBroken reports whether the plugin of a component could not describe itself.
func (c *catalog) isBroken(of component) bool {
	return slices.ContainsFunc(c.broken, func(q question) bool { return q.component == of })
}

// question is what one plugin is asked, and its answer.
type question struct {
	component
	tracker  *sdk.Tracker
	notifier *sdk.Notifier
	err      error
	ran      bool // and says something else than it should
}

// ask asks all plugins at the same time.
func (c *catalog) ask(list []question, m manner) {
	var answered sync.WaitGroup
	for i := range list {
		if q := &list[i]; q.err == nil {
			answered.Go(func() { q.answer(m.describe(c.spec(q.component, ""))) })
		}
	}
	answered.Wait()
}

// answer looks for the component in a description.
func (q *question) answer(d pluginhost.Description, err error) {
	if err != nil {
		q.err = err
		return
	}
	q.ran = true
	if q.kind == pluginhost.TrackerFile {
		q.tracker, q.err = offered(d.Trackers, q.name)
	} else {
		q.notifier, q.err = offered(d.Notifiers, q.name)
	}
}

// offered returns one of the components that a plugin offers.
func offered[C interface{ Name() string }](list []C, name string) (*C, error) {
	var others []string
	for i := range list {
		if list[i].Name() == name {
			return &list[i], nil
		}
		others = append(others, list[i].Name())
	}
	return nil, fmt.Errorf("it does not offer what its file name says, %q, but %q", name, others)
}

// hookFile is the hook that runs an executable.
func hookFile(f pluginhost.File) config.Hook {
	i := slices.IndexFunc(plugins.Notifiers(), func(n sdk.Notifier) bool { return n.Name() == hookFileType })
	return config.DropIn("hook."+f.Name, plugins.Notifiers()[i], sdk.Values{"command": []any{f.Path}})
}

// hookFileType is the type of hook that runs the executables hook-NAME.
const hookFileType = "exec"
