package config

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// Load returns the configuration with the plugins that were found for it, or nil if
// anything is wrong with it. The report is never nil; it holds every problem of every
// file, and warnings.
func (d *Draft) Load(found Plugins) (*Config, *Report) {
	l := d.loader(found)
	l.evaluate()
	l.decode()
	l.warnShared()
	l.report.finish()
	if l.report.HasErrors() {
		return nil, l.report
	}
	return l.config, l.report
}

// loader is one call of [Draft.Load], or of [Draft.Needs].
type loader struct {
	*Draft
	found     Plugins
	report    *Report
	scope     *scope
	sources   []*source // the configuration's files
	flagFiles []*source // the -var-file flags
	root      *block    // the blocks of all files
	config    *Config   // the result, as far as it is known
	// pluginDirAt is where plugin_dir is configured, if it is.
	pluginDirAt hcl.Range
	routers     []*router
	trackers    map[string]*tracker // by their full names
	groups      []*group
	hooks       map[string]*hook // by their full names
}

// loader prepares to make a configuration of the files.
func (d *Draft) loader(found Plugins) *loader {
	report := &Report{}
	l := &loader{Draft: d, found: found, report: report, config: &Config{}, trackers: make(map[string]*tracker), hooks: make(map[string]*hook)}
	l.scope = newScope(report, l.nodeName(), d.opts.Environ)
	l.scope.trackers = shapesOf(trackerShape, slices.Concat(d.opts.Trackers, found.Trackers), d.opts.Internal, func(s *shape, t *sdk.Tracker) { s.tracker = t })
	l.scope.notifiers = shapesOf(notifyShape, slices.Concat(d.opts.Notifiers, found.Notifiers), nil, func(s *shape, n *sdk.Notifier) { s.notifier = n })
	l.scope.found = &l.found
	l.root = &block{report: report, scope: l.scope, shape: rootShape}
	return l
}

// evaluate reads the files, and gives variables and locals their values.
func (l *loader) evaluate() {
	l.read()
	l.declare()
	l.define()
	assignments := l.assignments()
	l.findSecrets(assignments)
	l.scope.resolve(assignments)
	l.scope.compute()
	l.config.Node = l.scope.node
	l.config.Agent = defaultAgent(l.paths)
}

// decode makes the configuration of the blocks. The table says who reads which
// kind of block, in an order in which none needs what comes after it. What must
// fit together is checked last.
func (l *loader) decode() {
	for _, kind := range []struct {
		*shape
		read func(*block)
	}{
		{agentShape, l.readAgent},
		{pluginShape, l.readPlugin},
		{trackerShape, l.readTracker},
		{notifyShape, l.readHook},
		{vrrpShape, l.readRouter},
		{syncGroupShape, l.readGroup},
	} {
		for _, b := range l.root.all(kind.shape) {
			kind.read(b)
		}
	}
	checkTogether(l.report, l.routers)
	l.weigh()
	l.hook()
	l.checkPluginDir()
	l.dropIn()
	if len(l.routers) == 0 && !l.scope.incomplete {
		l.report.warnf(hcl.Range{}, "No virtual router", "There is no vrrp block, so there is nothing to do.")
	}
}

// nodeName is what the flag says, or the host's name without its domain.
func (l *loader) nodeName() string {
	if l.opts.Node != "" {
		return l.opts.Node
	}
	name, err := os.Hostname()
	if err != nil {
		l.report.errorf(hcl.Range{}, "No node name", "The host name cannot be read (%v). Set node.name with -node.", err)
	}
	short, _, _ := strings.Cut(name, ".")
	return short
}

// warnShared warns about files that everybody can write to, and about files with
// secrets in them that everybody can read.
func (l *loader) warnShared() {
	for _, src := range slices.Concat(l.sources, l.flagFiles) {
		if src.open {
			l.report.warnf(hcl.Range{}, "File writable by others",
				"Every user of this machine can write to %s, and so say what the agent runs. Take the right away:%s", src.name, toType(repair.Shell("chmod", "o-w", src.name)))
		}
		if src.secretEnd > 0 && src.shared && !src.broken {
			l.report.warnf(src.at(src.secretStart, src.secretEnd), "Secret readable by others",
				"Every user of this machine can read this file, and the secret in it. Take the right away:%s", toType(repair.Shell("chmod", "o-r", src.name)))
		}
	}
}
