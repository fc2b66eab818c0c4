package config

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// value is what an expression came to: known, not null, and without marks.
type value struct {
	cty.Value
	at hcl.Range
	// hidden values must not be printed.
	hidden bool
}

// String is how a message that begins with the value quotes it.
func (v value) String() string {
	switch {
	case v.hidden:
		return "The value (hidden)"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return quoted(v.AsString())
	case v.Type() == cty.Number:
		return number(v.AsBigFloat())
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	}
	kind := kindName(v.Type())
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// maxShown is how much of a text a message quotes.
const maxShown = 80

// quoted quotes what was typed, up to a sensible length.
func quoted(text string) string {
	if len(text) > maxShown {
		text = text[:boundary(text, maxShown)] + "..."
	}
	return strconv.Quote(text)
}

// boundary moves an offset back to the beginning of a character.
func boundary(text string, offset int) int {
	for offset > 0 && offset < len(text) && !utf8.RuneStart(text[offset]) {
		offset--
	}
	return offset
}

// maxExponent is the binary exponent beyond which a number is not written out:
// the digits would fill the memory.
const maxExponent = 256

// isHuge reports whether a number is too large to be worked with.
func isHuge(f *big.Float) bool {
	return f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < -maxExponent
}

// number writes a number as a person would.
func number(f *big.Float) string {
	switch {
	case isHuge(f):
		return "This number"
	case f.IsInt():
		return f.Text('f', 0)
	}
	return f.Text('g', 10)
}

// kindName names a type in an operator's words.
func kindName(t cty.Type) string {
	switch {
	case t == cty.String:
		return "text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case isList(t):
		return "a list"
	case t.IsObjectType() || t.IsMapType():
		return "a map"
	}
	return "of no fixed kind"
}

// isList reports whether a type is written in brackets, rather than in braces.
func isList(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }

// place names a source line: ha.hcl line 12.
func place(at hcl.Range) string {
	return fmt.Sprintf("%s line %d", at.Filename, at.Start.Line)
}

// isText reports whether a text is something that can be shown on one line.
func isText(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}
