package config

import (
	"math/big"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
)

// textValue is a value as if it had been typed in quotes.
func textValue(text string) value { return value{Value: cty.StringVal(text)} }

// TestValueString: how messages quote values.
func TestValueString(t *testing.T) {
	tests := []struct {
		name string
		in   value
		want string
	}{
		{"text", textValue("eth0"), `"eth0"`},
		{"control characters", textValue("a\x1b[2J\n"), `"a\x1b[2J\n"`},
		{"long text", textValue(strings.Repeat("é", 100)), `"` + strings.Repeat("é", 40) + `..."`},
		{"whole number", value{Value: cty.NumberIntVal(300)}, "300"},
		{"fraction", value{Value: cty.NumberFloatVal(1.5)}, "1.5"},
		{"large number", value{Value: cty.MustParseNumberVal("99999999999999999999")}, "99999999999999999999"},
		{"huge number", value{Value: cty.NumberVal(new(big.Float).SetMantExp(big.NewFloat(1), 1<<30))}, "This number"},
		{"infinity", value{Value: cty.PositiveInfinity}, "This number"},
		{"truth", value{Value: cty.True}, "true"},
		{"list", value{Value: cty.EmptyTupleVal}, "A list"},
		{"map", value{Value: cty.EmptyObjectVal}, "A map"},
		{"null", value{Value: cty.NullVal(cty.String)}, "null"},
		{"hidden", value{Value: cty.StringVal("hunter2"), hidden: true}, "The value (hidden)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.String(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
