package wire

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk"
)

// maxDepth bounds how deep lists and maps may be nested.
const maxDepth = 8

// FromValues translates values to a message's.
func FromValues(values sdk.Values) (map[string]*Value, error) {
	messages := make(map[string]*Value, len(values))
	for name, value := range values {
		message, err := fromValue(value)
		if err != nil {
			return nil, sdk.At(name, err)
		}
		messages[name] = message
	}
	return messages, nil
}

// ToValues translates a message's values. They are not checked against any
// schema.
func ToValues(messages map[string]*Value) (sdk.Values, error) {
	values := make(sdk.Values, len(messages))
	for name, message := range messages {
		value, err := toValue(message, maxDepth)
		if err != nil {
			return nil, sdk.At(name, err)
		}
		values[name] = value
	}
	return values, nil
}

func fromValue(value any) (*Value, error) {
	switch v := value.(type) {
	case string:
		return &Value{Kind: &Value_String_{String_: v}}, nil
	case bool:
		return &Value{Kind: &Value_Bool{Bool: v}}, nil
	case int64:
		return &Value{Kind: &Value_Int{Int: v}}, nil
	case float64:
		return &Value{Kind: &Value_Float{Float: v}}, nil
	case time.Duration:
		return &Value{Kind: &Value_Duration{Duration: durationpb.New(v)}}, nil
	case []any:
		list := &ListValue{Values: make([]*Value, len(v))}
		for i, element := range v {
			var err error
			if list.Values[i], err = fromValue(element); err != nil {
				return nil, err
			}
		}
		return &Value{Kind: &Value_List{List: list}}, nil
	case map[string]any:
		values, err := FromValues(v)
		if err != nil {
			return nil, err
		}
		return &Value{Kind: &Value_Map{Map: &MapValue{Values: values}}}, nil
	}
	return nil, fmt.Errorf("a %T cannot be sent", value)
}

func toValue(message *Value, depth int) (any, error) {
	if depth == 0 {
		return nil, fmt.Errorf("nested too deeply")
	}
	switch v := message.GetKind().(type) {
	case *Value_String_:
		return v.String_, nil
	case *Value_Bool:
		return v.Bool, nil
	case *Value_Int:
		return v.Int, nil
	case *Value_Float:
		return v.Float, nil
	case *Value_Duration:
		if err := v.Duration.CheckValid(); err != nil {
			return nil, err
		}
		return v.Duration.AsDuration(), nil
	case *Value_List:
		list := make([]any, len(v.List.GetValues()))
		for i, element := range v.List.GetValues() {
			var err error
			if list[i], err = toValue(element, depth-1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *Value_Map:
		values := make(map[string]any, len(v.Map.GetValues()))
		for key, element := range v.Map.GetValues() {
			var err error
			if values[key], err = toValue(element, depth-1); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("no value of a known kind")
}
