package plugintest

import (
	"fmt"
	"reflect"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// typed returns values of the types that package sdk has, and those of the schema where
// one is as good as another.
func typed(values sdk.Values, schema sdk.Schema) sdk.Values {
	all := make(sdk.Values, len(values))
	for name, v := range values {
		var t sdk.Type
		if a := schema.Attribute(name); a != nil {
			t = a.Type
		}
		all[name] = one(reflect.ValueOf(v), t)
	}
	return all
}

var (
	durations = reflect.TypeFor[time.Duration]()
	floats    = reflect.TypeFor[float64]()
)

func one(v reflect.Value, t sdk.Type) any {
	var element sdk.Type
	if t.Element != nil {
		element = *t.Element
	}
	switch {
	case !v.IsValid():
		return nil
	case v.Kind() == reflect.Interface:
		return one(v.Elem(), t)
	case v.Type() == durations:
		return v.Interface()
	case t.Kind == sdk.Float && v.CanConvert(floats):
		return v.Convert(floats).Float()
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return int64(v.Uint())
	case v.CanFloat():
		return v.Float()
	case v.Kind() == reflect.String:
		return v.String()
	case v.Kind() == reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, one(v.Index(i), element))
		}
		return list
	case v.Kind() == reflect.Map:
		all := map[string]any{}
		for _, key := range v.MapKeys() {
			all[fmt.Sprint(key)] = one(v.MapIndex(key), element)
		}
		return all
	}
	return v.Interface()
}
