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

// Line returns a text on one line: what a terminal obeys is a blank, and there is none
// at its ends. Of a longer one than most, in bytes, it returns the beginning and "...".
func Line(text string, most int) string {
	more := ""
	if len(text) > most {
		text, more = strings.ToValidUTF8(text[:most], ""), "..."
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if obeyed(r) {
			return ' '
		}
		return r
	}, text)) + more
}

// obeyed reports whether a terminal does something at a character, such as to write in
// the other direction.
func obeyed(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// Printable returns a text with a question mark in the place of what a terminal obeys,
// except for some characters that may be, and of what is no character.
func Printable(text, except string) string {
	return strings.Map(func(r rune) rune {
		if (obeyed(r) || r == utf8.RuneError) && !strings.ContainsRune(except, r) {
			return '?'
		}
		return r
	}, text)
}
