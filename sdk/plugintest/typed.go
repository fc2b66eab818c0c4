package plugintest

import (
	"fmt"
	"reflect"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// typed returns values of the types that package sdk has.
func typed(values sdk.Values) sdk.Values {
	all := make(sdk.Values, len(values))
	for name, v := range values {
		all[name] = one(reflect.ValueOf(v))
	}
	return all
}

var durations = reflect.TypeFor[time.Duration]()

func one(v reflect.Value) any {
	switch {
	case !v.IsValid():
		return nil
	case v.Kind() == reflect.Interface:
		return one(v.Elem())
	case v.Type() == durations:
		return v.Interface()
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
			list = append(list, one(v.Index(i)))
		}
		return list
	case v.Kind() == reflect.Map:
		all := map[string]any{}
		for _, key := range v.MapKeys() {
			all[fmt.Sprint(key)] = one(v.MapIndex(key))
		}
		return all
	}
	return v.Interface()
}
