package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// What a type's name and an attribute's name are made of.
const (
	attributeLetters = "abcdefghijklmnopqrstuvwxyz0123456789_"
	typeLetters      = attributeLetters + "-"
)

// CheckTypeName returns what is wrong with the name of a type, nil if nothing is.
func CheckTypeName(name string) error {
	if name == "" || len(name) > 64 || strings.Trim(name, typeLetters) != "" {
		return fmt.Errorf("name %q: must be of a-z, 0-9, _ and -", name)
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
	name := message.GetName()
	if name == "" || len(name) > 64 || strings.Trim(name, attributeLetters) != "" {
		return a, errors.New("the name must be of a-z, 0-9 and _")
	}
	if slices.Contains(reserved, name) {
		return a, errors.New("the name belongs to Sentinel")
	}
	a = sdk.Attribute{
		Name: name, Doc: message.GetDoc(), Required: message.GetRequired(), Secret: message.GetSecret(),
		OneOf: message.GetOneOf(), NotEmpty: message.GetNotEmpty(), Events: message.GetEvents(),
	}
	if a.Type, err = toType(message.GetType(), maxDepth); err != nil {
		return a, err
	}
	if len(a.OneOf) > 0 && a.Type.Kind != sdk.String {
		return a, errors.New("only strings can be one of a list")
	}
	if a.NotEmpty && !a.Type.HasLength() {
		return a, fmt.Errorf("a %v is never empty", a.Type)
	}
	if a.Events && a.Type.Kind != sdk.Map {
		return a, fmt.Errorf("a %v has no keys that are events", a.Type)
	}
	return a, toBounds(message, &a)
}

// toBounds translates the values in an attribute's description.
func toBounds(message *Attribute, a *sdk.Attribute) error {
	plain := sdk.Attribute{Type: a.Type}
	for _, v := range []struct {
		what string
		from *Value
		to   *any
	}{{"min", message.GetMin(), &a.Min}, {"max", message.GetMax(), &a.Max}} {
		if v.from == nil {
			continue
		}
		if !ordered(a.Type.Kind) {
			return fmt.Errorf("%s: a %v has no bounds", v.what, a.Type)
		}
		value, err := toValue(v.from, maxDepth)
		if err == nil {
			err = plain.Check(value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", v.what, err)
		}
		*v.to = value
	}
	if message.GetDefault() == nil {
		return nil
	}
	if a.Required {
		return errors.New("is required and has a default")
	}
	value, err := toValue(message.GetDefault(), maxDepth)
	if err == nil {
		err = a.Check(value)
	}
	if err != nil {
		return fmt.Errorf("default: %w", err)
	}
	a.Default = value
	return nil
}

func ordered(kind sdk.Kind) bool {
	return kind == sdk.Int || kind == sdk.Float || kind == sdk.Duration
}

func toType(message *ValueType, depth int) (t sdk.Type, err error) {
	if depth == 0 {
		return t, errors.New("the type is nested too deeply")
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
