// Command retest runs go test. A test with a real clock that fails while the
// machine stands still has measured the machine: it is run again, alone, and what
// became of it is told at the end. A failure at any other time is a failure, and so
// is a data race or a panic.
//
//	go run ./core/lab/retest [flags of go test] -- packages...
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// attempts is how often a test is run at most, as long as the machine stands still
// whenever it fails.
const attempts = 3

func main() {
	split := slices.Index(os.Args, "--")
	if split < 0 || split == len(os.Args)-1 {
		fmt.Fprintln(os.Stderr, "usage: retest [flags of go test] -- packages...")
		os.Exit(2)
	}
	flags, packages := os.Args[1:split], os.Args[split+1:]
	m, err := newMeter()
	if err != nil {
		fmt.Fprintln(os.Stderr, "retest:", err)
		os.Exit(1)
	}
	ok, err := retest(os.Stdout, m, func(out io.Writer, args ...string) (*results, error) {
		return run(out, slices.Concat(flags, args)...)
	}, packages)
	if err != nil {
		fmt.Fprintln(os.Stderr, "retest:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// runner runs go test with some arguments.
type runner func(out io.Writer, args ...string) (*results, error)

// retest reports whether all tests passed in the end.
func retest(out io.Writer, m *meter, run runner, packages []string) (bool, error) {
	first, err := run(out, packages...)
	if err != nil {
		return false, err
	}
	if len(first.broken) > 0 {
		return false, nil
	}
	ok := true
	var report strings.Builder
	for _, t := range first.failed() {
		passed, err := again(out, &report, m, run, t)
		if err != nil {
			return false, err
		}
		ok = ok && passed
	}
	if report.Len() > 0 {
		fmt.Fprintf(out, "\n================ THE MACHINE STOOD STILL ================\n%s", report.String())
		fmt.Fprintln(out, "=========================================================")
	}
	return ok, nil
}

// again runs a failed test until it passes, or fails for no reason but its own.
func again(out, report io.Writer, m *meter, run runner, t *test) (passed bool, err error) {
	for n := 1; ; n++ {
		stalls := t.stalls(m)
		if t.beyondDoubt() || len(stalls) == 0 || n == attempts {
			return false, nil
		}
		fmt.Fprintf(report, "%s of %s failed while the machine stood still, and was run again\n", t.name, t.pkg)
		for _, s := range stalls {
			fmt.Fprintf(report, "\t%v\n", s)
		}
		fmt.Fprintf(out, "again, because the machine stood still: %s of %s\n", t.name, t.pkg)
		next, err := run(out, "-count=1", "-run", "^"+t.name+"$", t.pkg)
		switch {
		case err != nil:
			return false, err
		case len(next.broken) > 0 || len(next.order) == 0:
			return false, nil
		case len(next.failed()) == 0:
			fmt.Fprintf(report, "\tthen it passed\n")
			return true, nil
		}
		t = next.failed()[0]
	}
}
