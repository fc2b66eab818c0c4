package config

import (
	"bytes"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/hcl/v2/json"
)

var byteOrderMark = []byte("\ufeff")

// source is one file: what was read, what could be parsed of it, and what of it
// must not be shown.
type source struct {
	name   string // as in diagnostics
	dir    string // what paths in it are relative to
	json   bool
	vars   bool // it sets variables
	shared bool // everybody can read it
	open   bool // everybody can write to it

	bytes []byte
	lines []int     // the offset of each line
	file  *hcl.File // nil if it was not parsed at all

	// broken is set by a syntax error. What was repaired is in work, which has
	// the length of bytes, and in damaged; after the offset unsound, blocks may
	// not be where they seem to be. It is negative while they are.
	broken  bool
	work    []byte
	damaged []damage
	unsound int

	masked                 []byte // bytes, with the secrets starred out
	secretStart, secretEnd int    // the first secret that is written down, if any
}

// newSource prepares a file for parsing.
func newSource(name string, content []byte) *source {
	s := &source{
		name:    name,
		dir:     filepath.Dir(name),
		json:    strings.HasSuffix(name, ".json"),
		vars:    variablesName.MatchString(name),
		bytes:   content,
		lines:   []int{0},
		work:    bytes.Clone(content),
		masked:  bytes.Clone(content),
		unsound: -1,
	}
	for i, c := range content {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	return s
}

// parse parses the file and reports its syntax errors. It goes on after those
// as far as it can.
func (s *source) parse(report *Report) {
	report.sources = append(report.sources, s)
	switch {
	case !utf8.Valid(s.bytes) || bytes.IndexByte(s.bytes, 0) >= 0:
		s.broken = true
		offset := bytes.IndexByte(bytes.ToValidUTF8(s.bytes, []byte{0}), 0)
		report.errorf(s.at(offset, offset+1), "Not a text file",
			"This is not UTF-8 text. A configuration file is plain text; check that the path is right and that the editor saves as UTF-8.")
	case s.tooDeep(report):
		s.broken = true
	case s.json:
		s.parseJSON(report)
	default:
		s.repair(report)
	}
	s.concealNames()
	for _, d := range s.damaged {
		s.concealDamage(d)
	}
}

// at makes a range from offsets.
func (s *source) at(start, end int) hcl.Range {
	return hcl.Range{Filename: s.name, Start: s.position(start), End: s.position(end)}
}

// position counts columns in characters, which is close enough to what an
// editor shows.
func (s *source) position(offset int) hcl.Pos {
	number := sort.SearchInts(s.lines, offset+1) // the lines that begin at or before it
	column := utf8.RuneCount(s.bytes[s.lines[number-1]:offset]) + 1
	return hcl.Pos{Line: number, Column: column, Byte: offset}
}

func (s *source) parseJSON(report *Report) {
	skip := 0
	if bytes.HasPrefix(s.bytes, byteOrderMark) {
		skip = len(byteOrderMark)
	}
	file, diags := json.ParseWithStartPos(s.bytes[skip:], s.name, hcl.Pos{Line: 1, Column: 1, Byte: skip})
	s.file = file
	s.broken = diags.HasErrors()
	// What is not closed is not closed because of another mistake, if there is
	// one; and every object around it is not closed either.
	cause := slices.DeleteFunc(slices.Clone(diags), func(diag *hcl.Diagnostic) bool {
		return strings.HasPrefix(diag.Summary, "Unclosed ") || strings.HasPrefix(diag.Summary, "Root value ")
	})
	if len(cause) == 0 && len(diags) > 0 {
		cause = diags[:1]
	}
	report.adopt(cause)
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

// usable reports whether there is anything to look at. JSON is nothing but
// structure; where that is broken, nothing is left.
func (s *source) usable() bool { return s.file != nil && !(s.json && s.broken) }

// loses reports whether a mistake may hide a block of some kinds, or a line of one.
func (s *source) loses(kind func(*shape) bool) bool {
	if s.vars {
		return false
	}
	return !s.usable() || s.unsound >= 0 || slices.ContainsFunc(s.damaged, func(d damage) bool {
		return len(d.enclosing) == 0 || slices.ContainsFunc(shapes, func(around *shape) bool { return around.name == d.enclosing[0] && kind(around) })
	})
}

// trusted reports whether what surrounds a place can be believed: it comes
// before whatever could not be repaired.
func (s *source) trusted(at hcl.Range) bool {
	return s.unsound < 0 || at.Start.Byte < s.unsound
}

// whole reports whether a value can be believed: it does not reach into what
// could not be repaired.
func (s *source) whole(at hcl.Range) bool {
	return s.unsound < 0 || at.Start.Byte > s.unsound || at.End.Byte < s.unsound
}

// Format returns src in canonical layout, or nil and a report if it does not
// parse. JSON (a name that ends in .json) has no layout of its own: it is
// returned as it is. The report is never nil.
func Format(filename string, src []byte) ([]byte, *Report) {
	report := &Report{}
	s := newSource(filename, src)
	s.parse(report)
	report.finish()
	switch {
	case report.HasErrors():
		return nil, report
	case s.json:
		return src, report
	}
	return hclwrite.Format(src), report
}
