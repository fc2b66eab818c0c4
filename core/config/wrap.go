package config

import (
	"strings"
	"unicode/utf8"
)

// wrap breaks lines at width columns. What is to be typed stays in one piece,
// so that it can be copied: name = value, and whatever is in braces or brackets.
func wrap(text string, width int) string {
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		column := 0
		for j, piece := range pieces(line) {
			length := utf8.RuneCountInString(piece)
			switch {
			case j == 0:
			case column+1+length > width:
				b.WriteByte('\n')
				column = 0
			default:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(piece)
			column += length
		}
	}
	return b.String()
}

// pieces splits a line at the spaces where it may be broken.
func pieces(line string) []string {
	var list []string
	level, joined := 0, false
	for _, word := range strings.Split(line, " ") {
		if len(list) > 0 && (level > 0 || joined || word == "=" || word == "{") {
			list[len(list)-1] += " " + word
		} else {
			list = append(list, word)
		}
		joined = word == "="
		level += strings.Count(word, "{") + strings.Count(word, "[") - strings.Count(word, "}") - strings.Count(word, "]")
	}
	if level != 0 {
		return strings.Split(line, " ") // a quoted bracket
	}
	return list
}
