package config

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// line is a source line as it is shown, with secrets starred out. The part from
// byte from to byte to is what a diagnostic is about.
type line struct {
	number   int
	text     string
	from, to int
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
		lines = append(lines, clip(line{number, string(s.masked[start:end]), from - start, to - start}))
	}
	return lines
}

// line returns where a line, counted from 1, starts and ends, without its end of
// line. A byte order mark is no part of the first line.
func (s *source) line(number int) (start, end int, ok bool) {
	if number < 1 || number > len(s.lines) {
		return 0, 0, false
	}
	start, end = s.lines[number-1], len(s.bytes)
	if number < len(s.lines) {
		end = s.lines[number] - 1
	}
	if end > start && s.bytes[end-1] == '\r' {
		end--
	}
	if number == 1 && bytes.HasPrefix(s.bytes, byteOrderMark) {
		start = len(byteOrderMark)
	}
	return start, max(start, end), true
}

// lineStarts returns the offset of every line.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// clip shortens a line that is too long for a screen to what is around the
// place, and makes it printable.
func clip(l line) line {
	const lead, ellipsis = 60, "..."
	start, end := 0, len(l.text)
	if utf8.RuneCountInString(l.text) > maxSnippetWidth {
		start = boundary(l.text, max(0, l.from-lead))
		end = boundary(l.text, min(len(l.text), start+maxSnippetWidth))
	}
	from, to := min(l.from, end), min(l.to, end)
	before, marked, after := printable(l.text[start:from]), printable(l.text[from:to]), printable(l.text[to:end])
	if start > 0 {
		before = ellipsis + before
	}
	if end < len(l.text) {
		after += ellipsis
	}
	return line{l.number, before + marked + after, len(before), len(before) + len(marked)}
}

// navigator is what the library offers for finding the block around a place.
type navigator interface {
	ContextString(offset int) string
	ContextDefRange(offset int) hcl.Range
}

// context names the block a range is in, such as vrrp "VI_1".
func (s *source) context(at hcl.Range) string {
	if s == nil || s.file == nil {
		return ""
	}
	nav, ok := s.file.Nav.(navigator)
	if !ok {
		// The keys of JSON around the place. Without structure they may be anything.
		if nav, ok := s.file.Nav.(interface{ ContextString(int) string }); ok && !s.broken {
			return nav.ContextString(at.Start.Byte)
		}
		return ""
	}
	name := nav.ContextString(at.Start.Byte)
	if s.broken && (strings.HasSuffix(name, strconv.Quote(placeholder)) || s.hides(nav.ContextDefRange(at.Start.Byte))) {
		return "" // the label is what is broken, or not a label at all
	}
	return name
}
