package wire

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// CheckTypeName returns what is wrong with the name of a type, nil if nothing is.
func CheckTypeName(name string) error {
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return fmt.Errorf("name %q: must be of a-z, 0-9, _ and -", name)
	}
	if name[0] == '_' || name[0] == '-' {
		return fmt.Errorf("name %q: must begin with a-z or 0-9, because the file's name cannot end so", name)
	}
	if len(name) > sdk.LongestName {
		return fmt.Errorf("name %q: must be no longer than %d", name, sdk.LongestName)
	}
	return nil
}

// kinds are those of package sdk in the order of the messages'.
var kinds = map[sdk.Kind]ValueType_Kind{
	sdk.String: ValueType_STRING, sdk.Bool: ValueType_BOOL, sdk.Int: ValueType_INT, sdk.Float: ValueType_FLOAT,
	sdk.Duration: ValueType_DURATION, sdk.List: ValueType_LIST, sdk.Map: ValueType_MAP,
}

// FromSchema translates a schema.
func FromSchema(schema sdk.Schema) ([]*Attribute, error) {
	var list []*Attribute
	for _, a := range schema.Attributes {
		message := &Attribute{
			Name: a.Name, Doc: a.Doc, Type: fromType(a.Type), Required: a.Required, Secret: a.Secret, OneOf: a.OneOf,
			NotEmpty: a.NotEmpty, Events: a.Events,
		}
		for _, v := range []struct {
			from any
			to   **Value
		}{{a.Default, &message.Default}, {a.Min, &message.Min}, {a.Max, &message.Max}} {
			if v.from == nil {
				continue
			}
			value, err := fromValue(v.from)
			if err != nil {
				return nil, sdk.At(a.Name, err)
			}
			*v.to = value
		}
		list = append(list, message)
	}
	return list, nil
}

func fromType(t sdk.Type) *ValueType {
	message := &ValueType{Kind: kinds[t.Kind]}
	if t.Element != nil {
		message.Element = fromType(*t.Element)
	}
	return message
}

// ToSchema translates a schema and checks it as if it had been written in Go.
// Reserved names cannot be used.
func ToSchema(messages []*Attribute, reserved []string) (schema sdk.Schema, err error) {
	for _, message := range messages {
		attribute, err := toAttribute(message, reserved)
		if err != nil {
			return sdk.Schema{}, fmt.Errorf("attribute %q: %w", message.GetName(), err)
		}
		if schema.Attribute(attribute.Name) != nil {
			return sdk.Schema{}, fmt.Errorf("attribute %q: is there twice", attribute.Name)
		}
		schema.Attributes = append(schema.Attributes, attribute)
	}
	return schema, nil
}

func toAttribute(message *Attribute, reserved []string) (a sdk.Attribute, err error) {
	a = sdk.Attribute{
		Name: message.GetName(), Doc: message.GetDoc(), Required: message.GetRequired(), Secret: message.GetSecret(),
		OneOf: message.GetOneOf(), NotEmpty: message.GetNotEmpty(), Events: message.GetEvents(),
	}
	if a.Type, err = toType(message.GetType(), maxDepth); err != nil {
		return a, err
	}
	for _, v := range []struct {
		what string
		from *Value
		to   *any
	}{{"default", message.GetDefault(), &a.Default}, {"min", message.GetMin(), &a.Min}, {"max", message.GetMax(), &a.Max}} {
		if v.from == nil {
			continue
		}
		if *v.to, err = toValue(v.from, maxDepth); err != nil {
			return a, fmt.Errorf("%s: %w", v.what, err)
		}
	}
	return a, a.Flaw(reserved)
}

func toType(message *ValueType, depth int) (t sdk.Type, err error) {
	switch {
	case depth == 0:
		return t, errors.New("the type is nested too deeply")
	case message.GetKind() == ValueType_KIND_UNSPECIFIED:
		return t, errors.New("it has no type")
	}
	known := false
	for kind, is := range kinds {
		if is == message.GetKind() {
			t.Kind, known = kind, true
		}
	}
	if !known {
		return t, fmt.Errorf("the type %v is not known here", message.GetKind())
	}
	collection := t.Kind == sdk.List || t.Kind == sdk.Map
	if collection != (message.GetElement() != nil) {
		return t, errors.New("lists and maps have an element's type, and only they do")
	}
	if !collection {
		return t, nil
	}
	element, err := toType(message.GetElement(), depth-1)
	t.Element = &element
	return t, err
}
