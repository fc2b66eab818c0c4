package config

import (
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// scope is what expressions can refer to: var, local, node and the functions.
type scope struct {
	report    *Report
	node      string
	environ   map[string]string
	variables map[string]*variable
	locals    map[string]*local
	// incomplete is set when a file could not be read or has syntax errors. What
	// is missing may be in there, so nobody is told that it is missing.
	incomplete bool
	// announced are the planned blocks that were found and reported; what refers
	// to them is not reported again.
	announced map[string]bool

	functions map[string]map[string]function.Function // by directory
	values    map[string]cty.Value                    // var and local, once all are known
}

// stage is how much an expression may refer to.
type stage int

const (
	constant  stage = iota // node and functions: the values of variables
	computing              // and variables, and the locals that are known: locals
	complete               // everything
)

// eval evaluates an expression. It reports what is wrong and returns false if
// there is no value, which may have been reported elsewhere already. A secret
// expression is one whose text must not be quoted.
func (s *scope) eval(src *source, expr hcl.Expression, at stage, secret bool) (cty.Value, bool) {
	refs := expr.Variables()
	known := true
	for _, ref := range refs {
		known = s.check(ref, at, secret) && known
	}
	if !known {
		return cty.DynamicVal, false
	}
	ctx := s.context(src, refs, at)
	val, diags := expr.Value(ctx)
	secret = secret || s.touches(refs, ctx)
	for _, diag := range diags {
		s.report.diags = append(s.report.diags, explain(diag, secret))
	}
	return val, !diags.HasErrors()
}

// context builds what an expression sees. While locals are computed, it sees
// only those that it refers to, which have been computed before.
func (s *scope) context(src *source, refs []hcl.Traversal, at stage) *hcl.EvalContext {
	if s.functions[src.dir] == nil {
		if s.functions == nil {
			s.functions = make(map[string]map[string]function.Function)
		}
		s.functions[src.dir] = functions(src.dir, s.environ)
	}
	ctx := &hcl.EvalContext{
		Functions: s.functions[src.dir],
		Variables: map[string]cty.Value{
			"node": cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(s.node)}),
		},
	}
	switch at {
	case computing:
		ctx.Variables["var"] = s.values["var"]
		locals := make(map[string]cty.Value)
		for _, ref := range refs {
			if name, ok := member(ref); ok && ref.RootName() == "local" {
				locals[name] = s.locals[name].value
			}
		}
		ctx.Variables["local"] = cty.ObjectVal(locals)
	case complete:
		maps.Copy(ctx.Variables, s.values)
	}
	return ctx
}

// touches reports whether an expression refers to anything that must not be
// shown.
func (s *scope) touches(refs []hcl.Traversal, ctx *hcl.EvalContext) bool {
	return slices.ContainsFunc(refs, func(ref hcl.Traversal) bool {
		val, diags := ref[:min(2, len(ref))].TraverseAbs(ctx)
		return !diags.HasErrors() && val.ContainsMarked()
	})
}

// member returns the name after the root: x of var.x.
func member(ref hcl.Traversal) (string, bool) {
	if len(ref) < 2 {
		return "", false
	}
	step, ok := ref[1].(hcl.TraverseAttr)
	return step.Name, ok
}

// check reports a reference to something that does not exist.
func (s *scope) check(ref hcl.Traversal, at stage, secret bool) bool {
	root := ref.RootName()
	name, named := member(ref)
	where := ref.SourceRange()
	switch {
	case root == placeholder && s.incomplete:
		return false // the syntax error was reported
	case s.announced[root]:
		return false // so was the block
	case root == "node" && named && name == "name":
		return true
	case root == "node":
		s.report.errorf(where, "Unknown name", "The node has a name and nothing else: node.name.")
		return false
	case root == "var" && at == constant, root == "local" && at == constant:
		s.report.errorf(where, "Reference not allowed", "The value of a variable cannot depend on variables or locals. Compute it in a locals block.")
		return false
	case root == "var":
		return s.checkMember(where, "variable", "var", name, named, s.variables[name] != nil, slices.Sorted(maps.Keys(s.variables)))
	case root == "local":
		return s.checkMember(where, "local value", "local", name, named, s.locals[name] != nil, slices.Sorted(maps.Keys(s.locals)))
	}
	s.unknownRoot(where, root, len(ref) == 1, secret)
	return false
}

// checkMember checks var.name and local.name.
func (s *scope) checkMember(at hcl.Range, kind, root, name string, named, exists bool, names []string) bool {
	switch {
	case !named:
		s.report.errorf(at, "Name missing", "Say which %s: %s.NAME.", kind, root)
		return false
	case exists:
		return true
	case s.incomplete:
		return false
	case len(names) == 0:
		s.report.errorf(at, "Unknown "+kind, "There is no %s %q, and no other. %s", kind, name, declare[root])
	default:
		s.report.errorf(at, "Unknown "+kind, "There is no %s %q.%s There are: %s.", kind, name, didYouMean(name, names), listed(names))
	}
	return false
}

// declare says how a name comes to be.
var declare = map[string]string{
	"var":   `Declare it: variable "NAME" { default = "..." }`,
	"local": "Define it: locals { NAME = ... }",
}

// unknownRoot reports a name that is neither var, local nor node. Most often it
// is text without quotes.
func (s *scope) unknownRoot(at hcl.Range, root string, alone, secret bool) {
	switch {
	case secret:
		s.report.errorf(at, "Unknown name", "There is no such name; it is not shown, because this is part of a secret. Text is written in quotes.")
	case planned[root] != "" || root == "vrrp":
		s.report.errorf(at, "Not a value", "%s stands for a block, which is no value that could be used here.", root)
	case alone:
		s.report.errorf(at, "Unknown name", "There is no name %q. If it is text, write it in quotes: %s. Names begin with var, local or node.", root, strconv.Quote(root))
	default:
		s.report.errorf(at, "Unknown name", "There is no name %q.%s Names begin with var, local or node.", root, didYouMean(root, []string{"var", "local", "node"}))
	}
}
