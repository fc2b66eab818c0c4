package config

import (
	"encoding/json"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxDepth bounds what the parser and the evaluation recurse into. Without a
// bound, a file of a few hundred kilobytes can overflow the stack, which ends
// the process whatever recover says.
const maxDepth = 500

// tooDeep reports an expression or block that is nested beyond reason.
func (s *source) tooDeep(report *Report) bool {
	at, deep := hcl.Range{}, false
	if s.json {
		at, deep = s.deepestJSON()
	} else {
		tokens, _ := hclsyntax.LexConfig(s.bytes, s.name, hcl.InitialPos)
		at, deep = deepest(tokens)
	}
	if deep {
		report.errorf(at, "Too deep, or too large",
			"Here is a number with far too many digits, or more than %d brackets or operators inside each other. No configuration needs that; is a bracket or a quote missing above?", maxDepth)
	}
	return deep
}

// deepest returns the first token beyond maxDepth, or a number beyond reason. It
// follows how deep a parser is while the tokens go by: brackets nest, and so do
// operators, each of which holds what comes before or after it.
func deepest(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	type frame struct {
		outer, depth int  // at its bracket, and now
		body         bool // in braces, where a new line begins something new
	}
	frames := []frame{{body: true}}
	for _, token := range tokens {
		top := &frames[len(frames)-1]
		switch token.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			frames = append(frames, frame{top.depth + 1, top.depth + 1, token.Type == hclsyntax.TokenOBrace})
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen:
			frames = frames[:max(1, len(frames)-1)]
			frames[len(frames)-1].depth++ // a[b][c] nests too
		case hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			frames = frames[:max(1, len(frames)-1)]
		case hclsyntax.TokenComma:
			top.depth = top.outer
		case hclsyntax.TokenNewline:
			if top.body {
				top.depth = top.outer
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit,
			hclsyntax.TokenComment, hclsyntax.TokenEqual, hclsyntax.TokenInvalid, hclsyntax.TokenEOF:
		case hclsyntax.TokenNumberLit:
			if isExcessive(token.Bytes) {
				return token.Range, true
			}
		default:
			top.depth++
		}
		if frames[len(frames)-1].depth > maxDepth {
			return token.Range, true
		}
	}
	return hcl.Range{}, false
}

// isExcessive reports a number whose exponent alone would take long to write
// out.
func isExcessive(literal []byte) bool {
	f, _, err := big.ParseFloat(string(literal), 10, 64, big.ToNearestEven)
	return err == nil && isHuge(f)
}

// deepestJSON counts the brackets of JSON, and looks into its strings, which are
// templates.
func (s *source) deepestJSON() (hcl.Range, bool) {
	level, end := 0, 0
	for {
		found := token.FindIndex(s.bytes[end:])
		if found == nil {
			return hcl.Range{}, false
		}
		start := end + found[0]
		end += found[1]
		text, deep := s.bytes[start:end], false
		switch text[0] {
		case ',', '\n':
		case '{', '[':
			level++
			deep = level > maxDepth
		case '}', ']':
			level--
		case '"':
			var template string
			if json.Unmarshal(text, &template) == nil { // else the parser says what is wrong with it
				tokens, _ := hclsyntax.LexTemplate([]byte(template), s.name, hcl.InitialPos)
				_, deep = deepest(tokens)
			}
		default:
			deep = isExcessive(text)
		}
		if deep {
			return s.at(start, end), true
		}
	}
}
