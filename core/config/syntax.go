package config

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// mistake is a syntax error, and the line that it is on.
type mistake struct {
	damage
	diag   *hcl.Diagnostic
	tokens hclsyntax.Tokens
	line   hclsyntax.Tokens // the tokens of the line
	text   string
	quote  int // where a string that the line does not close begins, or -1
	brace  int // where the brace is that belongs on this line and is on the next, or -1
}

// examine finds out what a syntax error is about.
func (s *source) examine(diag *hcl.Diagnostic) mistake {
	number := diag.Subject.Start.Line
	start, end, _ := s.line(number)
	m := mistake{damage: damage{start: start, end: end}, diag: diag, text: string(s.work[start:end]), quote: -1, brace: -1}
	m.tokens, _ = hclsyntax.LexConfig(s.work, s.name, hcl.InitialPos)
	for i, token := range m.tokens {
		at := token.Range.Start.Byte
		switch {
		case at >= start && at < end:
			m.line = append(m.line, token)
		case at < start && token.Type == hclsyntax.TokenOBrace:
			m.enclosing = append(m.enclosing, blockType(m.tokens[:i]))
		case at < start && token.Type == hclsyntax.TokenCBrace:
			m.enclosing = m.enclosing[:max(0, len(m.enclosing)-1)]
		}
	}
	if len(m.line) > 0 && m.line[0].Type == hclsyntax.TokenIdent {
		m.word = string(m.line[0].Bytes)
	}
	for _, token := range m.line {
		switch token.Type {
		case hclsyntax.TokenOQuote:
			m.quote = token.Range.Start.Byte
		case hclsyntax.TokenCQuote:
			m.quote = -1
		}
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
func closer(tokens hclsyntax.Tokens) (offset int, closed bool) {
	level := 0
	for _, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			level++
		case hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			if level--; level == 0 {
				return token.Range.Start.Byte, true
			}
		}
	}
	return tokens[len(tokens)-1].Range.End.Byte, false
}

// reportSyntax reports a syntax error in words that fit what was probably
// meant: people who come from keepalived leave out equals signs and quotes.
func (s *source) reportSyntax(report *Report, m mistake) {
	at := *m.diag.Subject
	if m.word != "" {
		at = m.line[0].Range
	}
	heredoc, unclosed := unclosedHeredoc(m.tokens)
	advice, known := reserved(m.word)
	text := strings.TrimSpace(m.text)
	switch {
	case m.quote >= 0:
		end := m.start + len(strings.TrimRight(m.text, " \t\r"))
		report.errorf(s.at(m.quote, max(end, m.quote+1)), "Unclosed quote",
			"The text that begins here has no closing quote on this line. Is a quote missing here, or before it?")
	case unclosed:
		report.errorf(s.at(heredoc.Start.Byte, heredoc.End.Byte-1), "Unclosed text", "The text that begins here has no end: a line with the same word and nothing else.")
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

// unclosedHeredoc finds a text of several lines that goes on until the end of
// the file.
func unclosedHeredoc(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	var open []hcl.Range
	for _, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenOHeredoc:
			open = append(open, token.Range)
		case hclsyntax.TokenCHeredoc:
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) == 0 {
		return hcl.Range{}, false
	}
	return open[0], true
}
