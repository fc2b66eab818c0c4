package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// environPrefix is what the names of environment variables that set variables
// begin with.
const environPrefix = "SENTINEL_VAR_"

// variable is a variable block.
type variable struct {
	*block
	name      string
	sensitive bool      // as it says itself
	hidden    bool      // its value must not be shown
	value     cty.Value // marked if it is secret; without a value it is unknown
}

// newVariable reads what a variable block says about itself.
func newVariable(b *block) *variable {
	v := &variable{block: b, name: b.label, value: cty.DynamicVal}
	if attr := b.attributes["sensitive"]; attr != nil {
		val, diags := attr.Expr.Value(nil)
		if diags.HasErrors() || val.IsNull() || val.Type() != cty.Bool {
			// It decides what may be printed, so it is known before anything is
			// evaluated; when in doubt, nothing is printed.
			b.report.errorf(attr.Expr.Range(), "Invalid sensitive", "It must be true or false, as a plain word.")
			v.sensitive = true
		} else {
			v.sensitive = !val.IsKnown() || val.True()
		}
	}
	if attr := b.attributes["description"]; attr != nil {
		val, diags := attr.Expr.Value(nil)
		if diags.HasErrors() || val.IsNull() || val.Type() != cty.String && val.IsKnown() {
			b.report.errorf(attr.Expr.Range(), "Invalid description", "It must be plain text in quotes.")
		}
	}
	v.hidden = v.sensitive
	return v
}

// resolve gives every variable its value: the default, then what the
// environment, the files and the flags say, each over what came before it.
func (s *scope) resolve(assignments []assigned) {
	given := make(map[string][]assigned)
	for _, a := range assignments {
		if s.variables[a.name] != nil {
			given[a.name] = append(given[a.name], a)
		} else if !s.incomplete {
			s.undeclared(a)
		}
	}
	values := make(map[string]cty.Value)
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		v := s.variables[name]
		s.assign(v, given[name])
		values[name] = v.value
	}
	s.values = map[string]cty.Value{"var": cty.ObjectVal(values)}
}

// undeclared reports a value for a variable that there is not. An environment
// may be shared with others, so nothing is said about that.
func (s *scope) undeclared(a assigned) {
	if strings.HasPrefix(a.from, environPrefix) {
		return
	}
	names := slices.Sorted(maps.Keys(s.variables))
	detail := fmt.Sprintf("%q is set, but no file declares it.%s Declare it with variable %q { }, or remove the value.",
		a.name, didYouMean(a.name, names), a.name)
	if a.src == nil {
		detail = a.from + ": " + detail
	}
	s.report.errorf(a.at, "Undeclared variable", "%s", detail)
}

// assign evaluates the default and every value given, so that all mistakes are
// seen, and keeps the last.
func (s *scope) assign(v *variable, given []assigned) {
	kind := cty.DynamicPseudoType
	set := false
	if attr := v.attributes["default"]; attr != nil {
		set = true
		if val, ok := s.eval(v.src, attr.Expr, constant, v.hidden); ok {
			v.value = val
			if !val.IsNull() {
				kind = val.Type()
			}
		}
	}
	for _, a := range given {
		set = true
		if val, ok := s.valueOf(v, a, kind); ok {
			v.value = val
		} else {
			v.value = cty.DynamicVal
		}
	}
	if !set && !s.incomplete {
		s.report.errorf(v.named, "Variable without a value",
			"%q has no default, and nobody sets it. Use -var %s=..., a file for -var-file, a *.vars.hcl file in the configuration's directory, or the environment variable %s%s.",
			v.name, v.name, environPrefix, v.name)
	}
	if v.hidden {
		v.value = v.value.Mark(secretMark{declared: v.sensitive})
	}
}

// valueOf evaluates a value that was given to a variable whose default is of a
// kind.
func (s *scope) valueOf(v *variable, a assigned, kind cty.Type) (cty.Value, bool) {
	if a.src == nil {
		return s.valueOfText(v, a, kind)
	}
	val, ok := s.eval(a.src, a.expr, constant, v.hidden)
	switch {
	case !ok || !val.IsKnown():
		return cty.DynamicVal, false
	case val.IsNull():
		s.report.errorf(a.expr.Range(), "Null value", "%q is null. To use its default, leave the line out.", v.name)
		return cty.DynamicVal, false
	case kind.IsPrimitiveType():
		converted, err := convert.Convert(val, kind)
		if err != nil {
			s.mistyped(v, a, kind)
			return cty.DynamicVal, false
		}
		return converted, true
	case kind != cty.DynamicPseudoType && isList(kind) != isList(val.Type()):
		s.mistyped(v, a, kind)
		return cty.DynamicVal, false
	}
	return val, true
}

// valueOfText converts the text of a flag or of the environment to the kind of
// the variable's default. Without one it stays text.
func (s *scope) valueOfText(v *variable, a assigned, kind cty.Type) (cty.Value, bool) {
	if kind == cty.DynamicPseudoType || kind == cty.String {
		return cty.StringVal(a.text), true
	}
	if kind.IsPrimitiveType() {
		val, err := convert.Convert(cty.StringVal(a.text), kind)
		if err != nil {
			s.mistyped(v, a, kind)
		}
		return val, err == nil
	}
	tokens, _ := hclsyntax.LexExpression([]byte(a.text), "", hcl.InitialPos)
	if _, deep := deepest(tokens); deep {
		s.mistyped(v, a, kind)
		return cty.DynamicVal, false
	}
	expr, diags := hclsyntax.ParseExpression([]byte(a.text), a.from, hcl.InitialPos)
	if diags.HasErrors() {
		s.mistyped(v, a, kind)
		return cty.DynamicVal, false
	}
	val, diags := expr.Value(nil)
	if diags.HasErrors() || val.IsNull() || !val.IsWhollyKnown() || isList(kind) != isList(val.Type()) || val.Type().IsPrimitiveType() {
		s.mistyped(v, a, kind)
		return cty.DynamicVal, false
	}
	return val, true
}

// mistyped reports a value that is not of the default's kind.
func (s *scope) mistyped(v *variable, a assigned, kind cty.Type) {
	want := kindName(kind)
	switch {
	case a.src != nil || kind.IsPrimitiveType():
	case isList(kind):
		want += `, written as in a file: ["a", "b"]`
	default:
		want += `, written as in a file: { a = "b" }`
	}
	detail := fmt.Sprintf("The default of %q is %s, so the value must be %s.", v.name, kindName(kind), want)
	if a.src == nil {
		shown := ""
		if !v.hidden {
			shown = fmt.Sprintf(" %s is not.", value{Value: cty.StringVal(a.text)})
		}
		s.report.errorf(hcl.Range{}, "Wrong kind of value", "%s: %s%s", a.from, detail, shown)
		return
	}
	s.report.errorf(a.expr.Range(), "Wrong kind of value", "%s", detail)
}

// isList reports whether a type is written in brackets, rather than in braces.
func isList(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }
