package config

import (
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Load reads files and directories and returns the configuration, or nil if
// anything is wrong with it. The report is never nil; it holds every problem of
// every file, and warnings.
func Load(paths []string, opts Options) (*Config, *Report) {
	l := &loader{opts: opts, report: &Report{}}
	l.scope = &scope{
		report:    l.report,
		node:      l.nodeName(),
		environ:   environment(opts.Environ),
		variables: make(map[string]*variable),
		locals:    make(map[string]*local),
		announced: make(map[string]bool),
	}
	l.read(paths)
	l.openAll()
	assignments := l.assigned()
	l.conceal(assignments)
	l.scope.resolve(assignments)
	l.scope.compute()
	config := l.decode(paths)
	l.warnShared()
	l.report.finish()
	if l.report.HasErrors() {
		return nil, l.report
	}
	return config, l.report
}

// loader is one call of Load.
type loader struct {
	opts      Options
	report    *Report
	scope     *scope
	sources   []*source // the configuration's files
	flagFiles []*source // the -var-file flags
	agents    []*block
	routers   []*block
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

// environment makes a map of the environment; of a name that is there twice the
// last counts.
func environment(environ []string) map[string]string {
	m := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, text, ok := strings.Cut(entry, "="); ok {
			m[name] = text
		}
	}
	return m
}

// openAll finds the blocks of all files.
func (l *loader) openAll() {
	for _, src := range l.sources {
		if src.vars || !src.usable() {
			continue
		}
		l.notePlanned(src)
		root := open(src, l.report, src.file.Body, rootShape, hcl.Range{Filename: src.name})
		for _, b := range root.blocks {
			l.take(b)
		}
	}
}

// take puts a top-level block where it belongs. A name that is taken twice is
// reported with both places; what is wrong in the second agent or router is
// reported too.
func (l *loader) take(b *block) {
	switch b.shape {
	case agentShape:
		if len(l.agents) > 0 {
			l.twice(b, "There is an agent block", l.agents[0])
		}
		l.agents = append(l.agents, b)
	case variableShape:
		if first := l.scope.variables[b.label]; first != nil {
			l.twice(b, "A variable of this name is declared", first.block)
			if attr := b.attributes["default"]; attr != nil {
				b.src.conceal(attr.Expr.Range())
			}
			return
		}
		l.scope.variables[b.label] = newVariable(b)
	case localsShape:
		l.addLocals(b)
	case vrrpShape:
		same := func(other *block) bool { return other.label == b.label }
		if i := slices.IndexFunc(l.routers, same); i >= 0 {
			l.twice(b, "A router of this name is defined", l.routers[i])
		}
		l.routers = append(l.routers, b)
	}
}

func (l *loader) twice(b *block, what string, first *block) {
	l.report.errorf(b.named, "Defined twice", "%s at %s already. Rename or remove one of the two.", what, place(first.named))
}

func (l *loader) addLocals(b *block) {
	for name, attr := range b.attributes {
		if first := l.scope.locals[name]; first != nil {
			l.report.errorf(attr.NameRange, "Defined twice", "A local value of this name is defined at %s already. Rename or remove one of the two.", place(first.attr.NameRange))
			b.src.conceal(attr.Expr.Range())
			continue
		}
		l.scope.locals[name] = &local{name: name, src: b.src, attr: attr, value: cty.DynamicVal}
	}
}

// notePlanned takes note of the planned blocks at the top level, which are
// reported as such: nobody needs to hear about references to them.
func (l *loader) notePlanned(src *source) {
	note := func(name string) {
		if planned[name] != "" {
			l.scope.announced[name] = true
		}
	}
	if native, ok := src.file.Body.(*hclsyntax.Body); ok {
		for _, b := range native.Blocks {
			note(b.Type)
		}
		return
	}
	attributes, _ := src.file.Body.JustAttributes()
	for name := range attributes {
		note(name)
	}
}

// decode makes the configuration of the blocks, and checks what must fit
// together.
func (l *loader) decode(paths []string) *Config {
	config := &Config{Node: l.scope.node}
	config.Agent = l.readAgent(paths)
	var routers []*router
	for _, b := range l.routers {
		r := l.readRouter(b, config.Agent.Announce)
		routers = append(routers, r)
		config.Routers = append(config.Routers, r.config())
	}
	checkTogether(l.report, routers)
	if len(l.routers) == 0 && !l.scope.incomplete {
		l.report.warnf(hcl.Range{}, "No virtual router", "There is no vrrp block, so there is nothing to do.")
	}
	return config
}

// warnShared warns about files with secrets in them that everybody can read.
func (l *loader) warnShared() {
	for _, sources := range [][]*source{l.sources, l.flagFiles} {
		for _, src := range sources {
			if at, ok := src.secret(); ok && src.shared && !src.broken {
				l.report.warnf(at, "Secret readable by others",
					"Every user of this machine can read this file, and the secret in it. Take the right away: chmod o-r %s", src.name)
			}
		}
	}
}
