package config

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns src in canonical layout, or nil and a report if it does not
// parse. JSON (a name that ends in .json) has no layout of its own: it is
// returned as it is. The report is never nil.
func Format(filename string, src []byte) ([]byte, *Report) {
	report := &Report{}
	s := newSource(filename, src)
	s.parse(report)
	if s.file != nil {
		s.concealAll()
	}
	report.finish()
	switch {
	case report.HasErrors():
		return nil, report
	case s.json:
		return src, report
	}
	return hclwrite.Format(src), report
}

// concealAll hides what may be a secret in a file that is looked at alone: a
// variables file does not say which of its values are.
func (s *source) concealAll() {
	body, ok := s.file.Body.(*hclsyntax.Body)
	if !ok {
		return // the names of JSON's keys have to do
	}
	hide := func(attributes hclsyntax.Attributes) {
		for _, attr := range attributes {
			s.secrets = append(s.secrets, attr.Expr.Range())
		}
	}
	if s.vars {
		hide(body.Attributes)
	}
	for _, b := range body.Blocks {
		if b.Body != nil && (b.Type == variableShape.name || b.Type == localsShape.name) {
			hide(b.Body.Attributes)
		}
	}
}
