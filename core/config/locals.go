package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one attribute of a locals block.
type local struct {
	name   string
	src    *source
	attr   *hcl.Attribute
	hidden bool // its value must not be shown
	value  cty.Value
	state  progress
}

// progress is how far the computation of a local is.
type progress int

const (
	untouched progress = iota
	underway
	done
)

// define takes the attributes of the locals blocks, the first of each name. Of
// another one nobody knows whether it is a secret.
func (l *loader) define() {
	for _, b := range l.root.all(localsShape) {
		for name, attr := range b.attributes {
			if first := l.scope.locals[name]; first != nil {
				l.report.errorf(attr.NameRange, "Defined twice", "There is a local value of this name at %s already. Rename or remove one of the two.", place(first.attr.NameRange))
				b.src.conceal(attr.Expr.Range())
				continue
			}
			l.scope.locals[name] = &local{name: name, src: b.src, attr: attr, value: cty.DynamicVal}
		}
	}
}

// compute computes all locals, each after those that it refers to. The order in
// which they are written does not matter.
func (s *scope) compute() {
	for _, name := range slices.Sorted(maps.Keys(s.locals)) {
		s.computeOne(s.locals[name], nil)
	}
}

// computeOne computes a local. The trail is the locals that wait for it.
func (s *scope) computeOne(l *local, trail []string) {
	if l.state == done {
		return
	}
	trail = append(trail, l.name)
	if l.state == underway {
		s.cycle(l, trail)
		return
	}
	l.state = underway
	for _, ref := range l.attr.Expr.Variables() {
		if name, ok := member(ref); ok && ref.RootName() == "local" && s.locals[name] != nil {
			s.computeOne(s.locals[name], trail)
		}
	}
	if l.state == done {
		return // it is part of a cycle
	}
	l.state = done
	l.value, _ = s.eval(l.src, l.attr.Expr, false, l.hidden)
	if l.hidden {
		l.value = l.value.Mark(secretMark{})
	}
}

// cycle reports locals that need each other, and gives up on them.
func (s *scope) cycle(l *local, trail []string) {
	trail = trail[slices.Index(trail, l.name):]
	for _, name := range trail {
		s.locals[name].state = done
	}
	detail := "These locals need each other's value: local." + strings.Join(trail, " -> local.") + "."
	if len(trail) == 2 {
		detail = "local." + l.name + " needs its own value."
	}
	s.report.errorf(l.attr.NameRange, "Circular definition", "%s", detail)
}
