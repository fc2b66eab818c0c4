package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// explain turns what the library says about an expression into what an operator
// can act on, without the values of secrets.
func explain(diag *hcl.Diagnostic, secret bool) *hcl.Diagnostic {
	detail := diag.Detail
	call, isCall := diag.Expression.(*hclsyntax.FunctionCallExpr)
	keys := missingKey(diag)
	switch {
	case secret && !harmless(diag):
		detail = "What is wrong with it is not shown, because this expression is made of a secret."
	case secret:
	case keys != "":
		detail = keys
	case diag.Summary == "Call to unknown function" && isCall:
		names := slices.Sorted(maps.Keys(functions("", nil)))
		detail = fmt.Sprintf("There is no function %s.%s The functions are: %s.", call.Name, didYouMean(call.Name, names), strings.Join(names, ", "))
	default:
		detail += given(diag)
	}
	return &hcl.Diagnostic{Severity: diag.Severity, Summary: diag.Summary, Detail: detail, Subject: diag.Subject}
}

// harmless reports whether an explanation can be shown even if the expression
// is secret: env and file complain about the name of a variable or a file. It
// must be literal, because what a variable holds might be the secret.
func harmless(diag *hcl.Diagnostic) bool {
	call, ok := diag.Extra.(hclsyntax.FunctionCallDiagExtra)
	return ok && (call.CalledFunctionName() == "env" || call.CalledFunctionName() == "file") &&
		diag.Expression != nil && len(diag.Expression.Variables()) == 0
}

// missingKey explains a key that a map or list does not have by those that it
// has.
func missingKey(diag *hcl.Diagnostic) string {
	collection, key := lookup(diag)
	if !collection.IsKnown() || collection.IsNull() || collection.IsMarked() || !key.IsWhollyKnown() || key.IsNull() || key.IsMarked() {
		return ""
	}
	kind := collection.Type()
	switch {
	case isList(kind) && key.Type() == cty.Number:
		return fmt.Sprintf("There is no such element. The list has %d, counted from 0.", collection.LengthInt())
	case key.Type() != cty.String || !kind.IsObjectType() && !kind.IsMapType():
		return ""
	}
	keys := slices.Sorted(maps.Keys(collection.AsValueMap()))
	if len(keys) == 0 {
		return value{Value: key}.String() + " is not there: the map is empty."
	}
	return value{Value: key}.String() + " is not one of the keys. The keys are: " + listed(keys) + "."
}

// lookup finds the collection and the key of a failed lookup. Both are unknown
// if it was something else that failed.
func lookup(diag *hcl.Diagnostic) (collection, key cty.Value) {
	collection, key = cty.DynamicVal, cty.DynamicVal
	switch expr := diag.Expression.(type) {
	case *hclsyntax.IndexExpr:
		collection, _ = expr.Collection.Value(diag.EvalContext)
		key, _ = expr.Key.Value(diag.EvalContext)
	case *hclsyntax.ScopeTraversalExpr:
		for i := 2; i < len(expr.Traversal); i++ {
			if _, diags := expr.Traversal[:i+1].TraverseAbs(diag.EvalContext); diags.HasErrors() {
				collection, _ = expr.Traversal[:i].TraverseAbs(diag.EvalContext)
				switch step := expr.Traversal[i].(type) {
				case hcl.TraverseAttr:
					key = cty.StringVal(step.Name)
				case hcl.TraverseIndex:
					key = step.Key
				}
				break
			}
		}
	}
	return collection, key
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
		fact := fmt.Sprintf("%s is %s", hclwrite.TokensForTraversal(ref).Bytes(), value{Value: val})
		if !slices.Contains(facts, fact) {
			facts = append(facts, fact)
		}
	}
	if len(facts) == 0 {
		return ""
	}
	return " Here " + strings.Join(facts, ", ") + "."
}
