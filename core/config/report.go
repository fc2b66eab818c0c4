package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Report is everything that was found wrong, with the sources it was found in.
// The zero value is an empty report. It never shows a secret.
type Report struct {
	diags   hcl.Diagnostics
	sources []*source
}

// HasErrors reports whether anything keeps the configuration from being used.
func (r *Report) HasErrors() bool { return r.diags.HasErrors() }

// Counts returns the number of errors and of warnings.
func (r *Report) Counts() (errors, warnings int) {
	for _, diag := range r.diags {
		if diag.Severity == hcl.DiagError {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// errorf reports an error at a place. The detail says what is wrong and then
// what would be right, in sentences.
func (r *Report) errorf(at hcl.Range, summary, format string, args ...any) {
	r.add(hcl.DiagError, at, summary, format, args...)
}

// warnf reports what is valid and yet probably not meant.
func (r *Report) warnf(at hcl.Range, summary, format string, args ...any) {
	r.add(hcl.DiagWarning, at, summary, format, args...)
}

func (r *Report) add(severity hcl.DiagnosticSeverity, at hcl.Range, summary, format string, args ...any) {
	diag := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: fmt.Sprintf(format, args...)}
	if at != (hcl.Range{}) {
		diag.Subject = &at
	}
	r.diags = append(r.diags, diag)
}

// source returns the source a range is in, or nil.
func (r *Report) source(name string) *source {
	for _, src := range r.sources {
		if src.name == name {
			return src
		}
	}
	return nil
}

// finish puts the diagnostics in the order in which a person reads the files,
// drops what was said twice and hides secrets. What concerns no file in
// particular comes first.
func (r *Report) finish() {
	order := make(map[string]int, len(r.sources))
	for i, src := range r.sources {
		order[src.name] = i + 1
	}
	slices.SortStableFunc(r.diags, func(a, b *hcl.Diagnostic) int {
		aFile, aByte := position(a, order)
		bFile, bByte := position(b, order)
		return cmp.Or(cmp.Compare(aFile, bFile), cmp.Compare(aByte, bByte))
	})
	said := make(map[string]bool, len(r.diags))
	r.diags = slices.DeleteFunc(r.diags, func(diag *hcl.Diagnostic) bool {
		straighten(diag)
		r.hide(diag)
		key := fmt.Sprint(diag.Severity, diag.Subject, diag.Summary, diag.Detail)
		twice := said[key]
		said[key] = true
		return twice
	})
}

// straighten mends a range that ends before it begins, as the parser makes one
// at the end of a broken file.
func straighten(diag *hcl.Diagnostic) {
	if at := diag.Subject; at != nil && at.End.Byte < at.Start.Byte {
		diag.Subject = &hcl.Range{Filename: at.Filename, Start: at.Start, End: at.Start}
	}
}

// position is where a diagnostic belongs in the order of files.
func position(diag *hcl.Diagnostic, order map[string]int) (file, offset int) {
	if diag.Subject == nil {
		return 0, 0
	}
	return order[diag.Subject.Filename], diag.Subject.Start.Byte
}

// hide removes a library's explanation where it is about something secret: it
// may quote what it complains about. What this package says is careful already,
// but in a broken file a name may turn out to be none.
func (r *Report) hide(diag *hcl.Diagnostic) {
	if diag.Subject == nil {
		return
	}
	src := r.source(diag.Subject.Filename)
	if src == nil || !src.hides(*diag.Subject) {
		return
	}
	if diag.Extra == fromLibrary || src.broken && strings.Contains(diag.Detail, src.unquoted(*diag.Subject)) {
		diag.Detail = "What is wrong with it is not shown, because this is part of a secret. Check quotes, brackets and escapes: " +
			`in a quoted string write \" for a quote, \\ for a backslash and $${ for ${.`
	}
}

// unquoted returns the text of a range without its quotes.
func (s *source) unquoted(at hcl.Range) string {
	return strings.Trim(string(s.bytes[at.Start.Byte:min(at.End.Byte, len(s.bytes))]), "\" ")
}

// library marks diagnostics whose words are not ours.
type library struct{}

var fromLibrary = library{}

// adopt takes over diagnostics of the HCL library.
func (r *Report) adopt(diags hcl.Diagnostics) {
	for _, diag := range diags {
		// The expression and its context would be rendered with the values of
		// variables; explain does that, and knows which of them are secret.
		diag.Expression, diag.EvalContext, diag.Extra = nil, nil, fromLibrary
		r.diags = append(r.diags, diag)
	}
}
