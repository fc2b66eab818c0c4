package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// assigned is a value that somebody gave to a variable.
type assigned struct {
	name string
	from string // who, as it is named in messages without a range
	at   hcl.Range
	src  *source        // nil for a flag or the environment,
	expr hcl.Expression // which give text
	text string
}

// assigned collects the assignments in the order of their precedence, the
// weakest first.
func (l *loader) assigned() []assigned {
	var list []assigned
	for _, name := range slices.Sorted(maps.Keys(l.scope.environ)) {
		if variable, ok := strings.CutPrefix(name, environPrefix); ok {
			list = append(list, assigned{name: variable, from: name, text: l.scope.environ[name]})
		}
	}
	list = append(list, l.once(l.varFiles(l.sources))...)
	list = append(list, l.varFiles(l.flagFiles)...)
	for _, flag := range l.opts.Vars {
		name, text, ok := strings.Cut(flag, "=")
		if !ok || !labelPattern.MatchString(name) {
			// What was typed may be a secret; the flag is easily found.
			l.report.errorf(hcl.Range{}, "Invalid -var", "A flag -var is not of the form -var name=value. A name begins with a letter or _ and has letters, digits, _ and - after that.")
			continue
		}
		list = append(list, assigned{name: name, from: "-var " + name, text: text})
	}
	return list
}

// once reports variables that are set twice by the files of the configuration,
// where neither is meant to come before the other.
func (l *loader) once(list []assigned) []assigned {
	first := make(map[string]assigned)
	for _, a := range list {
		if other, twice := first[a.name]; twice {
			l.report.errorf(a.at, "Set twice", "%q is set at %s already. Remove one of the two; a file given with -var-file may override both.", a.name, place(other.at))
		} else {
			first[a.name] = a
		}
	}
	return list
}

// varFiles returns what files set, in the order of the files and of their lines.
func (l *loader) varFiles(sources []*source) []assigned {
	var list []assigned
	for _, src := range sources {
		if !src.vars || !src.usable() {
			continue
		}
		b := open(src, l.report, src.file.Body, variablesShape, hcl.Range{})
		attributes := slices.SortedFunc(maps.Values(b.attributes), func(a, b *hcl.Attribute) int {
			return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
		})
		for _, attr := range attributes {
			list = append(list, assigned{name: attr.Name, at: attr.NameRange, src: src, expr: attr.Expr})
		}
	}
	return list
}
