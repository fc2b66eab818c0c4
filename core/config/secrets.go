package config

import (
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// secretMark is the mark on values that must not be printed. Functions and
// operators hand marks on.
type secretMark struct {
	// declared: a variable said sensitive = true. Its value is good for secret
	// attributes only. What is merely part of a password, such as a map that
	// holds one, can be used everywhere.
	declared bool
}

// isSecretAttribute reports whether an attribute's value must not be printed.
func isSecretAttribute(shape *shape, name string) bool {
	return shape == authenticationShape && name == "password"
}

// isSecretName reports whether what is assigned to a name is likely a secret,
// wherever the name appears: in keepalived's words, in maps, misspelt.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	if name == "password_file" {
		return false
	}
	return strings.HasPrefix(name, "auth_") || strings.Contains(name, "passw") || strings.Contains(name, "secret") ||
		strings.HasSuffix(name, "_pass") || name == "pass" || levenshtein.Distance(name, "password", nil) <= 2
}

// concealBlock hides what a block says that may hold a password, whatever the
// names are: any of them may be a misspelt password.
func (s *source) concealBlock(name string, body hcl.Body) {
	if native, ok := body.(*hclsyntax.Body); ok && name != authenticationShape.name && native != nil {
		if strings.Contains(name, "auth") {
			s.conceal(native.Range())
		}
		return
	}
	attributes, _ := body.JustAttributes()
	for name, attr := range attributes {
		if name != "type" && name != "password_file" {
			s.conceal(attr.Expr.Range())
		}
	}
}

// conceal finds everything else that is secret before anything is evaluated:
// the locals and variables that passwords are made of, directly or not, and
// sensitive variables. A value for a variable that there is not may be a
// misspelt secret.
func (l *loader) conceal(assignments []assigned) {
	for _, router := range l.root.all(vrrpShape) {
		for _, b := range router.all(authenticationShape) {
			if attr := b.attributes["password"]; attr != nil {
				l.follow(attr.Expr)
			}
		}
	}
	for _, v := range l.scope.variables {
		if attr := v.attributes["default"]; attr != nil && v.hidden {
			v.src.conceal(attr.Expr.Range())
		}
	}
	for _, a := range assignments {
		if v := l.scope.variables[a.name]; a.src != nil && (v == nil || v.hidden) {
			a.src.conceal(a.expr.Range())
		}
	}
}

// follow hides what a secret expression refers to.
func (l *loader) follow(expr hcl.Expression) {
	for _, ref := range expr.Variables() {
		name, _ := member(ref)
		v, local := l.scope.variables[name], l.scope.locals[name]
		switch {
		case ref.RootName() == "var" && v != nil:
			v.hidden = true
		case ref.RootName() == "local" && local != nil && !local.hidden:
			local.hidden = true
			local.src.conceal(local.attr.Expr.Range())
			l.follow(local.attr.Expr)
		}
	}
}
