package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

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
	functions map[string]map[string]function.Function // by directory
	trackers  map[string]*shape                       // of tracker blocks, by type
	notifiers map[string]*shape                       // of notify blocks, by type
	found     *Plugins                                // where these come from
	// incomplete is set when a file could not be read or has syntax errors. What
	// is missing may be in there, so nobody is told that it is missing.
	incomplete bool
	// lost is set when a block or a line could not be read that may name trackers and
	// hooks. Nobody is told then that something is never named.
	lost bool
	// secrets are what the blocks that were read have, and nobody may repeat.
	secrets []any
}

// newScope makes an empty scope. Of a name that is in the environment twice the
// last counts.
func newScope(report *Report, node string, environ []string) *scope {
	s := &scope{
		report:    report,
		node:      node,
		environ:   make(map[string]string),
		variables: make(map[string]*variable),
		locals:    make(map[string]*local),
		functions: make(map[string]map[string]function.Function),
	}
	for _, entry := range environ {
		if name, text, ok := strings.Cut(entry, "="); ok {
			s.environ[name] = text
		}
	}
	return s
}

// eval evaluates an expression. It reports what is wrong and returns an unknown
// value and false if there is none, which may have been reported elsewhere
// already. A constant cannot refer to variables and locals. A secret expression
// is one whose text must not be quoted.
func (s *scope) eval(src *source, expr hcl.Expression, constant, secret bool) (cty.Value, bool) {
	refs := expr.Variables()
	known := true
	for _, ref := range refs {
		known = s.check(ref, constant, secret) && known
	}
	if !known {
		return cty.DynamicVal, false
	}
	ctx := s.context(src, refs)
	val, diags := expr.Value(ctx)
	for _, ref := range refs {
		root, diags := ref[:min(2, len(ref))].TraverseAbs(ctx)
		secret = secret || !diags.HasErrors() && root.ContainsMarked()
	}
	for _, diag := range diags {
		s.report.diags = append(s.report.diags, explain(diag, secret))
	}
	if diags.HasErrors() {
		return cty.DynamicVal, false
	}
	return val, true
}

// context builds what an expression sees: what it refers to, all of which
// exists.
func (s *scope) context(src *source, refs []hcl.Traversal) *hcl.EvalContext {
	if s.functions[src.dir] == nil {
		s.functions[src.dir] = functions(src.dir, s.environ)
	}
	variables, locals := make(map[string]cty.Value), make(map[string]cty.Value)
	for _, ref := range refs {
		switch name, _ := member(ref); ref.RootName() {
		case "var":
			variables[name] = s.variables[name].value
		case "local":
			locals[name] = s.locals[name].value
		}
	}
	return &hcl.EvalContext{
		Functions: s.functions[src.dir],
		Variables: map[string]cty.Value{
			"node":  cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(s.node)}),
			"var":   cty.ObjectVal(variables),
			"local": cty.ObjectVal(locals),
		},
	}
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
func (s *scope) check(ref hcl.Traversal, constant, secret bool) bool {
	root, at := ref.RootName(), ref.SourceRange()
	name, _ := member(ref)
	switch {
	case root == placeholder && s.incomplete:
		// The syntax error was reported.
	case root == "node" && name == "name":
		return true
	case root == "node":
		s.report.errorf(at, "Unknown name", "The node has a name and nothing else: node.name.")
	case constant && (root == "var" || root == "local"):
		s.report.errorf(at, "Reference not allowed", "The value of a variable cannot depend on variables or locals. Compute it in a locals block.")
	case root == "var":
		return s.variables[name] != nil || s.unknown(ref, name, "variable", `Declare it: variable "NAME" { default = "..." }`, slices.Sorted(maps.Keys(s.variables)))
	case root == "local":
		return s.locals[name] != nil || s.unknown(ref, name, "local value", "Define it: locals { NAME = ... }", slices.Sorted(maps.Keys(s.locals)))
	case secret:
		s.report.errorf(at, "Unknown name", "There is no such name; it is not shown, because this is part of a secret. Text is written in quotes.")
	case planned[root] != "" || rootShape.block(root) != nil:
		s.report.errorf(at, "Not a value", "%s stands for a block, which is no value that could be used here.", root)
	case len(ref) == 1: // most often text without quotes
		s.report.errorf(at, "Unknown name", "There is no name %q. If it is text, write it in quotes: %s. Names begin with var, local or node.", root, strconv.Quote(root))
	default:
		s.report.errorf(at, "Unknown name", "There is no name %q.%s Names begin with var, local or node.", root, didYouMean(root, []string{"var", "local", "node"}))
	}
	return false
}

// unknown reports a variable or local that does not exist. It returns false.
func (s *scope) unknown(ref hcl.Traversal, name, kind, advice string, names []string) bool {
	at := ref.SourceRange()
	switch {
	case name == "":
		s.report.errorf(at, "Name missing", "Say which %s: %s.NAME.", kind, ref.RootName())
	case s.incomplete:
	case len(names) == 0:
		s.report.errorf(at, "Unknown "+kind, "There is no %s %q, and no other. %s", kind, name, advice)
	default:
		s.report.errorf(at, "Unknown "+kind, "There is no %s %q.%s There are: %s.", kind, name, didYouMean(name, names), listed(names))
	}
	return false
}
