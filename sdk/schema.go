package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Schema is what can be configured, as read from a struct's fields. A field is an
// attribute if it has a sentinel tag:
//
//	Command []string      `sentinel:"command,required" doc:"program and arguments"`
//	Match   string        `sentinel:"match" default:"comm" oneof:"comm,path,cmdline"`
//	Quorum  int           `sentinel:"quorum" default:"1" min:"0" max:"1000"`
//	MaxAge  time.Duration `sentinel:"max_age" min:"1s"`
//	Token   string        `sentinel:"token,secret,nonempty"`
//	Value   *int64        `sentinel:"initial_value"`
//	Texts   map[string]string `sentinel:"texts,events"`
//
// The sentinel tag is the attribute's name, followed by any of these words:
//
//   - required: the attribute must be written. It may be empty all the same.
//   - nonempty: a string, slice or map must not be empty if it is written.
//   - secret: the value is never printed.
//   - events: the keys of the map are those that "on" can list; see [Attribute].
//
// The tag doc documents the attribute; default is what an absent one means; min and max
// bound a number or a duration; oneof lists the allowed strings, with commas and no
// spaces between them. Slices and maps have no default.
//
// Fields are strings, booleans, integers, floats, [time.Duration], slices of these and
// maps of strings to these. An absent attribute without a default leaves its field at
// the zero value; the field can be a pointer, which is nil then. A struct that is
// embedded adds its fields.
//
// A whole number is from -2^53 to 2^53, or what the field holds; a duration is from 0 to
// a year. Names are of a-z, 0-9 and _, do not begin with a digit, and are none of
// [Reserved] or, for a notifier, [ReservedForNotifiers].
type Schema struct {
	// Attributes are in the order of the fields.
	Attributes []Attribute
}

// Attribute is one attribute of a block. The tags of a field are explained at [Schema].
type Attribute struct {
	// Name is as typed in the configuration.
	Name string
	// Doc says in a few words what it is.
	Doc string
	// Type is the type of its values.
	Type Type
	// Required attributes have no default.
	Required bool
	// Secret values are never printed. The default is, because it is in the program.
	Secret bool
	// NotEmpty: an empty string, list or map is an error.
	NotEmpty bool
	// Events: the keys of a notifier's map are [Occasions], as in the block's "on".
	// Without an "on" the block is told of these and of nothing else.
	Events bool
	// Default is what an absent attribute means, of the type that [Kind] says; nil if
	// it then has no value.
	Default any
	// Min and Max bound numbers and durations and are themselves allowed. nil: no bound.
	Min, Max any
	// OneOf lists the allowed strings. Empty: every string is allowed.
	OneOf []string
}

// Attribute returns the attribute of a name, or nil.
func (s Schema) Attribute(name string) *Attribute {
	for i := range s.Attributes {
		if s.Attributes[i].Name == name {
			return &s.Attributes[i]
		}
	}
	return nil
}

// Check returns the first thing that is wrong with values, as an [AttributeError]: an
// attribute that is unknown, missing, of another type or out of bounds. It returns nil
// if nothing is.
func (s Schema) Check(values Values) error {
	for name := range values {
		if s.Attribute(name) == nil {
			return At(name, errors.New("is not an attribute here"))
		}
	}
	for i := range s.Attributes {
		a := &s.Attributes[i]
		value, ok := values[a.Name]
		switch {
		case ok:
			if err := a.Check(value); err != nil {
				return At(a.Name, err)
			}
		case a.Required:
			return At(a.Name, errors.New("is required"))
		}
	}
	return nil
}

// Type is the type of a value. Element is that of a list's or map's elements and
// nil for others.
type Type struct {
	Kind    Kind
	Element *Type
}

// Kind classifies a [Type].
type Kind uint8

// The kinds, and what their values are in [Values].
const (
	String   Kind = iota + 1 // string
	Bool                     // bool
	Int                      // int64
	Float                    // float64
	Duration                 // time.Duration; typed as a string with a unit
	List                     // []any
	Map                      // map[string]any
)

// HasLength reports whether values of the type can be empty: strings, lists and maps.
func (t Type) HasLength() bool { return t.Kind == String || t.Kind == List || t.Kind == Map }

// String returns the type as it is called in messages.
func (t Type) String() string {
	switch t.Kind {
	case String:
		return "string"
	case Bool:
		return "bool"
	case Int:
		return "whole number"
	case Float:
		return "number"
	case Duration:
		return "duration"
	case List:
		return "list of " + t.Element.plural()
	case Map:
		return "map of " + t.Element.plural()
	}
	return fmt.Sprintf("kind(%d)", t.Kind)
}

func (t Type) plural() string {
	switch t.Kind {
	case List:
		return "lists of " + t.Element.plural()
	case Map:
		return "maps of " + t.Element.plural()
	case String, Bool, Int, Float, Duration:
	}
	return t.String() + "s"
}

// Values are configured values by attribute name, of the types that [Kind] says.
// Absent attributes have their defaults.
type Values map[string]any

// Reserved returns the attributes that every tracker block can have. They are
// Sentinel's: no tracker can declare one of that name.
func Reserved() []string {
	return []string{
		"weight", "reverse", "interval", "timeout", "rise", "fall", "rise_delay", "fall_delay",
		"on_start", "on_unknown", "hold_for", "isolated",
	}
}

// ReservedForNotifiers returns the attributes that every notify block can have, as
// [Reserved] does for trackers.
func ReservedForNotifiers() []string {
	return []string{"on", "timeout", "retries", "for_all", "isolated"}
}

// ErrEmpty is wrapped by the error of [Attribute.Check] if a value is empty that must
// not be.
var ErrEmpty = errors.New("must not be empty")

// Check returns what is wrong with one value: its type, its bounds, that it is empty,
// or that it is none of the allowed strings. It returns nil if nothing is.
func (a *Attribute) Check(value any) error {
	if err := a.Type.check(value); err != nil {
		return err
	}
	if err := a.checkNotEmpty(value); err != nil {
		return err
	}
	if a.Min != nil && less(value, a.Min) {
		return fmt.Errorf("%v is too small: at least %v", value, a.Min)
	}
	if a.Max != nil && less(a.Max, value) {
		return fmt.Errorf("%v is too large: at most %v", value, a.Max)
	}
	return a.checkOneOf(value)
}

func (a *Attribute) checkNotEmpty(value any) error {
	if !a.NotEmpty || !a.Type.HasLength() || reflect.ValueOf(value).Len() > 0 {
		return nil
	}
	if a.Required {
		return ErrEmpty
	}
	return fmt.Errorf("%w; leave it out instead", ErrEmpty)
}

func (a *Attribute) checkOneOf(value any) error {
	if len(a.OneOf) == 0 {
		return nil
	}
	for _, allowed := range a.OneOf {
		if value == allowed {
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", value, quoted(a.OneOf))
}

func (t Type) check(value any) error {
	ok := false
	switch v := value.(type) {
	case string:
		ok = t.Kind == String
	case bool:
		ok = t.Kind == Bool
	case int64:
		ok = t.Kind == Int
	case float64:
		ok = t.Kind == Float
	case time.Duration:
		ok = t.Kind == Duration
	case []any:
		ok = t.Kind == List
		for i := 0; ok && i < len(v); i++ {
			ok = t.Element.check(v[i]) == nil
		}
	case map[string]any:
		ok = t.Kind == Map
		for _, element := range v {
			ok = ok && t.Element.check(element) == nil
		}
	}
	if !ok {
		return fmt.Errorf("wrong type: must be a %v", t)
	}
	return nil
}

func less(a, b any) bool {
	switch a := a.(type) {
	case int64:
		return a < b.(int64)
	case float64:
		return a < b.(float64)
	case time.Duration:
		return a < b.(time.Duration)
	}
	return false
}

func quoted(list []string) string {
	text := ""
	for i, s := range list {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", s)
	}
	return text
}
