package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/sentinel-ha/sentinel/sdk"
)

// flaw is what is wrong with a value or with a part of it, in sentences.
type flaw struct {
	at   hcl.Range
	text string
	// goesOn: the text is the rest of a sentence that begins with the attribute's name.
	goesOn bool
}

// of returns the text for the attribute of a name.
func (f flaw) of(name string) string {
	if f.goesOn {
		return name + " " + f.text
	}
	return f.text
}

// ownValue converts a value to what a component's attribute takes. The expression
// is what it was written as, nil if nobody knows.
func ownValue(v value, expr hcl.Expression, a *sdk.Attribute) (any, []flaw) {
	converted, flaws := ownElement(v, expr, a.Type)
	if len(flaws) > 0 {
		return nil, flaws
	}
	err := a.Check(converted)
	switch {
	case err == nil:
		return converted, nil
	case errors.Is(err, sdk.ErrEmpty):
		return nil, []flaw{{at: v.at, text: sentence(err.Error()), goesOn: true}}
	case a.Secret || v.hidden:
		return nil, []flaw{{at: v.at, text: "The value (hidden) cannot be used here."}}
	}
	hint := ""
	if word, ok := converted.(string); ok {
		hint = didYouMean(word, a.OneOf)
	}
	return nil, []flaw{{at: v.at, text: sentence(err.Error()) + hint}}
}

// ownElement converts a value, or a part of one, to a type of the SDK.
func ownElement(v value, expr hcl.Expression, t sdk.Type) (any, []flaw) {
	switch {
	case v.IsNull():
		return nil, []flaw{{at: v.at, text: "An element is null. Leave it out instead."}}
	case t.Kind == sdk.List:
		return ownList(v, expr, *t.Element)
	case t.Kind == sdk.Map:
		return ownMap(v, expr, *t.Element)
	}
	converted, wrong := ownScalar(v, t)
	if wrong != "" {
		return nil, []flaw{{at: v.at, text: wrong}}
	}
	return converted, nil
}

func ownScalar(v value, t sdk.Type) (any, string) {
	switch t.Kind {
	case sdk.String:
		return text(v)
	case sdk.Bool:
		return boolean(v)
	case sdk.Duration:
		return duration(0, sdk.LongestDuration)(v)
	case sdk.Int:
		return whole(-sdk.LargestInt, sdk.LargestInt)(v)
	case sdk.Float:
		n, err := convert.Convert(v.Value, cty.Number)
		if err != nil {
			return nil, fmt.Sprintf("%s is not a number.", v)
		}
		f, _ := n.AsBigFloat().Float64()
		if math.IsInf(f, 0) {
			return nil, fmt.Sprintf("%s is out of range. It must be from %g to %g.", v, -math.MaxFloat64, math.MaxFloat64)
		}
		return f, ""
	case sdk.List, sdk.Map:
	}
	return nil, fmt.Sprintf("%s cannot be used here.", v)
}

func ownList(v value, expr hcl.Expression, element sdk.Type) (any, []flaw) {
	if !isList(v.Type()) {
		return nil, []flaw{{at: v.at, text: fmt.Sprintf("%s is no list. Write it in brackets.", v)}}
	}
	var written []hcl.Expression // none if it is something that comes to a list, such as local.words
	if expr != nil {
		written, _ = hcl.ExprList(expr)
	}
	list, flaws := []any{}, []flaw(nil)
	for i, e := range v.AsValueSlice() {
		var part hcl.Expression
		if i < len(written) {
			part = written[i]
		}
		converted, wrong := ownElement(v.part(e, part), part, element)
		list, flaws = append(list, converted), append(flaws, wrong...)
	}
	return list, flaws
}

func ownMap(v value, expr hcl.Expression, element sdk.Type) (any, []flaw) {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return nil, []flaw{{at: v.at, text: fmt.Sprintf("%s is no map. Write it in braces.", v)}}
	}
	written, again := pairs(expr)
	parts := v.AsValueMap()
	all, flaws := map[string]any{}, []flaw(nil)
	for _, pair := range again {
		flaws = append(flaws, flaw{at: v.keyRange(pair.Key), text: "This is written again below, and that would count. Remove one of the two."})
	}
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		part := written[key].Value
		converted, wrong := ownElement(v.part(parts[key], part), part, element)
		all[key], flaws = converted, append(flaws, wrong...)
	}
	return all, flaws
}

// part is a part of a value, at its own place if that is known.
func (v value) part(of cty.Value, expr hcl.Expression) value {
	if expr == nil {
		return value{of, v.at, v.hidden}
	}
	return value{of, expr.Range(), v.hidden}
}

// keyRange is where a key of a map was written, or the whole map was.
func (v value) keyRange(key hcl.Expression) hcl.Range { return v.part(v.Value, key).at }

// pairs returns what a map is written as, by key, and the pairs whose key is written
// again, of which the language takes the last. It is nil if it is something that comes
// to a map, such as local.words.
func pairs(expr hcl.Expression) (all map[string]hcl.KeyValuePair, again []hcl.KeyValuePair) {
	if expr == nil {
		return nil, nil
	}
	written, diags := hcl.ExprMap(expr)
	if diags.HasErrors() {
		return nil, nil
	}
	all = make(map[string]hcl.KeyValuePair)
	for _, pair := range written {
		key, diags := pair.Key.Value(nil)
		if diags.HasErrors() {
			continue // computed
		}
		text, err := convert.Convert(key, cty.String)
		if err != nil || !text.IsKnown() || text.IsNull() {
			continue
		}
		if before, is := all[text.AsString()]; is {
			again = append(again, before)
		}
		all[text.AsString()] = pair
	}
	return all, again
}
