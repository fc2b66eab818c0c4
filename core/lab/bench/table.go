package main

import (
	"fmt"
	"io"
	"math"
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
	note    string // a remark on the row before, instead of figures
	label   string
	unit    string
	digits  int
	figures []float64 // one for each daemon; absent if it has none
	plain   bool      // a count, of which a ratio says nothing
}

// absent is the figure of a daemon that cannot do it, missing such a duration.
var absent = math.NaN()

const missing = time.Duration(math.MinInt64)

func (t *table) section(text string) { t.rows = append(t.rows, row{section: text}) }

// notes adds remarks on the row before.
func (t *table) notes(list []string) {
	for _, text := range list {
		t.rows = append(t.rows, row{note: text})
	}
}

func (t *table) add(r row) { t.rows = append(t.rows, r) }

// times adds a row of durations, in milliseconds.
func (t *table) times(label string, digits int, figures ...time.Duration) {
	r := row{label: label, unit: "ms", digits: digits}
	for _, f := range figures {
		value := float64(f) / float64(time.Millisecond)
		if f == missing {
			value = absent
		}
		r.figures = append(r.figures, value)
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
		if r.note != "" {
			fmt.Fprintf(w, "    %s\n", r.note)
			continue
		}
		fmt.Fprintf(w, "  %-56s", r.label)
		for _, f := range r.figures {
			if math.IsNaN(f) {
				fmt.Fprintf(w, " %16s", "-")
				continue
			}
			fmt.Fprintf(w, " %13.*f %-2s", r.digits, f, r.unit)
		}
		fmt.Fprintf(w, " %8s\n", r.ratio())
	}
}

// ratio compares the first daemon with the second, where that says something.
func (r *row) ratio() string {
	if r.plain || len(r.figures) != 2 || r.figures[1] == 0 || math.IsNaN(r.figures[0]+r.figures[1]) {
		return "-"
	}
	return fmt.Sprintf("%.3f", r.figures[0]/r.figures[1])
}

func median(list []time.Duration) time.Duration { return percentile(list, 50) }

func percentile(list []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)-1)*p/100]
}
