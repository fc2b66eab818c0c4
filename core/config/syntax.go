package config

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// mistake is a syntax error, and the line that it is on.
type mistake struct {
	damage
	diag    *hcl.Diagnostic
	tokens  hclsyntax.Tokens
	heredoc hcl.Range        // where a text of several lines begins that goes on until the end of the file
	line    hclsyntax.Tokens // the tokens of the line
	text    string
	quote   int // where a string that the line does not close begins, or -1
	brace   int // where the brace is that belongs on this line and is on the next, or -1
}

// examine finds out what a syntax error is about.
func (s *source) examine(diag *hcl.Diagnostic) mistake {
	number := diag.Subject.Start.Line
	start, end, _ := s.line(number)
	m := mistake{damage: damage{start: start, end: end}, diag: diag, text: string(s.work[start:end]), quote: -1, brace: -1}
	m.tokens, _ = hclsyntax.LexConfig(s.work, s.name, hcl.InitialPos)
	for i, token := range m.tokens {
		at := token.Range.Start.Byte
		onLine := at >= start && at < end
		if onLine {
			m.line = append(m.line, token)
		}
		switch token.Type {
		case hclsyntax.TokenOBrace:
			if at < start {
				m.enclosing = append(m.enclosing, blockType(m.tokens[:i]))
			}
		case hclsyntax.TokenCBrace:
			if at < start {
				m.enclosing = m.enclosing[:max(0, len(m.enclosing)-1)]
			}
		case hclsyntax.TokenOQuote:
			if onLine {
				m.quote = at
			}
		case hclsyntax.TokenCQuote:
			if onLine {
				m.quote = -1
			}
		case hclsyntax.TokenOHeredoc:
			m.heredoc = token.Range
		case hclsyntax.TokenCHeredoc:
			m.heredoc = hcl.Range{}
		}
	}
	if len(m.line) > 0 && m.line[0].Type == hclsyntax.TokenIdent {
		m.word = string(m.line[0].Bytes)
	}
	if next, nextEnd, ok := s.line(number + 1); ok && m.word != "" && blockType(m.line) == m.word {
		if below := s.work[next:nextEnd]; string(bytes.TrimSpace(below)) == "{" {
			m.brace = next + bytes.IndexByte(below, '{')
		}
	}
	return m
}

// blockType returns the first word of the header that ends the tokens, or
// nothing if the brace that follows them opens an object.
func blockType(header hclsyntax.Tokens) string {
	first := ""
	for i := len(header) - 1; i >= 0; i-- {
		switch header[i].Type {
		case hclsyntax.TokenIdent:
			first = string(header[i].Bytes)
		case hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote:
			first = ""
		default:
			return first
		}
	}
	return first
}

// closer returns where the first brace that the tokens open is closed, or where
// they end.
func closer(tokens hclsyntax.Tokens) int {
	level := 0
	for _, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			level++
		case hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			if level--; level == 0 {
				return token.Range.Start.Byte
			}
		}
	}
	return tokens[len(tokens)-1].Range.End.Byte
}

// reportSyntax reports a syntax error in words that fit what was probably
// meant: people who come from keepalived leave out equals signs and quotes.
func (s *source) reportSyntax(report *Report, m mistake) {
	at := *m.diag.Subject
	if m.word != "" {
		at = m.line[0].Range
	}
	advice, known := reserved(m.word)
	text := strings.TrimSpace(m.text)
	switch {
	case m.quote >= 0:
		end := m.start + len(strings.TrimRight(m.text, " \t\r"))
		report.errorf(s.at(m.quote, max(end, m.quote+1)), "Unclosed quote",
			"The text that begins here has no closing quote on this line. Is a quote missing here, or before it?")
	case m.heredoc.Filename != "":
		report.errorf(s.at(m.heredoc.Start.Byte, m.heredoc.End.Byte-1), "Unclosed text", "The text that begins here has no end: a line with the same word and nothing else.")
	case assigns(m.line):
		report.adopt(hcl.Diagnostics{m.diag})
	case known:
		report.errorf(at, advice.summary, "%s", advice.detail)
	case m.brace >= 0:
		report.errorf(s.at(m.brace, m.brace+1), "Brace on a line of its own", "The opening brace belongs at the end of the line above.")
	case isSetting(m.word):
		report.errorf(at, "Missing equals sign", "Settings are written with an equals sign, and text in quotes: %s = %s", m.word, examples[m.word])
	case strings.HasPrefix(text, "!"):
		report.errorf(at, "Not a comment", "A comment begins with # or //.")
	case strings.HasPrefix(text, "}") && len(m.enclosing) == 0:
		report.errorf(*m.diag.Subject, "Closing brace without a block",
			"Every block is closed already. Remove this brace, or look above for a block that was closed too early.")
	default:
		report.adopt(hcl.Diagnostics{m.diag})
	}
}

// assigns reports whether a line is an attribute, right up to its value.
func assigns(line hclsyntax.Tokens) bool {
	return len(line) > 2 && line[0].Type == hclsyntax.TokenIdent && line[1].Type == hclsyntax.TokenEqual
}

// A file is parsed again up to maxRepairs times, a large one until so many bytes
// have been parsed, but minRepairs times anyway.
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
			for _, diag := range diags { // the second value is in no block, so nothing else knows what it is
				s.damaged = append(s.damaged, s.examine(diag).damage)
			}
			report.adopt(diags)
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

// isRedefinition reports an attribute that is set twice. That is no error of
// syntax: everything else can be read.
func isRedefinition(diag *hcl.Diagnostic) bool { return diag.Summary == "Attribute redefined" }

// clearForeign empties the blocks that are keepalived's: the blocks themselves
// are reported, and nothing in them is ours.
func (s *source) clearForeign(tokens hclsyntax.Tokens) bool {
	cleared := false
	for i, token := range tokens {
		if token.Type != hclsyntax.TokenOBrace {
			continue
		}
		if _, foreign := keepalived.answer(blockType(tokens[:i])); foreign {
			cleared = s.clear(token.Range.End.Byte, closer(tokens[i:])) || cleared
		}
	}
	return cleared
}

// fix takes what is wrong out of the working copy, and reports whether it could.
func (s *source) fix(m mistake) bool {
	open, balanced := openBrackets(m.line)
	switch {
	case m.brace >= 0: // only the end of the line is free, and there are as many lines as before
		s.work[m.end], s.work[m.brace] = '{', s.work[m.end]
		if s.work[m.brace] == '\r' {
			s.work[m.brace] = ' '
		}
		return true
	case m.quote >= 0:
		return s.replace(m.quote, m.end, m.closing())
	case balanced && len(open) == 0, strings.TrimSpace(m.text) == "}" && len(m.enclosing) == 0:
		return s.clear(m.start, m.end)
	case balanced && m.word != "" && strings.HasSuffix(strings.TrimSpace(m.text), "{") && !strings.HasPrefix(m.diag.Summary, "Unclosed "):
		return s.replace(m.line[0].Range.End.Byte+1, m.end, "{") // what stands before the brace is no label
	}
	return false
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
	before := bytes.Clone(s.work[start:max(start, end)])
	s.clear(start, end)
	if len(placeholder)+len(closing) <= end-start {
		copy(s.work[start:], placeholder)
		copy(s.work[end-len(closing):], closing)
	}
	return !bytes.Equal(before, s.work[start:max(start, end)])
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
