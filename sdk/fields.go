package sdk

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fields are the tagged fields of a configuration struct.
type fields []field

type field struct {
	index     []int
	attribute Attribute
}

// validator is a configuration that has a say about its values.
type validator interface{ Validate() error }

var (
	durationType  = reflect.TypeFor[time.Duration]()
	validatorType = reflect.TypeFor[validator]()
)

// fieldsOf reads the tags of a struct type. Reserved names cannot be used.
func fieldsOf[C any](reserved []string) (fields, error) {
	t := reflect.TypeFor[C]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("configuration %v: must be a struct", t)
	}
	if method, ok := reflect.PointerTo(t).MethodByName("Validate"); ok && !validates(t) {
		return nil, fmt.Errorf("%v would never be called: must be Validate() error", method.Type)
	}
	var list fields
	return list, list.add(t, nil, reserved)
}

// add adds the fields of a struct type, and those of the structs that it embeds.
func (list *fields) add(t reflect.Type, index []int, reserved []string) error {
	for i := range t.NumField() {
		structField, at := t.Field(i), append(slices.Clone(index), i)
		tag, tagged := structField.Tag.Lookup("sentinel")
		if !tagged {
			err := list.addUntagged(structField, at, reserved)
			if err == nil && structField.Anonymous && validates(structField.Type) && !validates(t) {
				err = errors.New("its Validate would never be called, because it is not the only one: write one that calls all")
			}
			if err != nil {
				return fmt.Errorf("field %s: %w", structField.Name, err)
			}
			continue
		}
		attribute, err := attributeOf(structField, tag, reserved)
		if err != nil {
			return fmt.Errorf("field %s: %w", structField.Name, err)
		}
		if list.schema().Attribute(attribute.Name) != nil {
			return fmt.Errorf("field %s: %q is there twice", structField.Name, attribute.Name)
		}
		*list = append(*list, field{at, attribute})
	}
	return nil
}

// validates reports whether a configuration of a type has a say about its values.
func validates(t reflect.Type) bool { return reflect.PointerTo(t).Implements(validatorType) }

// addUntagged adds what a field without a tag embeds. One that looks as if it was
// meant to have a tag is an error: nobody else would notice.
func (list *fields) addUntagged(f reflect.StructField, index []int, reserved []string) error {
	if _, documented := f.Tag.Lookup("doc"); documented || strings.Contains(" "+string(f.Tag), " sentinel") {
		return fmt.Errorf("its tags %q say no name: must be `sentinel:\"name\"`, without spaces", f.Tag)
	}
	if !f.Anonymous {
		return nil
	}
	if f.Type.Kind() == reflect.Struct {
		return list.add(f.Type, index, reserved)
	}
	if f.Type.Kind() != reflect.Pointer || f.Type.Elem().Kind() != reflect.Struct {
		return nil
	}
	for i := range f.Type.Elem().NumField() {
		if _, tagged := f.Type.Elem().Field(i).Tag.Lookup("sentinel"); tagged {
			return fmt.Errorf("is an embedded pointer: embed %v itself", f.Type.Elem())
		}
	}
	return nil
}

func attributeOf(f reflect.StructField, tag string, reserved []string) (a Attribute, err error) {
	if !f.IsExported() {
		return a, fmt.Errorf("must be exported")
	}
	words := strings.Split(tag, ",")
	a.Name, a.Doc = words[0], f.Tag.Get("doc")
	for _, word := range words[1:] {
		switch word {
		case "required":
			a.Required = true
		case "secret":
			a.Secret = true
		case "nonempty":
			a.NotEmpty = true
		case "events":
			a.Events = true
		default:
			return a, fmt.Errorf("unknown option %q: required, secret, nonempty and events are known", word)
		}
	}
	if a.Type, err = typeOf(f.Type, deepest); err != nil {
		return a, err
	}
	for _, bound := range []struct {
		tag string
		to  *any
	}{{"default", &a.Default}, {"min", &a.Min}, {"max", &a.Max}} {
		text, ok := f.Tag.Lookup(bound.tag)
		if !ok {
			continue
		}
		if *bound.to, err = a.Type.parse(text); err != nil {
			return a, fmt.Errorf("%s %q: %w", bound.tag, text, err)
		}
	}
	if text := f.Tag.Get("oneof"); text != "" {
		a.OneOf = strings.Split(text, ",")
		for _, word := range a.OneOf {
			if strings.TrimSpace(word) != word {
				return a, fmt.Errorf("oneof %q: must have no spaces beside the commas", text)
			}
		}
	}
	if err := a.Flaw(reserved); err != nil {
		return a, fmt.Errorf("%q: %w", a.Name, err)
	}
	if a.Default == nil {
		return a, nil
	}
	if err := set(reflect.New(f.Type).Elem(), a.Default); err != nil {
		return a, fmt.Errorf("default: %w", err)
	}
	return a, nil
}

// deepest is how deep lists and maps are in each other at the most, as in plugin.proto.
const deepest = 7

// typeOf returns the type of a field. depth is how many others may be in it.
func typeOf(t reflect.Type, depth int) (Type, error) {
	if depth < 0 {
		return Type{}, fmt.Errorf("type %v is nested too deeply: lists and maps are in each other %d deep at the most", t, deepest)
	}
	if t == durationType {
		return Type{Kind: Duration}, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem(), depth-1)
	case reflect.String:
		return Type{Kind: String}, nil
	case reflect.Bool:
		return Type{Kind: Bool}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Type{Kind: Int}, nil
	case reflect.Float32, reflect.Float64:
		return Type{Kind: Float}, nil
	case reflect.Slice:
		element, err := typeOf(t.Elem(), depth-1)
		return Type{Kind: List, Element: &element}, err
	case reflect.Map:
		element, err := typeOf(t.Elem(), depth-1)
		if t.Key().Kind() != reflect.String {
			return Type{}, fmt.Errorf("type %v: keys must be strings", t)
		}
		return Type{Kind: Map, Element: &element}, err
	}
	return Type{}, fmt.Errorf("type %v cannot be configured", t)
}

// parse reads a tag's value.
func (t Type) parse(text string) (any, error) {
	switch t.Kind {
	case String:
		return text, nil
	case Bool:
		return strconv.ParseBool(text)
	case Int:
		return strconv.ParseInt(text, 10, 64)
	case Float:
		return strconv.ParseFloat(text, 64)
	case Duration:
		return time.ParseDuration(text)
	case List, Map:
	}
	return nil, fmt.Errorf("a %v cannot be written in a tag", t)
}

func (list fields) schema() Schema {
	var s Schema
	for _, f := range list {
		s.Attributes = append(s.Attributes, f.attribute)
	}
	return s
}

// configure makes a configuration of values, and lets it have its say about them.
func configure[C any](list fields, values Values) (c C, err error) {
	if err := list.decode(values, &c); err != nil {
		return c, err
	}
	if v, ok := any(&c).(validator); ok {
		err = validated(v)
	}
	return c, err
}

// decode fills a struct, to which c points. Values that the schema does not allow
// are errors.
func (list fields) decode(values Values, c any) error {
	if err := list.schema().Check(values); err != nil {
		return err
	}
	into := reflect.ValueOf(c).Elem()
	for _, f := range list {
		value, ok := values[f.attribute.Name]
		if !ok {
			value = f.attribute.Default
		}
		if value == nil {
			continue
		}
		if err := set(into.FieldByIndex(f.index), value); err != nil {
			return At(f.attribute.Name, err)
		}
	}
	return nil
}

// set assigns a checked value.
func set(into reflect.Value, value any) error {
	for into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	switch v := value.(type) {
	case []any:
		into.Set(reflect.MakeSlice(into.Type(), len(v), len(v)))
		for i, element := range v {
			if err := set(into.Index(i), element); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		into.Set(reflect.MakeMapWithSize(into.Type(), len(v)))
		for key, element := range v {
			slot := reflect.New(into.Type().Elem()).Elem()
			if err := set(slot, element); err != nil {
				return err
			}
			into.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), slot)
		}
		return nil
	}
	from := reflect.ValueOf(value)
	if overflows(into, value) {
		return fmt.Errorf("%v is out of range: must be %s", value, rangeOf(into))
	}
	into.Set(from.Convert(into.Type()))
	return nil
}

func overflows(into reflect.Value, value any) bool {
	switch v := value.(type) {
	case int64:
		if into.CanUint() {
			return v < 0 || into.OverflowUint(uint64(v))
		}
		return into.CanInt() && into.OverflowInt(v)
	case float64:
		return into.OverflowFloat(v)
	}
	return false
}

// rangeOf says which numbers a Go type holds.
func rangeOf(v reflect.Value) string {
	bits := v.Type().Bits()
	switch {
	case v.CanUint():
		return fmt.Sprintf("from 0 to %d", uint64(1)<<bits-1)
	case v.CanInt():
		return fmt.Sprintf("from %d to %d", int64(-1)<<(bits-1), int64(1)<<(bits-1)-1)
	}
	return fmt.Sprintf("from %g to %g", -math.MaxFloat32, math.MaxFloat32)
}
