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

// depth follows how deep a parser is while the tokens go by: brackets, and
// operators, each of which nests what comes before or after it.
type depth struct {
	frames []frame
	total  int
}

type frame struct {
	operators int
	body      bool // in braces, where a new line begins something new
}

// tooDeep reports an expression or block that is nested beyond reason.
func (s *source) tooDeep(report *Report) bool {
	at, deep := hcl.Range{}, false
	if s.json {
		at, deep = s.jsonTooDeep()
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

// expressionTooDeep is the same for the text of one expression.
func expressionTooDeep(text string) bool {
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	_, deep := deepest(tokens)
	return deep
}

// isExcessive reports a number whose exponent alone would take long to write
// out.
func isExcessive(literal []byte) bool {
	f, _, err := big.ParseFloat(string(literal), 10, 64, big.ToNearestEven)
	return err == nil && isHuge(f)
}

// deepest returns the first token beyond maxDepth, or a number beyond reason.
func deepest(tokens hclsyntax.Tokens) (hcl.Range, bool) {
	d := depth{frames: []frame{{body: true}}}
	for _, token := range tokens {
		if d.next(token.Type); d.total > maxDepth || token.Type == hclsyntax.TokenNumberLit && isExcessive(token.Bytes) {
			return token.Range, true
		}
	}
	return hcl.Range{}, false
}

func (d *depth) next(token hclsyntax.TokenType) {
	top := &d.frames[len(d.frames)-1]
	switch token {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		d.frames = append(d.frames, frame{body: token == hclsyntax.TokenOBrace})
		d.total++
	case hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		d.close()
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen:
		d.close()
		d.operator() // a[b][c] nests too
	case hclsyntax.TokenComma:
		d.reset(top)
	case hclsyntax.TokenNewline:
		if top.body {
			d.reset(top)
		}
	case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit,
		hclsyntax.TokenComment, hclsyntax.TokenEqual, hclsyntax.TokenInvalid, hclsyntax.TokenEOF:
	default:
		d.operator()
	}
}

func (d *depth) operator() {
	d.frames[len(d.frames)-1].operators++
	d.total++
}

func (d *depth) reset(top *frame) {
	d.total -= top.operators
	top.operators = 0
}

func (d *depth) close() {
	if len(d.frames) == 1 {
		return // a closing bracket too many; the parser says so
	}
	d.reset(&d.frames[len(d.frames)-1])
	d.frames = d.frames[:len(d.frames)-1]
	d.total--
}

// jsonTooDeep counts the brackets of JSON, and looks into its strings, which
// are templates.
func (s *source) jsonTooDeep() (hcl.Range, bool) {
	level := 0
	for _, token := range scanJSON(s.bytes) {
		switch token.kind {
		case '{', '[':
			level++
		case '}', ']':
			level--
		case 'v':
			if isExcessive(s.bytes[token.start:token.end]) {
				return s.at(token.start, token.end), true
			}
		case '"':
			var template string
			if json.Unmarshal(s.bytes[token.start:token.end], &template) != nil {
				continue // the parser says what is wrong with it
			}
			tokens, _ := hclsyntax.LexTemplate([]byte(template), s.name, hcl.InitialPos)
			if _, deep := deepest(tokens); deep {
				return s.at(token.start, token.end), true
			}
		}
		if level > maxDepth {
			return s.at(token.start, token.end), true
		}
	}
	return hcl.Range{}, false
}
