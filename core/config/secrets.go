package config

import (
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
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

// publicAuthentication are the attributes of an authentication block that can be
// shown. Any other name in there may be a misspelt password.
var publicAuthentication = map[string]bool{"type": true, "password_file": true}

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

// concealBody hides what an authentication block says, whatever the names are.
func (s *source) concealBody(body hcl.Body) {
	attributes, _ := body.JustAttributes()
	for name, attr := range attributes {
		if !publicAuthentication[name] {
			s.secrets = append(s.secrets, attr.Expr.Range())
		}
	}
}

// conceal finds everything else that is secret before anything is evaluated:
// the locals and variables that passwords are made of, directly or not, and
// sensitive variables.
func (l *loader) conceal() {
	for _, router := range l.routers {
		for _, b := range router.all("authentication") {
			if attr := b.attributes["password"]; attr != nil {
				l.follow(attr.Expr)
			}
		}
	}
	for _, v := range l.scope.variables {
		if attr := v.attributes["default"]; attr != nil && v.hidden {
			v.src.secrets = append(v.src.secrets, attr.Expr.Range())
		}
	}
	for _, sources := range [][]*source{l.sources, l.flagFiles} {
		for _, a := range l.quiet().varFiles(sources) {
			// A value for a variable that there is not may be a misspelt secret.
			if v := l.scope.variables[a.name]; v == nil || v.hidden {
				a.src.secrets = append(a.src.secrets, a.expr.Range())
			}
		}
	}
}

// follow hides what a secret expression refers to.
func (l *loader) follow(expr hcl.Expression) {
	for _, ref := range expr.Variables() {
		name, ok := member(ref)
		switch {
		case !ok:
		case ref.RootName() == "var" && l.scope.variables[name] != nil:
			l.scope.variables[name].hidden = true
		case ref.RootName() == "local" && l.scope.locals[name] != nil && !l.scope.locals[name].hidden:
			local := l.scope.locals[name]
			local.hidden = true
			local.src.secrets = append(local.src.secrets, local.attr.Expr.Range())
			l.follow(local.attr.Expr)
		}
	}
}

// quiet is the loader with a report that nobody reads.
func (l *loader) quiet() *loader {
	quiet := *l
	quiet.report = &Report{}
	return &quiet
}
