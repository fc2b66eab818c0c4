package config

import (
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
	reported := false
	attempts := min(maxRepairs, max(minRepairs, maxRepairBytes/(len(s.bytes)+1)))
	for attempt := 0; ; attempt++ {
		file, diags := hclsyntax.ParseConfig(s.work, s.name, hcl.InitialPos)
		s.file = file
		syntax := slices.DeleteFunc(slices.Clone(diags), isRedefinition)
		if len(syntax) == 0 {
			s.redefined(report, diags)
			return
		}
		s.broken = true
		m := s.examine(slices.MinFunc(syntax, func(a, b *hcl.Diagnostic) int {
			return cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte)
		}))
		if attempt < attempts && s.clearForeign(m.tokens) {
			continue
		}
		if !slices.ContainsFunc(s.damaged, func(d damage) bool { return d.start == m.start }) {
			s.reportSyntax(report, m)
			reported = true
		}
		s.damaged = append(s.damaged, m.damage)
		if attempt == attempts || !s.fix(m) {
			s.unsound = m.diag.Subject.Start.Byte
			if !reported {
				report.adopt(hcl.Diagnostics{m.diag})
			}
			return
		}
	}
}

func isRedefinition(diag *hcl.Diagnostic) bool { return diag.Summary == "Attribute redefined" }

// redefinition takes the library's message apart.
var redefinition = regexp.MustCompile(`^The argument "([^"]*)" was already set at .*:([0-9]+),[^ ]*\.`)

// redefined reports attributes that are set twice. That is no error of syntax:
// everything else can be read. The second value is in no block, so nothing else
// knows what it is.
func (s *source) redefined(report *Report, diags hcl.Diagnostics) {
	for _, diag := range diags {
		s.damaged = append(s.damaged, s.examine(diag).damage)
		found := redefinition.FindStringSubmatch(diag.Detail)
		if found == nil {
			report.adopt(hcl.Diagnostics{diag})
			continue
		}
		report.errorf(*diag.Subject, "Set twice", "%q is set at %s line %s already. Remove one of the two.", found[1], diag.Subject.Filename, found[2])
	}
}

// clearForeign empties the blocks that are keepalived's: the blocks themselves
// are reported, and nothing in them is ours.
func (s *source) clearForeign(tokens hclsyntax.Tokens) bool {
	cleared := false
	for i, token := range tokens {
		if token.Type != hclsyntax.TokenOBrace {
			continue
		}
		if _, foreign := keepalived.answer(blockType(tokens[:i])); foreign {
			end, _ := closer(tokens[i:])
			cleared = s.clear(token.Range.End.Byte, end) || cleared
		}
	}
	return cleared
}

// fix takes what is wrong out of the working copy, and reports whether it could.
func (s *source) fix(m mistake) bool {
	open, balanced := openBrackets(m.line)
	switch {
	case m.brace >= 0:
		s.raise(m.end, m.brace)
		return true
	case m.quote >= 0:
		return s.replace(m.quote, m.end, m.closing())
	case balanced && len(open) == 0, strings.TrimSpace(m.text) == "}" && len(m.enclosing) == 0:
		return s.clear(m.start, m.end)
	case balanced && m.word != "" && open[0] == '{':
		end, closed := closer(m.tokens[slices.IndexFunc(m.tokens, func(t hclsyntax.Token) bool { return t.Range.Start.Byte >= m.start }):])
		return closed && s.clear(m.start, end+1)
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
	cleared := s.clear(start, end)
	if len(placeholder)+len(closing) <= end-start {
		copy(s.work[start:], placeholder)
		copy(s.work[end-len(closing):], closing)
	}
	return cleared
}

// closing returns what has to stay at the end of a line whose last string is
// not closed: the brackets that the line has opened, a comma, a block's brace.
func (m mistake) closing() string {
	tail := m.text[m.quote-m.start+1:]
	tail = strings.TrimSpace(tail[len(strings.TrimRight(tail, "[](){}, \t")):])
	before := slices.IndexFunc(m.line, func(t hclsyntax.Token) bool { return t.Range.Start.Byte >= m.quote })
	open, _ := openBrackets(m.line[:before])
	switch {
	case len(open) > 0 && strings.ContainsAny(tail, "])}"):
		slices.Reverse(open)
		return strings.NewReplacer("{", "}", "[", "]", "(", ")").Replace(string(open))
	case !assigns(m.line) && strings.HasSuffix(tail, "{"):
		return "{"
	case strings.HasSuffix(tail, ","):
		return ","
	}
	return ""
}

// openBrackets returns the brackets that are open after some tokens, and false
// if others are closed than were opened, or if a text of several lines begins.
func openBrackets(line hclsyntax.Tokens) (open []byte, balanced bool) {
	balanced = true
	for _, token := range line {
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen:
			open = append(open, token.Bytes[0])
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen:
			last := len(open) - 1
			balanced = balanced && last >= 0 && strings.Contains("{}[]()", string(open[last])+string(token.Bytes[:1]))
			open = open[:max(0, last)]
		case hclsyntax.TokenOHeredoc:
			balanced = false
		}
	}
	return open, balanced
}
