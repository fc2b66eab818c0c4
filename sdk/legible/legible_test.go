package legible_test

import (
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk/legible"
)

func TestLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"exit 1", "exit 1"},
		{"Zürich", "Zürich"},
		{" a\n\tb\r\n", "a  b"},
		{"\x1b[1mbold\x00", "[1mbold"},
		{"a\u202eb", "a b"},
		{"a\xffb", "a\ufffdb"},
		{strings.Repeat("x", 10), "xxxxxxxxxx"},
		{strings.Repeat("x", 11), "xxxxxxxxxx..."},
		{strings.Repeat("ü", 6), "üüüüü..."},
		{"x" + strings.Repeat("ü", 6), "xüüüü..."}, // no half of one
		{"line one\nline two", "line one l..."},
	} {
		if got := legible.Line(c.text, 10); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	const evil = "a\x1b[2J\x00\u009b1m\u202eb\u2066\r\nc\td\xff é"
	for except, want := range map[string]string{
		"":     "a?[2J??1m?b???c?d? é",
		"\n\t": "a?[2J??1m?b??\nc\td? é",
	} {
		if got := legible.Printable(evil, except); got != want {
			t.Errorf("except %q: %q, want %q", except, got, want)
		}
	}
}
