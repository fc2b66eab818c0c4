package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Time    time.Time
	Action  string
	Package string
	Test    string
	Output  string
}

// test is a test that is no part of another one.
type test struct {
	pkg, name string
	parts     map[string]*part // by full name; the test itself is one
	output    strings.Builder
}

// part is a test or a subtest.
type part struct {
	began  time.Time // or went on, after it had waited for its turn
	ended  time.Time // zero: it did not come to an end
	failed bool
}

func (t *test) part(name string, at time.Time) *part {
	if t.parts[name] == nil {
		t.parts[name] = &part{began: at}
	}
	return t.parts[name]
}

func (t *test) ended() bool  { return !t.parts[t.name].ended.IsZero() }
func (t *test) failed() bool { return t.parts[t.name].failed }

// beyondDoubt reports whether what failed has nothing to do with time.
func (t *test) beyondDoubt() bool {
	return !t.ended() || strings.Contains(t.output.String(), "DATA RACE")
}

// stalls returns when the machine stood still while a test failed. There are none
// if it did not in each of the innermost parts that failed.
func (t *test) stalls(m *meter) (all []stall) {
	for name, p := range t.parts {
		if !p.failed || t.failedWithin(name) {
			continue
		}
		list := m.between(p.began, p.ended)
		if len(list) == 0 {
			return nil
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b stall) int { return a.from.Compare(b.from) })
	return slices.Compact(all)
}

// failedWithin reports whether a part of a part failed.
func (t *test) failedWithin(name string) bool {
	for other, p := range t.parts {
		if p.failed && strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// results are what a run of go test has told.
type results struct {
	out   io.Writer
	tests map[string]*test
	order []*test
	// packages holds what packages said outside of their tests.
	packages map[string]*strings.Builder
	// broken are packages that failed without a failed test: they did not build,
	// panicked or took too long.
	broken []string
}

// run runs go test -json with some arguments, and prints what go test prints.
func run(out io.Writer, args ...string) (*results, error) {
	r := &results{out: out, tests: make(map[string]*test), packages: make(map[string]*strings.Builder)}
	command := exec.Command(goCommand(), append([]string{"test", "-json"}, args...)...)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	readErr := r.read(stdout)
	_, _ = io.Copy(io.Discard, stdout)
	err = command.Wait()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	if readErr != nil {
		return nil, readErr
	}
	if err != nil && len(r.failed()) == 0 && len(r.broken) == 0 {
		return nil, fmt.Errorf("go test: %w", err)
	}
	return r, nil
}

func goCommand() string {
	if name := os.Getenv("GO"); name != "" {
		return name
	}
	return "go"
}

// read takes in events until their end.
func (r *results) read(from io.Reader) error {
	for decoder := json.NewDecoder(from); ; {
		var e event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("go test -json: %w", err)
		}
		r.take(e)
	}
}

func (r *results) take(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
	case e.Package == "":
	case e.Test == "":
		r.takePackage(e)
	default:
		r.takeTest(e)
	}
}

func (r *results) takeTest(e event) {
	root, _, _ := strings.Cut(e.Test, "/")
	key := e.Package + " " + root
	t := r.tests[key]
	if t == nil {
		t = &test{pkg: e.Package, name: root, parts: make(map[string]*part)}
		r.tests[key] = t
		r.order = append(r.order, t)
		t.part(root, e.Time)
	}
	p := t.part(e.Test, e.Time)
	switch e.Action {
	case "cont":
		p.began = e.Time
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") && !strings.HasPrefix(strings.TrimSpace(e.Output), "--- PASS") {
			t.output.WriteString(e.Output)
		}
	case "pass", "skip", "fail":
		p.ended, p.failed = e.Time, e.Action == "fail"
		if e.Test == root && p.failed {
			fmt.Fprint(r.out, t.output.String())
		}
	}
}

func (r *results) takePackage(e event) {
	said := r.packages[e.Package]
	if said == nil {
		said = &strings.Builder{}
		r.packages[e.Package] = said
	}
	switch e.Action {
	case "output":
		if e.Output != "PASS\n" {
			said.WriteString(e.Output)
		}
	case "pass", "skip":
		fmt.Fprint(r.out, said.String())
	case "fail":
		failed := false
		for _, t := range r.order {
			switch {
			case t.pkg != e.Package:
			case t.failed():
				failed = true
			case !t.ended():
				fmt.Fprint(r.out, t.output.String())
			}
		}
		fmt.Fprint(r.out, said.String())
		if !failed || strings.Contains(said.String(), "panic: ") {
			r.broken = append(r.broken, e.Package)
		}
	}
}

// failed returns the tests that failed or did not end, in the order of their
// beginning.
func (r *results) failed() (list []*test) {
	for _, t := range r.order {
		if t.failed() || !t.ended() {
			list = append(list, t)
		}
	}
	return list
}
