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

// compute computes all locals, each after those that it refers to. The order in
// which they are written does not matter.
func (s *scope) compute() {
	values := make(map[string]cty.Value)
	for _, name := range slices.Sorted(maps.Keys(s.locals)) {
		s.computeOne(s.locals[name], nil)
	}
	for name, l := range s.locals {
		values[name] = l.value
	}
	s.values["local"] = cty.ObjectVal(values)
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
	l.value = cty.DynamicVal
	if val, ok := s.eval(l.src, l.attr.Expr, computing, l.hidden); ok {
		l.value = val
	}
	if l.hidden {
		l.value = l.value.Mark(secretMark{})
	}
}

// cycle reports locals that need each other, and gives up on them.
func (s *scope) cycle(l *local, trail []string) {
	trail = trail[slices.Index(trail, l.name):]
	for _, name := range trail {
		member := s.locals[name]
		member.state, member.value = done, cty.DynamicVal
	}
	if len(trail) == 2 {
		s.report.errorf(l.attr.NameRange, "Circular definition", "local.%s needs its own value.", l.name)
		return
	}
	s.report.errorf(l.attr.NameRange, "Circular definition", "These locals need each other's value: local.%s.", strings.Join(trail, " -> local."))
}
