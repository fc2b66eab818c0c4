package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// at returns a time some seconds after noon.
func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

// A failure is excused by a stall in its time only, and by passing then.
func TestRetest(t *testing.T) {
	t.Parallel()
	const pkg = "example.com/p"
	output := func(second int, test, text string) event { return event{at(second), "output", pkg, test, text} }
	passing := []event{
		{at(0), "run", pkg, "TestA", ""}, output(0, "TestA", "=== RUN   TestA\n"), output(1, "TestA", "fine\n"),
		{at(2), "pass", pkg, "TestA", ""}, output(2, "", "PASS\n"), output(2, "", "ok p\n"), {at(2), "pass", pkg, "", ""},
	}
	failing := []event{
		{at(0), "run", pkg, "TestA", ""}, {at(0), "run", pkg, "TestA/part", ""}, output(1, "TestA/part", "too late\n"),
		{at(2), "fail", pkg, "TestA/part", ""}, {at(2), "fail", pkg, "TestA", ""},
		output(2, "", "FAIL p\n"), {at(2), "fail", pkg, "", ""},
	}
	with := func(events []event, more ...event) []event { return append(more, events...) }
	elsewhere := []event{
		{at(0), "run", pkg, "TestA", ""}, {at(0), "run", pkg, "TestA/first", ""}, {at(3), "pass", pkg, "TestA/first", ""},
		{at(1), "run", pkg, "TestA/second", ""}, {at(4), "cont", pkg, "TestA/second", ""}, output(5, "TestA/second", "too late\n"),
		{at(5), "fail", pkg, "TestA/second", ""}, {at(5), "fail", pkg, "TestA", ""},
		output(5, "", "FAIL p\n"), {at(5), "fail", pkg, "", ""},
	}
	still := &meter{stalls: []stall{{1, true, at(1), at(3)}}}
	before := &meter{stalls: []stall{{1, true, at(-2), at(-1)}}}
	for name, c := range map[string]struct {
		meter *meter
		runs  [][]event
		ok    bool
		says  string
	}{
		"passes":               {still, [][]event{passing}, true, "ok p"},
		"fails":                {&meter{}, [][]event{failing}, false, "too late"},
		"stalls before":        {before, [][]event{failing}, false, "too late"},
		"stalls elsewhere":     {still, [][]event{elsewhere}, false, "too late"},
		"stalls, then passes":  {still, [][]event{failing, passing}, true, "at 12:00:01.000 processor 1 let everything wait for 2s"},
		"stalls, and fails":    {still, [][]event{failing, failing, failing}, false, "stood still"},
		"stalls, then twice":   {still, [][]event{failing, failing, passing}, true, "then it passed"},
		"race":                 {still, [][]event{with(failing, output(0, "TestA", "WARNING: DATA RACE\n"))}, false, "DATA RACE"},
		"does not end":         {still, [][]event{{failing[0], output(1, "TestA", "panic: oops\n"), failing[6]}}, false, "panic: oops"},
		"does not build":       {still, [][]event{{{Action: "build-output", Output: "syntax\n"}, failing[6]}}, false, "syntax"},
		"not there any more":   {still, [][]event{failing, {failing[6]}}, false, "too late"},
		"panics after failing": {still, [][]event{with(failing, output(0, "", "panic: oops\n"))}, false, "panic: oops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			n := 0
			ok, err := retest(&out, c.meter, func(out io.Writer, args ...string) (*results, error) {
				if n > 0 && fmt.Sprint(args) != "[-count=1 -run ^TestA$ "+pkg+"]" {
					t.Errorf("run %d is about %q", n, args)
				}
				r := &results{out: out, tests: make(map[string]*test), packages: make(map[string]*strings.Builder)}
				lines := &strings.Builder{}
				for _, e := range c.runs[n] {
					_ = json.NewEncoder(lines).Encode(e)
				}
				n++
				return r, r.read(strings.NewReader(lines.String()))
			}, []string{pkg})
			if err != nil {
				t.Fatal(err)
			}
			if ok != c.ok || n != len(c.runs) {
				t.Errorf("%v after %d runs", ok, n)
			}
			if !strings.Contains(out.String(), c.says) || strings.Contains(out.String(), "fine") {
				t.Error(out.String())
			}
		})
	}
}

// The meter notices when its threads do not run. Whether they do is the machine's
// business; that it looks is seen from the processors it may use.
func TestMeter(t *testing.T) {
	t.Parallel()
	m, err := newMeter()
	if err != nil {
		t.Fatal(err)
	}
	m.add(stall{0, false, at(1), at(2)})
	for _, c := range []struct{ from, to, want int }{{0, 1, 0}, {0, 2, 1}, {1, 2, 1}, {2, 3, 0}} {
		if got := len(m.between(at(c.from), at(c.to))); got != c.want {
			t.Errorf("%d to %d: %d stalls", c.from, c.to, got)
		}
	}
}
