package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// setting is an attribute as it was read: its value, whether it was typed, and
// where to point at it.
type setting[T any] struct {
	value T
	shown string // how a message quotes what was typed
	typed bool
	// bad is set if it was typed and cannot be used, or is required and absent.
	// That has been reported; what depends on it says nothing.
	bad bool
	at  hcl.Range // the value, or the block's header if there is none
}

// complaint says what is wrong with a value, and then what would be right, in
// sentences. Empty is no complaint.
type complaint string

func complaintf(format string, args ...any) complaint {
	return complaint(fmt.Sprintf(format, args...))
}

// conversion makes a setting of a value.
type conversion[T any] func(value) (T, complaint)

// reader reads the attributes of a block.
type reader struct {
	*block
	scope *scope
}

// read reads an attribute that has a default.
func read[T any](r reader, name string, otherwise T, convert conversion[T]) setting[T] {
	attr := r.attributes[name]
	if attr == nil {
		return setting[T]{value: otherwise, at: r.header}
	}
	s := setting[T]{value: otherwise, typed: true, at: attr.Expr.Range()}
	v, ok := r.evaluate(name, name, attr.Expr)
	if !ok {
		s.bad = true
		return s
	}
	s.shown = v.String()
	converted, wrong := convert(v)
	if wrong != "" {
		r.report.errorf(s.at, "Invalid "+name, "%s", string(wrong))
		s.bad = true
		return s
	}
	s.value = converted
	return s
}

// require reads an attribute that has no default. The hint says what to write.
func require[T any](r reader, name, hint string, convert conversion[T]) setting[T] {
	if r.attributes[name] == nil {
		r.missing(name, hint)
		return setting[T]{bad: true, at: r.header}
	}
	var zero T
	return read(r, name, zero, convert)
}

// missing reports an attribute that is not there. In a file with syntax errors
// it may be what could not be read.
func (r reader) missing(name, hint string) {
	if !r.src.broken {
		r.report.errorf(r.header, "Missing "+name, "%s", hint)
	}
}

// evaluate evaluates an attribute's expression, or that of one of its elements,
// for use in a setting. What is how messages call it.
func (r reader) evaluate(name, what string, expr hcl.Expression) (value, bool) {
	secret := isSecretAttribute(r.shape, name)
	val, ok := r.scope.eval(r.src, expr, complete, secret)
	if !ok || !r.src.whole(expr.Range()) {
		return value{}, false
	}
	v, declared := reveal(val)
	v.at, v.hidden = expr.Range(), v.hidden || secret
	switch {
	case declared && !secret:
		r.report.errorf(v.at, "Sensitive value",
			"A sensitive variable is part of this, and %s is shown in logs and by sentinel status. Use a variable that is not sensitive.", name)
		return value{}, false
	case !v.IsWhollyKnown():
		return value{}, false // reported where it comes from
	case v.IsNull():
		r.report.errorf(v.at, "Null value", "%s is null. Leave it out instead.", what)
		return value{}, false
	}
	return v, true
}

// elements evaluates an attribute that is a list, one element at a time, so
// that each has a place of its own and a bad one does not hide the next. The
// second result is false if the list as such could not be read.
func (r reader) elements(name string) ([]value, bool) {
	attr := r.attributes[name]
	if attr == nil {
		return nil, true
	}
	exprs, diags := hcl.ExprList(attr.Expr)
	if diags.HasErrors() {
		return r.wholeList(name, attr.Expr)
	}
	var list []value
	whole := true
	for _, expr := range exprs {
		v, ok := r.evaluate(name, "This element of "+name, expr)
		whole = whole && ok
		if ok {
			list = append(list, v)
		}
	}
	return list, whole
}

// wholeList evaluates a list that is not written as one, such as local.peers.
func (r reader) wholeList(name string, expr hcl.Expression) ([]value, bool) {
	v, ok := r.evaluate(name, name, expr)
	if !ok {
		return nil, false
	}
	if !isList(v.Type()) {
		r.report.errorf(v.at, "Invalid "+name, "%s", complaintf("%s is no list. Write it in brackets: %s = %s", v, name, examples[name]))
		return nil, false
	}
	var list []value
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if element.IsNull() {
			r.report.errorf(v.at, "Null value", "An element of %s is null. Leave it out instead.", name)
			ok = false
			continue
		}
		list = append(list, value{element, v.at, v.hidden})
	}
	return list, ok
}

// reveal removes the marks of a value, and reports whether it holds anything
// that was declared sensitive.
func reveal(val cty.Value) (v value, declared bool) {
	plain, marks := val.UnmarkDeep()
	v = value{Value: plain}
	for mark := range marks {
		if secret, ok := mark.(secretMark); ok {
			v.hidden = true
			declared = declared || secret.declared
		}
	}
	return v, declared
}
