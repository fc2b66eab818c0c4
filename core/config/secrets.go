package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/sdk"
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
	if schema := shape.own(); schema != nil {
		attribute := schema.Attribute(name)
		return attribute != nil && attribute.Secret
	}
	return shape == authenticationShape && name == "password" || shape == pluginShape && name == "environment"
}

// secretsOf returns the values that must not be printed: those of secret attributes,
// and, with the keys of maps, those that are hidden because they are made of one.
func secretsOf(schema sdk.Schema, values sdk.Values, hidden map[string]bool) []any {
	var list []any
	for _, a := range schema.Attributes {
		v, there := values[a.Name]
		if there && (a.Secret || hidden[a.Name]) {
			list = append(list, v)
		}
		if entries, is := v.(map[string]any); is && hidden[a.Name] && !a.Secret {
			for key := range entries {
				list = append(list, key)
			}
		}
	}
	return list
}

// repeatAny reports whether a text repeats part of any of the secrets.
func repeatAny(text string, secrets []any) bool {
	return slices.ContainsFunc(secrets, func(s any) bool { return repeats(text, s) })
}

// repeats reports whether a text repeats a word of a secret, or may seem to.
func repeats(text string, secret any) bool {
	switch secret := secret.(type) {
	case []any:
		return repeatAny(text, secret)
	case map[string]any:
		return repeatAny(text, slices.Collect(maps.Values(secret)))
	}
	said := wordsOf(text)
	return slices.ContainsFunc(wordsOf(fmt.Sprint(secret)), func(word string) bool {
		switch {
		case word == "http" || word == "https":
			return false
		case len(word) < 6: // any text may have it in a word of its own
			return slices.Contains(said, word)
		}
		return strings.Contains(strings.ToLower(text), word)
	})
}

// wordsOf returns the runs of letters and digits in a text, in lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// isSecretName reports whether what is assigned to a name is likely a secret,
// wherever the name appears: in keepalived's words, in maps, misspelt.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	if name == "password_file" {
		return false
	}
	return strings.HasPrefix(name, "auth_") || strings.Contains(name, "passw") || strings.Contains(name, "secret") ||
		strings.HasSuffix(name, "_pass") || name == "pass" || strings.HasSuffix(name, "token") || strings.HasSuffix(name, "api_key") ||
		strings.HasSuffix(name, "apikey") || levenshtein.Distance(name, "password", nil) <= 2
}

// concealUnknown hides the attributes that a block with secrets does not have,
// unless another one is meant: they may be misspelt secrets. Of a type that is not known they may all be.
func (b *block) concealUnknown(body hcl.Body) {
	known := b.shape
	switch {
	case known.free && known.name == trackerShape.name:
		known = trackerShape
	case known.free && known.name == notifyShape.name:
		known = notifyShape
	case !known.hasSecrets():
		return
	}
	attributes, _ := body.JustAttributes()
	for name, attr := range attributes {
		meant := nearest(name, known.names())
		secret := meant == "" || meant != name && b.shape.free || isSecretAttribute(known, meant)
		if at := attr.Expr.Range(); secret && at.End.Byte >= at.Start.Byte {
			b.src.star(at.Start.Byte, at.End.Byte)
		}
	}
}

// hasSecrets reports whether the value of an attribute must not be printed, other
// than in an authentication block.
func (s *shape) hasSecrets() bool {
	if schema := s.own(); schema != nil {
		return slices.ContainsFunc(schema.Attributes, func(a sdk.Attribute) bool { return a.Secret })
	}
	return s == pluginShape
}

// findSecrets finds everything else that is secret before anything is evaluated:
// the locals and variables that passwords are made of, directly or not, and
// sensitive variables. A value for a variable that there is not may be a
// misspelt secret.
func (l *loader) findSecrets(assignments []assigned) {
	for _, router := range l.root.all(vrrpShape) {
		for _, b := range router.all(authenticationShape) {
			if attr := b.attributes["password"]; attr != nil {
				l.follow(attr.Expr)
			}
		}
	}
	for _, b := range slices.Concat(l.root.all(trackerShape), l.root.all(notifyShape), l.root.all(pluginShape)) {
		for name, attr := range b.attributes {
			if isSecretAttribute(b.shape, name) {
				b.src.conceal(attr.Expr.Range())
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
