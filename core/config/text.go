package config

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// The limits of a source snippet: more does not help to find the place.
const (
	maxSnippetLines = 6
	maxSnippetWidth = 160
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
		r.writeText(&b, diag, color, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeText(b *strings.Builder, diag *hcl.Diagnostic, color bool, width int) {
	severity, code := "Error", red
	if diag.Severity == hcl.DiagWarning {
		severity, code = "Warning", yellow
	}
	if color {
		severity = code + severity + reset
	}
	fmt.Fprintf(b, "%s: %s\n\n", severity, printable(diag.Summary))
	if at := diag.Subject; at != nil {
		r.writePlace(b, *at, color)
	}
	if detail := printable(diag.Detail); detail != "" {
		if width > 0 {
			detail = wrap(detail, width)
		}
		fmt.Fprintf(b, "%s\n\n", detail)
	}
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
		before, marked, after := line.text[:line.from], line.text[line.from:line.to], line.text[line.to:]
		if color && marked != "" {
			marked = underline + marked + reset
		}
		margin := fmt.Sprintf("%4d: ", line.number)
		fmt.Fprintf(b, "%s%s%s%s\n", margin, before, marked, after)
		if !color && line.from < line.to && at.Start.Line == at.End.Line {
			fmt.Fprintf(b, "%s%s%s\n", blank(margin), blank(before), strings.Repeat("^", utf8.RuneCountInString(line.text[line.from:line.to])))
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
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, text)
}
