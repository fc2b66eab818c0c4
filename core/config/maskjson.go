package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
)

// maskJSON hides the parts of JSON that hold secrets. It does without the
// parser, which gives up on broken files.
func (s *source) maskJSON() {
	tokens := scanJSON(s.bytes)
	sensitive := s.broken && bytes.Contains(s.bytes, []byte("sensitive"))
	var path []string // the keys of the objects around, the outermost first
	last := ""
	for i, token := range tokens {
		switch token.kind {
		case '{', '[':
			path = append(path, last)
			last = ""
		case '}', ']':
			path = path[:max(0, len(path)-1)]
		}
		if !isJSONKey(tokens, i) {
			continue
		}
		last = string(bytes.Trim(s.bytes[token.start:token.end], `"`))
		declares := len(path) > 0 && path[len(path)-1] == variableShape.name // a name, and not a value
		if isSecretName(last) && !declares || sensitive && last == "default" || s.broken && s.vars && len(path) == 1 {
			s.maskValue(tokens[i+2:])
		}
	}
	for _, at := range s.secrets {
		s.maskJSONRange(tokens, at)
	}
}

func isJSONKey(tokens []jsonToken, i int) bool {
	return tokens[i].kind == '"' && i+1 < len(tokens) && tokens[i+1].kind == ':'
}

// maskValue hides the value that begins with the first token.
func (s *source) maskValue(tokens []jsonToken) {
	depth := 0
	for i, token := range tokens {
		switch token.kind {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"', 'v':
			if !isJSONKey(tokens, i) {
				s.maskJSONToken(token)
			}
		}
		if depth <= 0 {
			return
		}
	}
}

// maskJSONRange hides the values within a range.
func (s *source) maskJSONRange(tokens []jsonToken, at hcl.Range) {
	for i, token := range tokens {
		if token.start >= at.Start.Byte && token.end <= at.End.Byte && !isJSONKey(tokens, i) {
			s.maskJSONToken(token)
		}
	}
}

// maskJSONToken hides one value, unless it only names another.
func (s *source) maskJSONToken(token jsonToken) {
	switch text := s.bytes[token.start:token.end]; {
	case token.kind == 'v':
		s.hold(token.start, token.end)
	case token.kind != '"':
	case bytes.HasPrefix(text, []byte(`"${`)) && bytes.HasSuffix(text, []byte(`}"`)) && reference.Match(text[3:len(text)-2]):
	case len(text) > 1 && text[len(text)-1] == '"':
		s.hold(token.start+1, token.end-1)
	default:
		s.hold(token.start+1, token.end)
	}
}
