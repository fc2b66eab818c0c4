package config

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxRepairs bounds how often a file is parsed again: that often a small one,
// and a large one until so many bytes have been parsed, but a few times anyway.
const (
	maxRepairs     = 100
	minRepairs     = 5
	maxRepairBytes = 2 << 20
)

// damage is a line of which something is in no block: it cannot be parsed, or it
// says again what was said before.
type damage struct {
	start, end int      // the line, without its end
	word       string   // its first word
	enclosing  []string // the types of the blocks it is in, the outermost first
}

// placeholder is what repair puts in the place of a value that it cannot read.
// As an expression it has no value, and nobody complains about that.
const placeholder = "_"

// repair parses the file until nothing is wrong with its syntax: it reports the
// first error, takes the line out and tries again. The parser itself skips what
// follows an error at the top level, and takes everything after a missing quote
// for text.
func (s *source) repair(report *Report) {
	reported := 0
	attempts := min(maxRepairs, max(minRepairs, maxRepairBytes/(len(s.bytes)+1)))
	for attempt := 0; ; attempt++ {
		file, diags := hclsyntax.ParseConfig(s.work, s.name, hcl.InitialPos)
		s.file = file
		syntax := slices.DeleteFunc(slices.Clone(diags), isRedefinition)
		if len(syntax) == 0 {
			s.redefined(report, diags)
			break
		}
		s.broken = true
		slices.SortStableFunc(syntax, func(a, b *hcl.Diagnostic) int {
			return cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte)
		})
		first := syntax[0]
		scene := s.scene(first)
		if scene.foreign < 0 && !s.isDamaged(scene.start) {
			s.reportSyntax(report, scene, first)
			reported++
		}
		if attempt == attempts || !s.fix(scene) {
			s.unsound = first.Subject.Start.Byte
			if reported == 0 {
				report.adopt(hcl.Diagnostics{first})
			}
			break
		}
	}
}

// isDamaged reports whether something was taken out of a line already, and
// something was said about it.
func (s *source) isDamaged(start int) bool {
	return slices.ContainsFunc(s.damaged, func(d damage) bool { return d.start == start })
}

func isRedefinition(diag *hcl.Diagnostic) bool { return diag.Summary == "Attribute redefined" }

// redefinition takes the library's message apart.
var redefinition = regexp.MustCompile(`^The argument "([^"]*)" was already set at .*:([0-9]+),[^ ]*\.`)

// redefined reports attributes that are set twice. That is no error of syntax:
// everything else can be read.
func (s *source) redefined(report *Report, diags hcl.Diagnostics) {
	for _, diag := range diags {
		// The second value is in no block, so nothing else knows what it is.
		sc := s.scene(diag)
		s.damaged = append(s.damaged, damage{sc.start, sc.end, sc.word, sc.enclosing})
		found := redefinition.FindStringSubmatch(diag.Detail)
		if found == nil {
			report.adopt(hcl.Diagnostics{diag})
			continue
		}
		report.errorf(*diag.Subject, "Set twice", "%q is set at %s line %s already. Remove one of the two.", found[1], diag.Subject.Filename, found[2])
	}
}

// fix takes what is wrong out of the working copy, and reports whether it could.
func (s *source) fix(sc scene) bool {
	s.damaged = append(s.damaged, damage{sc.start, sc.end, sc.word, sc.enclosing})
	switch {
	case sc.foreign >= 0:
		return s.clear(sc.foreign, sc.endOfBlock())
	case sc.brace >= 0:
		s.raise(sc.end, sc.brace)
		return true
	case sc.quote >= 0:
		return s.replace(sc.quote, sc.end, sc.closing())
	case balanced(sc.line):
		return s.clear(sc.start, sc.end)
	case strings.TrimSpace(sc.text) == "}" && len(sc.enclosing) == 0:
		return s.clear(sc.start, sc.end)
	}
	return false
}

// raise moves a brace to the end of the line above, where only the end of that
// line is free. There are as many lines as before.
func (s *source) raise(end, brace int) {
	s.work[brace] = ' '
	if s.work[end] == '\n' {
		s.work[brace] = '\n'
	}
	s.work[end] = '{'
}

// clear replaces a part by spaces, so that everything else stays in its place.
// Nothing to replace means that there is no way on.
func (s *source) clear(start, end int) bool {
	changed := false
	for i := start; i < end; i++ {
		if c := s.work[i]; c != ' ' && c != '\n' && c != '\r' {
			s.work[i] = ' '
			changed = true
		}
	}
	return changed
}

// replace puts a placeholder and what must follow it into a part.
func (s *source) replace(start, end int, closing string) bool {
	if len(placeholder)+len(closing) > end-start {
		return s.clear(start, end)
	}
	s.clear(start, end)
	copy(s.work[start:], placeholder)
	copy(s.work[end-len(closing):], closing)
	return true
}

// closing returns what has to stay at the end of a line whose last string is
// not closed: the brackets that the line has opened, a comma, a block's brace.
func (sc scene) closing() string {
	tail := sc.text[sc.quote-sc.start+1:]
	tail = tail[len(strings.TrimRight(tail, "[](){}, \t")):]
	var open []byte
	assigns := false
	for _, token := range sc.line {
		if token.Range.Start.Byte >= sc.quote {
			break
		}
		switch token.Type {
		case hclsyntax.TokenOBrack:
			open = append(open, ']')
		case hclsyntax.TokenOParen:
			open = append(open, ')')
		case hclsyntax.TokenOBrace:
			open = append(open, '}')
		case hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCBrace:
			open = open[:max(0, len(open)-1)]
		case hclsyntax.TokenEqual:
			assigns = true
		}
	}
	slices.Reverse(open)
	switch {
	case len(open) > 0 && strings.ContainsAny(tail, "])}"):
		return string(open)
	case !assigns && strings.HasSuffix(strings.TrimSpace(tail), "{"):
		return "{"
	case strings.HasSuffix(strings.TrimSpace(tail), ","):
		return ","
	}
	return ""
}

// balanced reports whether a line closes exactly the brackets that it opens.
func balanced(line hclsyntax.Tokens) bool {
	var open []byte
	for _, token := range line {
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen:
			open = append(open, token.Bytes[0])
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen:
			want := bytes.IndexByte([]byte("}])"), token.Bytes[0])
			if len(open) == 0 || open[len(open)-1] != "{[("[want] {
				return false
			}
			open = open[:len(open)-1]
		case hclsyntax.TokenOHeredoc:
			return false
		}
	}
	return len(open) == 0
}
