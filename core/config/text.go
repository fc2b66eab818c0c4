package config

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/sentinel-ha/sentinel/sdk/legible"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// The terminal's attributes for a severity and for the place itself.
const (
	red       = "\x1b[31m"
	yellow    = "\x1b[33m"
	underline = "\x1b[1;4m"
	reset     = "\x1b[0m"
)

// WriteText writes the diagnostics for people, as HCL tools do: what is wrong,
// where, the line itself, what would be right. With color the place is
// underlined, else there are carets below it. The explanation is wrapped at
// width columns; 0 does not wrap.
func (r *Report) WriteText(w io.Writer, color bool, width int) error {
	var b strings.Builder
	for _, diag := range r.diags {
		severity, code := "Error", red
		if diag.Severity == hcl.DiagWarning {
			severity, code = "Warning", yellow
		}
		if color {
			severity = code + severity + reset
		}
		fmt.Fprintf(&b, "%s: %s\n\n", severity, printable(diag.Summary))
		if diag.Subject != nil {
			r.writePlace(&b, *diag.Subject, color)
		}
		if detail := printable(diag.Detail); detail != "" {
			fmt.Fprintf(&b, "%s\n\n", wrap(detail, width))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writePlace writes file, line and snippet.
func (r *Report) writePlace(b *strings.Builder, at hcl.Range, color bool) {
	src := r.source(at.Filename)
	context := src.context(at)
	if context != "" {
		context = ", in " + context
	}
	fmt.Fprintf(b, "  on %s line %d%s:\n", printable(at.Filename), at.Start.Line, printable(context))
	for _, line := range src.snippet(at) {
		margin := fmt.Sprintf("%4d: %s", line.number, line.before)
		if color && line.marked != "" {
			fmt.Fprintf(b, "%s%s%s%s%s\n", margin, underline, line.marked, reset, line.after)
			continue
		}
		fmt.Fprintf(b, "%s%s%s\n", margin, line.marked, line.after)
		if line.marked != "" && at.Start.Line == at.End.Line {
			fmt.Fprintf(b, "%s%s\n", blank(margin), strings.Repeat("^", utf8.RuneCountInString(line.marked)))
		}
	}
	b.WriteByte('\n')
}

// blank replaces text by spaces of the same width on a terminal.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text)
}

// printable keeps what a file or its name holds from commanding the terminal.
func printable(text string) string { return legible.Printable(text, "\n\t") }

// indent begins a line of a detail that is never broken: a command to type.
const indent = "  "

// toType puts a command to type on a line of its own, after what says what it is for.
func toType(command string) string { return "\n" + indent + command }

// withCommand is what an error says, with the command that repairs it, if there is
// one, on a line of its own.
func withCommand(err error) string {
	problem, command := repair.Split(err)
	if command == "" {
		return problem
	}
	return problem + ":" + toType(command)
}

// wrap breaks lines at width columns, if that is not 0. What is to be typed
// stays in one piece, so that it can be copied: commands, name = value, and
// whatever is in braces or brackets.
func wrap(text string, width int) string {
	if width == 0 {
		return text
	}
	var b strings.Builder
	column := 0
	for i, line := range strings.Split(text, "\n") {
		for j, piece := range pieces(line) {
			length := utf8.RuneCountInString(piece)
			switch {
			case i == 0 && j == 0:
			case j == 0 || column+1+length > width:
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
	if strings.HasPrefix(line, indent) {
		return []string{line}
	}
	words := strings.Split(line, " ")
	var list []string
	level, joined := 0, false
	for i, word := range words {
		if i > 0 && (level > 0 || joined || word == "=" || word == "{") {
			list[len(list)-1] += " " + word
		} else {
			list = append(list, word)
		}
		joined = word == "="
		level += strings.Count(word, "{") + strings.Count(word, "[") - strings.Count(word, "}") - strings.Count(word, "]")
	}
	if level != 0 {
		return words // a quoted bracket
	}
	return list
}

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
