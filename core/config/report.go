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
	errors = len(r.diags.Errs())
	return errors, len(r.diags) - errors
}

// errorf reports an error at a place. The detail says what is wrong and then
// what would be right, in sentences.
func (r *Report) errorf(at hcl.Range, summary, format string, args ...any) {
	r.add(hcl.DiagError, at, summary, fmt.Sprintf(format, args...))
}

// warnf reports what is valid and yet probably not meant.
func (r *Report) warnf(at hcl.Range, summary, format string, args ...any) {
	r.add(hcl.DiagWarning, at, summary, fmt.Sprintf(format, args...))
}

// NotRun returns a report of what is in plugin_dir and not run, and why.
func NotRun(reasons []error) *Report {
	r := &Report{}
	for _, err := range reasons {
		r.notRun(err)
	}
	return r
}

// notRun warns about one of them.
func (r *Report) notRun(err error) { r.warnf(hcl.Range{}, "Not run", "%s", withCommand(err)) }

func (r *Report) add(severity hcl.DiagnosticSeverity, at hcl.Range, summary, detail string) {
	diag := &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail}
	if at != (hcl.Range{}) {
		diag.Subject = &at
	}
	r.diags = append(r.diags, diag)
}

// library marks diagnostics whose words are not ours.
type library struct{}

// adopt takes over diagnostics of the HCL library. Their expressions would be
// rendered with the values of variables; explain does that, and knows which of
// them are secret.
func (r *Report) adopt(diags hcl.Diagnostics) {
	for _, diag := range diags {
		diag.Expression, diag.EvalContext, diag.Extra = nil, nil, library{}
		r.diags = append(r.diags, diag)
	}
}

// source returns the source a range is in, or nil.
func (r *Report) source(name string) *source {
	if i := r.indexOf(name); i >= 0 {
		return r.sources[i]
	}
	return nil
}

func (r *Report) indexOf(name string) int {
	return slices.IndexFunc(r.sources, func(src *source) bool { return src.name == name })
}

// finish puts the diagnostics in the order in which a person reads the files,
// drops what was said twice and hides secrets. What concerns no file in
// particular comes first.
func (r *Report) finish() {
	position := func(diag *hcl.Diagnostic) (file, offset int) {
		if diag.Subject == nil {
			return -1, 0
		}
		return r.indexOf(diag.Subject.Filename), diag.Subject.Start.Byte
	}
	slices.SortStableFunc(r.diags, func(a, b *hcl.Diagnostic) int {
		aFile, aByte := position(a)
		bFile, bByte := position(b)
		return cmp.Or(cmp.Compare(aFile, bFile), cmp.Compare(aByte, bByte))
	})
	said := make(map[string]bool, len(r.diags))
	r.diags = slices.DeleteFunc(r.diags, func(diag *hcl.Diagnostic) bool {
		if at := diag.Subject; at != nil && at.End.Byte < at.Start.Byte { // as the parser makes one at the end of a broken file
			diag.Subject = &hcl.Range{Filename: at.Filename, Start: at.Start, End: at.Start}
		}
		r.hide(diag)
		key := fmt.Sprint(diag.Severity, diag.Subject, diag.Summary, diag.Detail)
		twice := said[key]
		said[key] = true
		return twice
	})
}

// hide removes a library's explanation where it is about something secret: it
// may quote what it complains about. What this package says is careful already,
// but in a broken file a name may turn out to be none.
func (r *Report) hide(diag *hcl.Diagnostic) {
	at := diag.Subject
	if at == nil {
		return
	}
	src := r.source(at.Filename)
	if src == nil || !src.hides(*at) {
		return
	}
	typed := strings.Trim(string(src.bytes[at.Start.Byte:min(at.End.Byte, len(src.bytes))]), "\" ")
	if diag.Extra == (library{}) || src.broken && strings.Contains(diag.Detail, typed) {
		diag.Detail = "What is wrong with it is not shown, because this is part of a secret. Check quotes, brackets and escapes: " +
			`in a quoted string write \" for a quote, \\ for a backslash and $${ for ${.`
	}
}
