package config

import "bytes"

// jsonToken is a piece of JSON text. It is found without parsing, so that it
// is found in broken files too.
type jsonToken struct {
	kind       byte // a bracket, '"' for a string with its quotes, ':' ',' or 'v' for another value
	start, end int
}

// scanJSON splits JSON text into tokens. A string without an end ends with its
// line.
func scanJSON(text []byte) []jsonToken {
	var tokens []jsonToken
	for i := 0; i < len(text); {
		start := i
		kind := text[i]
		switch kind {
		case ' ', '\t', '\r', '\n':
			i++
			continue
		case '{', '}', '[', ']', ':', ',':
			i++
		case '"':
			i = endOfJSONString(text, i)
		default:
			kind = 'v'
			for i < len(text) && bytes.IndexByte([]byte(" \t\r\n{}[]:,\""), text[i]) < 0 {
				i++
			}
		}
		tokens = append(tokens, jsonToken{kind, start, i})
	}
	return tokens
}

func endOfJSONString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\n':
			return i
		}
	}
	return len(text)
}
