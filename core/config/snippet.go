package config

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// The limits of a source snippet: more does not help to find the place.
const (
	maxSnippetLines = 6
	maxSnippetWidth = 160
	snippetLead     = 60 // what is shown before the place in a longer line
)

// line is a source line as it is shown, with secrets starred out, and with the
// part that a diagnostic is about apart.
type line struct {
	number                int
	before, marked, after string
}

// snippet returns the lines that a range covers. It works on a nil source, of
// which nothing can be shown.
func (s *source) snippet(at hcl.Range) []line {
	if s == nil {
		return nil
	}
	var lines []line
	for number := at.Start.Line; number <= at.End.Line && len(lines) < maxSnippetLines; number++ {
		start, end, ok := s.line(number)
		if !ok || number > at.Start.Line && start >= at.End.Byte {
			break
		}
		from := min(max(at.Start.Byte, start), end)
		to := min(max(at.End.Byte, from), end)
		if from == to && number == at.Start.Line {
			to = min(from+1, end) // an empty range is a place between two characters
		}
		lines = append(lines, cut(number, string(s.masked[start:end]), from-start, to-start))
	}
	return lines
}

// cut divides a line, shortens one that is too long for a screen to what is
// around the place, and makes it printable.
func cut(number int, text string, from, to int) line {
	const ellipsis = "..."
	start, end := 0, len(text)
	if utf8.RuneCountInString(text) > maxSnippetWidth {
		start = boundary(text, max(0, from-snippetLead))
		end = boundary(text, min(len(text), start+maxSnippetWidth))
	}
	from, to = min(from, end), min(to, end)
	l := line{number, printable(text[start:from]), printable(text[from:to]), printable(text[to:end])}
	if start > 0 {
		l.before = ellipsis + l.before
	}
	if end < len(text) {
		l.after += ellipsis
	}
	return l
}

// context names the block a range is in, such as vrrp "VI_1", as the library's
// navigator finds it; in JSON it is the keys around it.
func (s *source) context(at hcl.Range) string {
	if s == nil || s.file == nil {
		return ""
	}
	nav, ok := s.file.Nav.(interface{ ContextString(offset int) string })
	if !ok || s.json && s.broken { // without structure the keys may be anything
		return ""
	}
	name := nav.ContextString(at.Start.Byte)
	if header, ok := nav.(interface{ ContextDefRange(offset int) hcl.Range }); ok && s.broken &&
		(strings.HasSuffix(name, strconv.Quote(placeholder)) || s.hides(header.ContextDefRange(at.Start.Byte))) {
		return "" // the label is what is broken, or not a label at all
	}
	return name
}
