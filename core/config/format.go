package config

import "github.com/hashicorp/hcl/v2/hclwrite"

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
