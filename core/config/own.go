package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/sdk"
)

// exampleOf returns a value of a component's attribute as one would write it.
func exampleOf(a *sdk.Attribute) string {
	switch {
	case len(a.OneOf) > 0:
		return written(a.OneOf[0])
	case a.Type.Kind == sdk.String:
		return `"..."`
	case a.Type.Kind == sdk.Duration:
		return written(within(a, time.Second))
	case a.Type.Kind == sdk.Int:
		return written(within(a, int64(1)))
	case a.Type.Kind == sdk.Float:
		return written(within(a, 1.0))
	case a.Type.Kind == sdk.Bool:
		return "true"
	case a.Type.Kind == sdk.List:
		return "[...]"
	}
	return "{ ... }"
}

// within returns a value, or a bound if that is not allowed.
func within(a *sdk.Attribute, value any) any {
	switch {
	case a.Check(value) == nil:
		return value
	case a.Min != nil:
		return a.Min
	}
	return a.Max
}

// readIsolated reads whether the component has a process of its own.
func (b *block) readIsolated() bool { return read(b, "isolated", false, boolean).value }

// readOwn reads the attributes that a component declares for itself, and asks it
// what it thinks of them.
func (b *block) readOwn(schema sdk.Schema, validate func(sdk.Values) error) sdk.Values {
	values, hidden := make(sdk.Values), make(map[string]bool)
	whole := true
	for _, a := range schema.Attributes {
		s := readParts(b, a.Name, nil, func(v value, expr hcl.Expression) (any, []flaw) { return ownValue(v, expr, &a) })
		if a.Required && !s.typed {
			what := strings.TrimPrefix(strings.TrimPrefix(a.Doc, "a "), "the ")
			b.missing(a.Name, fmt.Sprintf("Write %s = %s, the %s.", a.Name, exampleOf(&a), what))
			whole = false
		}
		whole, hidden[a.Name] = whole && !s.bad, s.hidden
		if s.typed && !s.bad {
			values[a.Name] = s.value
		}
	}
	b.scope.secrets = append(b.scope.secrets, secretsOf(schema, values, hidden)...)
	if known := b.checkEvents(schema, values, hidden); whole && known != nil {
		for _, err := range sdk.Problems(validate(known)) {
			b.disagree(err)
		}
	}
	return values
}

// disagree reports what a component says about its attributes, unless it repeats a
// secret, which can be another block's: it may have died of that one.
func (b *block) disagree(err error) {
	at, what, reason := b.header, b.shape.name, err.Error()
	if about, ok := errors.AsType[*sdk.AttributeError](err); ok && b.attributes[about.Attribute] != nil {
		at, what, reason = b.attributes[about.Attribute].Expr.Range(), about.Attribute, plain(err)
	}
	repeats := repeatAny(reason, b.scope.secrets)
	switch {
	case errors.Is(err, sdk.ErrUnanswered) && repeats:
		b.report.warnf(b.header, "Not checked", "The block is used as it is. The plugin was asked whether it can use this, and gave no answer. Why is not shown, because that repeats part of a secret.")
	case errors.Is(err, sdk.ErrUnanswered):
		b.report.warnf(b.header, "Not checked", "The block is used as it is. The plugin was asked whether it can use this, and gave %s", withCommand(err))
	case repeats:
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
