package config

import (
	"errors"
	"os"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// Draft is what was read of a configuration: every file once, because it may be a
// pipe. Make one with [Read].
type Draft struct {
	opts    Options
	paths   []string
	names   []string // of the files, as found
	errs    []error  // of paths that cannot be used
	content map[string]content
}

// content is one file as it was read.
type content struct {
	bytes []byte
	info  os.FileInfo
	err   error
}

// Read reads files and directories, and those of the flags. What cannot be read
// is reported by [Draft.Load].
//
//	draft := config.Read(paths, opts)
//	found := ...                     // what there is of draft.Needs()
//	conf, report := draft.Load(found)
func Read(paths []string, opts Options) *Draft {
	d := &Draft{opts: opts, paths: paths, content: make(map[string]content)}
	d.names, d.errs = find(paths)
	for _, name := range slices.Concat(d.names, opts.VarFiles) {
		if _, twice := d.content[name]; !twice {
			bytes, info, err := readLimited(name, maxSource)
			d.content[name] = content{bytes, info, err}
		}
	}
	return d
}

// Err returns what could not be read, which [Draft.Load] reports, too; nil if
// everything was.
func (d *Draft) Err() error {
	errs := slices.Clone(d.errs)
	for _, name := range slices.Concat(d.names, d.opts.VarFiles) {
		errs = append(errs, d.content[name].err)
	}
	return errors.Join(errs...)
}

// Needs is what a configuration uses besides what is linked in.
type Needs struct {
	// RuntimeDir, Log and PluginDir are of [Agent]. PluginDirTyped: it is not the
	// default.
	RuntimeDir     string
	Log            Log
	PluginDir      string
	PluginDirTyped bool
	// Plugins are the plugin blocks.
	Plugins []Plugin
	// Trackers and Notifiers are the types that blocks have and [Options] have not.
	Trackers, Notifiers []string
}

// Needs returns what to look for before [Draft.Load]. What is wrong is reported
// there, and not here.
func (d *Draft) Needs() Needs {
	l := d.loader(Plugins{})
	l.evaluate()
	for _, b := range l.root.all(agentShape) {
		l.readAgent(b)
	}
	for _, b := range l.root.all(pluginShape) {
		l.readPlugin(b)
	}
	agent := &l.config.Agent
	return Needs{
		RuntimeDir: agent.RuntimeDir, Log: agent.Log,
		PluginDir: agent.PluginDir, PluginDirTyped: l.pluginDirAt != (hcl.Range{}), Plugins: l.config.Plugins,
		Trackers:  l.unknownTypes(trackerShape, l.scope.trackers),
		Notifiers: l.unknownTypes(notifyShape, l.scope.notifiers),
	}
}

// unknownTypes returns the types of blocks that are not known.
func (l *loader) unknownTypes(kind *shape, known map[string]*shape) []string {
	var types []string
	for _, b := range l.root.all(kind) {
		if t := b.labels[0]; known[t] == nil && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}
