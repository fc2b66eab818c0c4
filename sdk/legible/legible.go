// Package legible makes what others have written fit for people.
//
// Reasons, errors, names and the output of programs end up in the log, in status and
// on terminals, which a line feed or an escape sequence must not disturb. What the
// text means is not looked at.
package legible

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text on one line: control characters are blanks, and there are none
// at its ends. Of a longer one than most, in bytes, it returns the beginning and "...".
func Line(text string, most int) string {
	more := ""
	if len(text) > most {
		text, more = strings.ToValidUTF8(text[:most], ""), "..."
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)) + more
}

// Printable returns a text with a question mark in the place of whatever a terminal
// obeys, also to write in the other direction, except for some characters that may be.
func Printable(text, except string) string {
	return strings.Map(func(r rune) rune {
		obeyed := unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError
		if obeyed && !strings.ContainsRune(except, r) {
			return '?'
		}
		return r
	}, text)
}
