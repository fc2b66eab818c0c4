package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// reportSyntax reports a syntax error in words that fit what was probably
// meant: people who come from keepalived leave out equals signs and quotes.
func (s *source) reportSyntax(report *Report, sc scene, diag *hcl.Diagnostic) {
	at := *diag.Subject
	if len(sc.line) > 0 && sc.word != "" {
		at = sc.line[0].Range
	}
	if sc.quote >= 0 {
		end := len(strings.TrimRight(sc.text, " \t\r")) + sc.start
		report.errorf(s.at(sc.quote, max(end, sc.quote+1)), "Unclosed quote",
			"The text that begins here has no closing quote on this line. Is a quote missing here, or before it?")
		return
	}
	if heredoc, ok := unclosedHeredoc(sc.tokens); ok {
		report.errorf(s.at(heredoc.Start.Byte, heredoc.End.Byte-1), "Unclosed text", "The text that begins here has no end: a line with the same word and nothing else.")
		return
	}
	if assigns(sc.line) {
		report.adopt(hcl.Diagnostics{diag})
		return
	}
	if advice, ok := reserved(sc.word); ok {
		report.errorf(at, advice.summary, "%s", advice.detail)
		return
	}
	switch {
	case sc.brace >= 0:
		report.errorf(s.at(sc.brace, sc.brace+1), "Brace on a line of its own", "The opening brace belongs at the end of the line above.")
	case isSetting(sc.word):
		report.errorf(at, "Missing equals sign", "Settings are written with an equals sign, and text in quotes: %s = %s", sc.word, examples[sc.word])
	case strings.HasPrefix(strings.TrimSpace(sc.text), "!"):
		report.errorf(at, "Not a comment", "A comment begins with # or //.")
	case strings.HasPrefix(strings.TrimSpace(sc.text), "}") && len(sc.enclosing) == 0:
		report.errorf(*diag.Subject, "Closing brace without a block",
			"Every block is closed already. Remove this brace, or look above for a block that was closed too early.")
	default:
		report.adopt(hcl.Diagnostics{diag})
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
