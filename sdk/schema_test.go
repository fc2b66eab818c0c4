package sdk_test

import (
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestTypeNames: a type within a type is called what it is.
func TestTypeNames(t *testing.T) {
	text := sdk.Type{Kind: sdk.String}
	list := sdk.Type{Kind: sdk.List, Element: &text}
	for want, got := range map[string]sdk.Type{
		"list of strings":          list,
		"map of strings":           {Kind: sdk.Map, Element: &text},
		"map of lists of strings":  {Kind: sdk.Map, Element: &list},
		"list of lists of strings": {Kind: sdk.List, Element: &list},
		"list of maps of whole numbers": {Kind: sdk.List, Element: &sdk.Type{
			Kind: sdk.Map, Element: &sdk.Type{Kind: sdk.Int}}},
	} {
		if got.String() != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
