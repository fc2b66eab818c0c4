package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/sentinel-ha/sentinel/sdk"
)

// exampleOf returns a value of a component's attribute as one would write it.
func exampleOf(a *sdk.Attribute) string {
	switch {
	case len(a.OneOf) > 0:
		return fmt.Sprintf("%q", a.OneOf[0])
	case a.Type.Kind == sdk.String:
		return `"..."`
	case a.Type.Kind == sdk.Duration:
		return `"1s"`
	case a.Type.Kind == sdk.Bool:
		return "true"
	case a.Type.Kind == sdk.List:
		return "[...]"
	case a.Type.Kind == sdk.Map:
		return "{ ... }"
	}
	return "1"
}

// readIsolated reads whether the component has a process of its own.
func (b *block) readIsolated() bool { return read(b, "isolated", false, boolean).value }

// readOwn reads the attributes that a component declares for itself, and asks it
// what it thinks of them.
func (b *block) readOwn(schema sdk.Schema, validate func(sdk.Values) error) sdk.Values {
	values := make(sdk.Values)
	whole := true
	for _, a := range schema.Attributes {
		convert := func(v value) (any, string) { return ownValue(v, &a) }
		var s setting[any]
		if a.Required {
			s = require(b, a.Name, fmt.Sprintf("Write %s = %s, the %s.", a.Name, exampleOf(&a), a.Doc), convert)
		} else {
			s = read(b, a.Name, nil, convert)
		}
		whole = whole && !s.bad
		if s.typed && !s.bad {
			values[a.Name] = s.value
		}
	}
	if !whole {
		return values
	}
	for _, err := range sdk.Problems(validate(values)) {
		b.disagree(err, secretsOf(schema, values))
	}
	return values
}

// disagree reports what a component says about its attributes, unless it repeats a
// secret of theirs.
func (b *block) disagree(err error, secrets []any) {
	at, what, reason := b.header, b.shape.name, err.Error()
	if about, ok := errors.AsType[*sdk.AttributeError](err); ok && b.attributes[about.Attribute] != nil {
		at, what, reason = b.attributes[about.Attribute].Expr.Range(), about.Attribute, plain(err)
	}
	switch {
	case errors.Is(err, sdk.ErrUnanswered):
		b.report.warnf(b.header, "Not checked", "The block is used as it is. The plugin was asked whether it can use this, and gave %s", withCommand(err))
	case repeatAny(reason, secrets):
		b.report.errorf(at, "Invalid "+what, "What is wrong with it is not shown, because that repeats part of a secret.")
	default:
		b.report.errorf(at, "Invalid "+what, "%s", sentence(reason))
	}
}

// plain is an error of an attribute as part of a sentence.
func plain(err error) string {
	if about, ok := errors.AsType[*sdk.AttributeError](err); ok {
		return about.Attribute + " " + about.Err.Error()
	}
	return err.Error()
}

// sentence makes a sentence of what a component says.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// ownValue converts a value to what a component's attribute takes.
func ownValue(v value, a *sdk.Attribute) (any, string) {
	converted, wrong := ownElement(v, a.Type)
	if wrong != "" {
		return nil, wrong
	}
	err := a.Check(converted)
	switch {
	case err == nil:
		return converted, ""
	case errors.Is(err, sdk.ErrEmpty):
		return nil, sentence(a.Name + " " + err.Error())
	case a.Secret || v.hidden:
		return nil, "The value (hidden) cannot be used here."
	}
	return nil, sentence(err.Error())
}

// ownElement converts a value, or a part of one, to a type of the SDK.
func ownElement(v value, t sdk.Type) (any, string) {
	if v.IsNull() {
		return nil, "An element is null. Leave it out instead."
	}
	switch t.Kind {
	case sdk.String:
		return text(v)
	case sdk.Bool:
		return boolean(v)
	case sdk.Duration:
		return duration(0, 365*24*time.Hour)(v)
	case sdk.Int:
		n, wrong := whole(-1<<53, 1<<53)(v)
		return int64(n), wrong
	case sdk.Float:
		n, err := convert.Convert(v.Value, cty.Number)
		if err != nil {
			return nil, fmt.Sprintf("%s is not a number.", v)
		}
		f, _ := n.AsBigFloat().Float64()
		return f, ""
	case sdk.List:
		return ownList(v, *t.Element)
	case sdk.Map:
		return ownMap(v, *t.Element)
	}
	return nil, fmt.Sprintf("%s cannot be used here.", v)
}

func ownList(v value, element sdk.Type) (any, string) {
	if !isList(v.Type()) {
		return nil, fmt.Sprintf("%s is no list. Write it in brackets.", v)
	}
	list := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		converted, wrong := ownElement(value{e, v.at, v.hidden}, element)
		if wrong != "" {
			return nil, wrong
		}
		list = append(list, converted)
	}
	return list, ""
}

func ownMap(v value, element sdk.Type) (any, string) {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return nil, fmt.Sprintf("%s is no map. Write it in braces.", v)
	}
	all := map[string]any{}
	for it := v.ElementIterator(); it.Next(); {
		key, e := it.Element()
		converted, wrong := ownElement(value{e, v.at, v.hidden}, element)
		if wrong != "" {
			return nil, wrong
		}
		all[key.AsString()] = converted
	}
	return all, ""
}
