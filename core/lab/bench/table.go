package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// table collects what was measured, side by side.
type table struct {
	rows []row
}

type row struct {
	section string // a heading instead of figures
	label   string
	unit    string
	digits  int
	figures []float64 // one for each daemon
	plain   bool      // a count, of which a ratio says nothing
}

func (t *table) section(text string) { t.rows = append(t.rows, row{section: text}) }

func (t *table) add(r row) { t.rows = append(t.rows, r) }

// times adds a row of durations, in milliseconds.
func (t *table) times(label string, digits int, figures ...time.Duration) {
	r := row{label: label, unit: "ms", digits: digits}
	for _, f := range figures {
		r.figures = append(r.figures, float64(f)/float64(time.Millisecond))
	}
	t.add(r)
}

// print writes the table; a ratio below 1 means that the first daemon is better.
func (t *table) print(w io.Writer, daemons []daemon) {
	fmt.Fprintf(w, "\n%-58s", "")
	for _, d := range daemons {
		fmt.Fprintf(w, " %16s", strings.TrimSpace(d.name+" "+d.version))
	}
	fmt.Fprintf(w, " %8s\n", "ratio")
	for _, r := range t.rows {
		if r.section != "" {
			fmt.Fprintf(w, "%s\n", r.section)
			continue
		}
		fmt.Fprintf(w, "  %-56s", r.label)
		for _, f := range r.figures {
			fmt.Fprintf(w, " %13.*f %-2s", r.digits, f, r.unit)
		}
		ratio := "-"
		if !r.plain && len(r.figures) == 2 && r.figures[1] != 0 {
			ratio = fmt.Sprintf("%.3f", r.figures[0]/r.figures[1])
		}
		fmt.Fprintf(w, " %8s\n", ratio)
	}
}

func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
