package config

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// explain turns what the library says about an expression into what an operator
// can act on, without the values of secrets.
func explain(diag *hcl.Diagnostic, secret bool) *hcl.Diagnostic {
	detail := diag.Detail
	switch {
	case secret && !harmless(diag):
		detail = "What is wrong with it is not shown, because this expression is made of a secret."
	case secret:
	case strings.HasPrefix(diag.Summary, "Invalid index"), strings.HasPrefix(diag.Summary, "Unsupported attribute"):
		if keys := missingKey(diag); keys != "" {
			detail = keys
		}
	case diag.Summary == "Call to unknown function":
		names := slices.Sorted(maps.Keys(functions("", nil)))
		if call, ok := diag.Expression.(*hclsyntax.FunctionCallExpr); ok {
			detail = "There is no function " + call.Name + "." + didYouMean(call.Name, names)
		}
		detail += " The functions are: " + strings.Join(names, ", ") + "."
	default:
		detail += given(diag)
	}
	return &hcl.Diagnostic{Severity: diag.Severity, Summary: diag.Summary, Detail: detail, Subject: diag.Subject}
}

// harmless reports whether an explanation can be shown even if the expression
// is secret: env and file complain about the name of a variable or a file.
func harmless(diag *hcl.Diagnostic) bool {
	call, ok := diag.Extra.(hclsyntax.FunctionCallDiagExtra)
	if !ok || diag.EvalContext == nil {
		return false
	}
	name := call.CalledFunctionName()
	if name != "env" && name != "file" {
		return false
	}
	// The argument must be literal: what a variable holds might be the secret.
	return diag.Expression != nil && len(diag.Expression.Variables()) == 0
}

// missingKey explains a key that a map does not have by those that it has.
func missingKey(diag *hcl.Diagnostic) string {
	collection, key, ok := indexed(diag)
	if !ok || collection.IsNull() || collection.IsMarked() || key.IsMarked() || !collection.IsKnown() || !key.IsWhollyKnown() {
		return ""
	}
	if isList(collection.Type()) && key.Type() == cty.Number {
		return fmt.Sprintf("There is no such element. The list has %d, counted from 0.", collection.LengthInt())
	}
	if key.IsNull() || key.Type() != cty.String || !collection.Type().IsObjectType() && !collection.Type().IsMapType() {
		return ""
	}
	var keys []string
	for it := collection.ElementIterator(); it.Next(); {
		name, _ := it.Element()
		keys = append(keys, name.AsString())
	}
	sort.Strings(keys)
	if len(keys) == 0 {
		return value{Value: key}.String() + " is not there: the map is empty."
	}
	return value{Value: key}.String() + " is not one of the keys. The keys are: " + listed(keys) + "."
}

// indexed finds the collection and the key of a failed lookup.
func indexed(diag *hcl.Diagnostic) (collection, key cty.Value, ok bool) {
	ctx := diag.EvalContext
	if ctx == nil {
		return cty.NilVal, cty.NilVal, false
	}
	switch expr := diag.Expression.(type) {
	case *hclsyntax.IndexExpr:
		collection, diags := expr.Collection.Value(ctx)
		key, keyDiags := expr.Key.Value(ctx)
		return collection, key, !diags.HasErrors() && !keyDiags.HasErrors()
	case *hclsyntax.ScopeTraversalExpr:
		for i := 2; i < len(expr.Traversal); i++ {
			if _, diags := expr.Traversal[:i+1].TraverseAbs(ctx); diags.HasErrors() {
				collection, diags := expr.Traversal[:i].TraverseAbs(ctx)
				key, ok := keyOf(expr.Traversal[i])
				return collection, key, ok && !diags.HasErrors()
			}
		}
	}
	return cty.NilVal, cty.NilVal, false
}

func keyOf(step hcl.Traverser) (cty.Value, bool) {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return cty.StringVal(step.Name), true
	case hcl.TraverseIndex:
		return step.Key, true
	}
	return cty.NilVal, false
}

// given says what the names in a failed expression stood for.
func given(diag *hcl.Diagnostic) string {
	if diag.Expression == nil || diag.EvalContext == nil {
		return ""
	}
	var facts []string
	for _, ref := range diag.Expression.Variables() {
		val, diags := ref.TraverseAbs(diag.EvalContext)
		if diags.HasErrors() || !val.IsWhollyKnown() || val.ContainsMarked() || val.IsNull() || !val.Type().IsPrimitiveType() {
			continue
		}
		if fact := dotted(ref) + " is " + (value{Value: val}).String(); !slices.Contains(facts, fact) {
			facts = append(facts, fact)
		}
	}
	if len(facts) == 0 {
		return ""
	}
	return " Here " + strings.Join(facts, ", ") + "."
}

// dotted writes a reference as it was written.
func dotted(ref hcl.Traversal) string {
	var b strings.Builder
	for _, step := range ref {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + value{Value: step.Key}.String() + "]")
		}
	}
	return b.String()
}
