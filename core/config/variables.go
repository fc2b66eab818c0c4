package config

import (
	"cmp"
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
	sensitive bool      // as it says itself
	hidden    bool      // its value must not be shown
	value     cty.Value // marked if it is secret; without a value it is unknown
}

// declare takes the variable blocks, the first of each name. Of another one
// nobody knows whether its default is a secret.
func (l *loader) declare() {
	for _, b := range l.root.all(variableShape) {
		if l.scope.variables[b.label] == nil {
			l.scope.variables[b.label] = newVariable(b)
		} else if attr := b.attributes["default"]; attr != nil {
			b.src.conceal(attr.Expr.Range())
		}
	}
}

// newVariable reads what a variable block says about itself. Whether it is
// sensitive decides what may be printed, so it is known before anything is
// evaluated; when in doubt, nothing is printed.
func newVariable(b *block) *variable {
	v := &variable{block: b, value: cty.DynamicVal}
	literal := func(name string, kind cty.Type, want string) cty.Value {
		attr := b.attributes[name]
		if attr == nil {
			return cty.NullVal(kind)
		}
		val, diags := attr.Expr.Value(nil)
		if diags.HasErrors() || val.IsNull() || !val.IsKnown() || val.Type() != kind {
			b.report.errorf(attr.Expr.Range(), "Invalid "+name, "It must be %s.", want)
			return cty.UnknownVal(kind)
		}
		return val
	}
	literal("description", cty.String, "plain text in quotes")
	sensitive := literal("sensitive", cty.Bool, "true or false, as a plain word")
	v.sensitive = !sensitive.IsNull() && (!sensitive.IsKnown() || sensitive.True())
	v.hidden = v.sensitive
	return v
}

// assigned is a value that somebody gave to a variable.
type assigned struct {
	name string
	from string // who, as it is named in messages without a range
	at   hcl.Range
	src  *source        // nil for a flag or the environment,
	expr hcl.Expression // which give text
	text string
}

// assignments collects them in the order of their precedence, the weakest first:
// environment, files of the configuration, files of flags, flags. The first
// files are all equal, so what two of them set is an error.
func (l *loader) assignments() []assigned {
	var list []assigned
	for _, name := range slices.Sorted(maps.Keys(l.scope.environ)) {
		if variable, ok := strings.CutPrefix(name, environPrefix); ok {
			list = append(list, assigned{name: variable, from: name, text: l.scope.environ[name]})
		}
	}
	first := make(map[string]hcl.Range)
	for _, a := range l.varFiles(l.sources) {
		list = append(list, a)
		if at, twice := first[a.name]; twice {
			l.report.errorf(a.at, "Set twice", "%q is set at %s already. Remove one of the two; a file given with -var-file may override both.", a.name, place(at))
		} else {
			first[a.name] = a.at
		}
	}
	list = append(list, l.varFiles(l.flagFiles)...)
	for _, flag := range l.opts.Vars {
		name, text, ok := strings.Cut(flag, "=")
		if !ok || !labelPattern.MatchString(name) {
			// What was typed may be a secret; the flag is easily found.
			l.report.errorf(hcl.Range{}, "Invalid -var", "A flag -var is not of the form -var name=value. A name begins with a letter or _ and has letters, digits, _ and - after that.")
			continue
		}
		list = append(list, assigned{name: name, from: "-var " + name, text: text})
	}
	return list
}

// varFiles returns what files set, in the order of the files and of their lines.
func (l *loader) varFiles(sources []*source) []assigned {
	var list []assigned
	for _, src := range sources {
		if !src.vars || !src.usable() {
			continue
		}
		b := &block{src: src, report: l.report, shape: variablesShape}
		b.fill(src.file.Body)
		attributes := slices.SortedFunc(maps.Values(b.attributes), func(a, b *hcl.Attribute) int {
			return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
		})
		for _, attr := range attributes {
			list = append(list, assigned{name: attr.Name, at: attr.NameRange, src: src, expr: attr.Expr})
		}
	}
	return list
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
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		s.assign(s.variables[name], given[name])
	}
}

// undeclared reports a value for a variable that there is not. An environment
// may be shared with others, so nothing is said about that.
func (s *scope) undeclared(a assigned) {
	if strings.HasPrefix(a.from, environPrefix) {
		return
	}
	detail := fmt.Sprintf("%q is set, but no file declares it.%s Declare it with variable %q { }, or remove the value.",
		a.name, didYouMean(a.name, slices.Sorted(maps.Keys(s.variables))), a.name)
	if a.src == nil {
		detail = a.from + ": " + detail
	}
	s.report.errorf(a.at, "Undeclared variable", "%s", detail)
}

// assign evaluates the default and every value given, so that all mistakes are
// seen, and keeps the last.
func (s *scope) assign(v *variable, given []assigned) {
	kind := cty.DynamicPseudoType
	def := v.attributes["default"]
	if def != nil {
		if val, ok := s.eval(v.src, def.Expr, true, v.hidden); ok {
			v.value = val
			if !val.IsNull() {
				kind = val.Type()
			}
		}
	}
	for _, a := range given {
		v.value = s.valueOf(v, a, kind)
	}
	if def == nil && len(given) == 0 && !s.incomplete {
		s.report.errorf(v.named, "Variable without a value",
			"%q has no default, and nobody sets it. Use -var %s=..., a file for -var-file, a *.vars.hcl file in the configuration's directory, or the environment variable %s%s.",
			v.label, v.label, environPrefix, v.label)
	}
	if v.hidden {
		v.value = v.value.Mark(secretMark{declared: v.sensitive})
	}
}

// valueOf evaluates a value that was given to a variable whose default is of a
// kind. The text of a flag or of the environment becomes what that kind is;
// without one it stays text.
func (s *scope) valueOf(v *variable, a assigned, kind cty.Type) cty.Value {
	free := kind == cty.DynamicPseudoType
	val := cty.StringVal(a.text)
	if a.src != nil {
		val, _ = s.eval(a.src, a.expr, true, v.hidden)
	} else if !free && !kind.IsPrimitiveType() {
		val = literal(a.text)
	}
	switch {
	case a.src != nil && !val.IsKnown():
		return cty.DynamicVal // eval said why
	case a.src != nil && val.IsNull():
		s.report.errorf(a.expr.Range(), "Null value", "%q is null. To use its default, leave the line out.", v.label)
		return cty.DynamicVal
	case kind.IsPrimitiveType():
		if converted, err := convert.Convert(val, kind); err == nil {
			return converted
		}
	case free, !val.IsNull() && !val.Type().IsPrimitiveType() && isList(kind) == isList(val.Type()):
		return val
	}
	s.mistyped(v, a, kind)
	return cty.DynamicVal
}

// literal evaluates a list or a map that is given as text. Anything that cannot
// be used is null.
func literal(text string) cty.Value {
	none := cty.NullVal(cty.DynamicPseudoType)
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	if _, deep := deepest(tokens); deep {
		return none
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return none
	}
	val, diags := expr.Value(nil)
	if diags.HasErrors() || !val.IsWhollyKnown() {
		return none
	}
	return val
}

// mistyped reports a value that is not of the default's kind.
func (s *scope) mistyped(v *variable, a assigned, kind cty.Type) {
	detail := fmt.Sprintf("The default of %q is %s, so the value must be %[2]s.", v.label, kindName(kind))
	if a.src != nil {
		s.report.errorf(a.expr.Range(), "Wrong kind of value", "%s", detail)
		return
	}
	if !v.hidden {
		detail += fmt.Sprintf(" %s is not.", value{Value: cty.StringVal(a.text)})
	}
	if !kind.IsPrimitiveType() {
		detail += ` Write it as in a file: ["a", "b"] or { a = "b" }.`
	}
	s.report.errorf(hcl.Range{}, "Wrong kind of value", "%s: %s", a.from, detail)
}
