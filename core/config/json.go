package config

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Schema names the form of WriteJSON's output. A change that a reader could
// stumble over gets another number.
const Schema = "sentinel.diagnostics/1"

type jsonReport struct {
	Schema      string           `json:"schema"`
	Valid       bool             `json:"valid"`
	Errors      int              `json:"errors"`
	Warnings    int              `json:"warnings"`
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
}

// jsonDiagnostic has null for a file, range or snippet that there is not.
type jsonDiagnostic struct {
	Severity string     `json:"severity"`
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail"`
	File     *string    `json:"file"`
	Range    *jsonRange `json:"range"`
	Snippet  *string    `json:"snippet"`
}

type jsonRange struct {
	Start jsonPosition `json:"start"`
	End   jsonPosition `json:"end"`
}

// jsonPosition counts lines and columns from 1 and bytes from 0.
type jsonPosition struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// WriteJSON writes the diagnostics for programs: one JSON object and a newline.
func (r *Report) WriteJSON(w io.Writer) error {
	out := jsonReport{Schema: Schema, Valid: !r.HasErrors(), Diagnostics: []jsonDiagnostic{}}
	out.Errors, out.Warnings = r.Counts()
	for _, diag := range r.diags {
		out.Diagnostics = append(out.Diagnostics, r.json(diag))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

func (r *Report) json(diag *hcl.Diagnostic) jsonDiagnostic {
	out := jsonDiagnostic{Severity: "error", Summary: printable(diag.Summary), Detail: printable(diag.Detail)}
	if diag.Severity == hcl.DiagWarning {
		out.Severity = "warning"
	}
	if at := diag.Subject; at != nil {
		out.File = &at.Filename
		out.Range = &jsonRange{jsonPosition(at.Start), jsonPosition(at.End)}
		var lines []string
		for _, l := range r.source(at.Filename).snippet(*at) {
			lines = append(lines, l.before+l.marked+l.after)
		}
		if snippet := strings.Join(lines, "\n"); lines != nil {
			out.Snippet = &snippet
		}
	}
	return out
}
