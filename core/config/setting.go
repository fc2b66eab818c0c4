package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
)

// setting is an attribute as it was read: its value, whether it was typed, and
// where to point at it.
type setting[T any] struct {
	value T
	typed bool
	// bad is set if it was typed and cannot be used, or is required and absent.
	// That has been reported, and the value is the default.
	bad bool
	// hidden: the value must not be printed.
	hidden bool
	at     hcl.Range // the value, or the block's header if there is none
}

// conversion makes a setting of a value. The text is empty, or says what is
// wrong with the value and then what would be right, in sentences.
type conversion[T any] func(value) (T, string)

// read reads an attribute that has a default.
func read[T any](b *block, name string, otherwise T, convert conversion[T]) setting[T] {
	return readParts(b, name, otherwise, func(v value, _ hcl.Expression) (T, []flaw) {
		converted, wrong := convert(v)
		if wrong != "" {
			return converted, []flaw{{at: v.at, text: wrong}}
		}
		return converted, nil
	})
}

// readParts is as read, for a value of which several parts may be wrong.
func readParts[T any](b *block, name string, otherwise T, convert func(value, hcl.Expression) (T, []flaw)) setting[T] {
	attr := b.attributes[name]
	if attr == nil {
		return setting[T]{value: otherwise, at: b.header}
	}
	s := setting[T]{value: otherwise, typed: true, bad: true, at: attr.Expr.Range()}
	v, ok := b.evaluate(name, name, attr.Expr)
	if !ok {
		return s
	}
	s.hidden = v.hidden
	converted, flaws := convert(v, attr.Expr)
	for _, f := range flaws {
		b.report.errorf(f.at, "Invalid "+name, "%s", f.of(name))
	}
	if len(flaws) == 0 {
		s.value, s.bad = converted, false
	}
	return s
}

// require reads an attribute that has no default. The hint says what to write.
func require[T any](b *block, name, hint string, convert conversion[T]) setting[T] {
	var zero T
	s := read(b, name, zero, convert)
	if !s.typed {
		b.missing(name, hint)
		s.bad = true
	}
	return s
}

// missing reports an attribute that is not there. In a file with syntax errors
// it may be what could not be read.
func (b *block) missing(name, hint string) {
	if !b.src.broken {
		b.report.errorf(b.header, "Missing "+name, "%s", hint)
	}
}

// element is an element of a list and where it was typed.
type element[T any] struct {
	value T
	at    hcl.Range
}

// readList reads an attribute that is a list, one element at a time, so that
// each has a place of its own and a bad one does not hide the next. What is how
// messages call an element. The second result is false if anything could not be
// read.
func readList[T any](b *block, name, what string, convert conversion[T]) (list []element[T], whole bool) {
	values, whole := b.elements(name)
	for _, v := range values {
		converted, wrong := convert(v)
		if wrong != "" {
			b.report.errorf(v.at, "Invalid "+what, "%s", wrong)
			whole = false
			continue
		}
		list = append(list, element[T]{converted, v.at})
	}
	return list, whole
}

// elements evaluates the elements of a list, whether it is written as one or as
// something that comes to one, such as local.peers.
func (b *block) elements(name string) (list []value, whole bool) {
	attr := b.attributes[name]
	if attr == nil {
		return nil, true
	}
	whole = true
	if exprs, diags := hcl.ExprList(attr.Expr); !diags.HasErrors() {
		for _, expr := range exprs {
			v, ok := b.evaluate(name, "This element of "+name, expr)
			whole = whole && ok
			if ok {
				list = append(list, v)
			}
		}
		return list, whole
	}
	v, ok := b.evaluate(name, name, attr.Expr)
	if !ok {
		return nil, false
	}
	if !isList(v.Type()) {
		b.report.errorf(v.at, "Invalid "+name, "%s", fmt.Sprintf("%s is no list. Write it in brackets: %s = %s", v, name, examples[name]))
		return nil, false
	}
	for it := v.ElementIterator(); it.Next(); {
		_, element := it.Element()
		if element.IsNull() {
			b.report.errorf(v.at, "Null value", "An element of %s is null. Leave it out instead.", name)
			whole = false
			continue
		}
		list = append(list, value{element, v.at, v.hidden})
	}
	return list, whole
}

// evaluate evaluates an attribute's expression, or that of one of its elements,
// for use in a setting. What is how messages call it.
func (b *block) evaluate(name, what string, expr hcl.Expression) (value, bool) {
	secret := isSecretAttribute(b.shape, name)
	val, ok := b.scope.eval(b.src, expr, false, secret)
	if !ok || !b.src.whole(expr.Range()) {
		return value{}, false
	}
	plain, marks := val.UnmarkDeep()
	v := value{plain, expr.Range(), secret}
	declared := false
	for mark := range marks {
		if m, ok := mark.(secretMark); ok {
			v.hidden = true
			declared = declared || m.declared
		}
	}
	switch {
	case declared && !secret:
		b.report.errorf(v.at, "Sensitive value",
			"A sensitive variable is part of this, and %s is shown in logs and by sentinel status. Use a variable that is not sensitive.", name)
		return value{}, false
	case !v.IsWhollyKnown():
		return value{}, false // reported where it comes from
	case v.IsNull():
		b.report.errorf(v.at, "Null value", "%s is null. Leave it out instead.", what)
		return value{}, false
	}
	return v, true
}
