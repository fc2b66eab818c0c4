package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// scene is where a syntax error is.
type scene struct {
	tokens     hclsyntax.Tokens
	start, end int              // its line
	line       hclsyntax.Tokens // the tokens of the line
	enclosing  []string
	word       string // the line's first word, if it is one
	text       string
	quote      int // where a string that the line does not close begins, or -1
	brace      int // where the brace is that belongs on this line and is on the next, or -1
	// foreign is where the content of a block that is keepalived's begins, or -1:
	// in there nothing is ours, and the block itself is reported.
	foreign int
}

// scene examines the surroundings of an error.
func (s *source) scene(diag *hcl.Diagnostic) scene {
	number := diag.Subject.Start.Line
	tokens, _ := hclsyntax.LexConfig(s.work, s.name, hcl.InitialPos)
	start, end, _ := s.line(number)
	sc := scene{tokens: tokens, start: start, end: end, quote: -1, brace: -1, foreign: -1, text: string(s.work[start:end])}
	sc.surround()
	for _, token := range tokens {
		if at := token.Range.Start.Byte; at >= start && at < end {
			sc.line = append(sc.line, token)
		}
	}
	if len(sc.line) > 0 && sc.line[0].Type == hclsyntax.TokenIdent {
		sc.word = string(sc.line[0].Bytes)
	}
	for _, token := range sc.line {
		switch token.Type {
		case hclsyntax.TokenOQuote:
			sc.quote = token.Range.Start.Byte
		case hclsyntax.TokenCQuote:
			sc.quote = -1
		}
	}
	if next, nextEnd, ok := s.line(number + 1); ok && sc.word != "" && blockType(sc.line) == sc.word {
		if below := s.work[next:nextEnd]; string(bytes.TrimSpace(below)) == "{" {
			sc.brace = next + bytes.IndexByte(below, '{')
		}
	}
	return sc
}

// surround finds the blocks that the line is in.
func (sc *scene) surround() {
	var opened []int // where their content begins
	for i, token := range sc.tokens {
		if token.Range.Start.Byte >= sc.start {
			break
		}
		last := len(opened) - 1
		switch {
		case token.Type == hclsyntax.TokenOBrace:
			name := blockType(sc.tokens[:i])
			opened, sc.enclosing = append(opened, token.Range.End.Byte), append(sc.enclosing, name)
			if _, foreign := keepalived.answer(name); foreign && sc.foreign < 0 {
				sc.foreign = token.Range.End.Byte
			}
		case token.Type == hclsyntax.TokenCBrace && last >= 0:
			if opened[last] == sc.foreign {
				sc.foreign = -1
			}
			opened, sc.enclosing = opened[:last], sc.enclosing[:last]
		}
	}
}

// blockType returns the first word of the header that ends the tokens, or
// nothing if the brace that follows them opens an object.
func blockType(header hclsyntax.Tokens) string {
	i := len(header) - 1
	for ; i >= 0; i-- {
		switch header[i].Type {
		case hclsyntax.TokenIdent, hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote:
			continue
		}
		break
	}
	if i+1 < len(header) && header[i+1].Type == hclsyntax.TokenIdent {
		return string(header[i+1].Bytes)
	}
	return ""
}

// endOfBlock returns where the block of keepalived's around the scene ends.
func (sc scene) endOfBlock() int {
	level := 0
	for _, token := range sc.tokens {
		if token.Range.Start.Byte < sc.foreign {
			continue
		}
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			level++
		case hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd:
			level--
			if level < 0 {
				return token.Range.Start.Byte
			}
		}
	}
	return sc.tokens[len(sc.tokens)-1].Range.End.Byte
}
