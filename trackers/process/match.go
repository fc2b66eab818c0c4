package process

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// commLength is how much of a name the kernel keeps.
const commLength = 15

// answer says whether a process is one that is looked for.
type answer uint8

const (
	no     answer = iota
	yes           // it is
	unsure        // it may be: there is no right to see
)

// candidate is a process that is compared with what is looked for. What its name
// does not tell is read when it is first asked for.
type candidate struct {
	pid      int
	comm     string
	proc     *procfs
	statOnce once[stat]
	exeOnce  once[string]
	argsOnce once[[]string]
}

// once is something that is read at most once.
type once[T any] struct {
	done  bool
	value T
	err   error
}

func (o *once[T]) get(read func(pid int) (T, error), pid int) (T, error) {
	if !o.done {
		o.value, o.err = read(pid)
		o.done = true
	}
	return o.value, o.err
}

func (c *candidate) stat() (stat, error)     { return c.statOnce.get(c.proc.stat, c.pid) }
func (c *candidate) exe() (string, error)    { return c.exeOnce.get(c.proc.exe, c.pid) }
func (c *candidate) args() ([]string, error) { return c.argsOnce.get(c.proc.args, c.pid) }

// matcher compares processes with a configuration.
type matcher struct {
	match, process string
	resolved       string // the file that the path of a symbolic link means
}

func newMatcher(c config) *matcher {
	m := &matcher{match: c.Match, process: c.Process}
	if m.match == byPath {
		m.process = filepath.Clean(m.process)
	}
	return m
}

// resolve follows symbolic links, and reports whether they have changed.
func (m *matcher) resolve() (changed bool) {
	if m.match != byPath {
		return false
	}
	path, err := filepath.EvalSymlinks(m.process)
	if err != nil || path == m.resolved {
		return false
	}
	m.resolved = path
	return true
}

// byName reports whether nothing but its name tells whether a process matches.
func (m *matcher) byName() bool { return m.match == byComm && len(m.process) <= commLength }

// matches compares a process.
func (m *matcher) matches(c *candidate) answer {
	switch m.match {
	case byPath:
		return m.matchPath(c)
	case byCmdline:
		return m.matchCmdline(c)
	}
	return m.matchComm(c)
}

func (m *matcher) matchComm(c *candidate) answer {
	if c.comm == m.process {
		return yes
	}
	if len(m.process) <= commLength || c.comm != m.process[:commLength] {
		return no
	}
	// The executable has the whole name, or else the arguments have: "name ...",
	// "/bin/sh name ..." or "/bin/sh -e name ...".
	path, exeErr := c.exe()
	if exeErr == nil && filepath.Base(withoutDeleted(path)) == m.process {
		return yes
	}
	args, err := c.args()
	for _, arg := range args[:min(3, len(args))] {
		if filepath.Base(arg) == m.process {
			return yes
		}
	}
	if denied(exeErr) || denied(err) {
		return unsure
	}
	return no
}

func (m *matcher) matchPath(c *candidate) answer {
	path, err := c.exe()
	switch {
	case err == nil:
		return answerOf(m.is(path) || m.is(withoutDeleted(path)))
	case !denied(err) || !m.couldBe(c):
		return no
	}
	if s, err := c.stat(); err == nil && s.kernel {
		return no
	}
	return unsure
}

func (m *matcher) is(path string) bool { return path == m.process || path == m.resolved }

// couldBe guesses from what everybody may read whether a process runs the
// executable: from its name and that of its first argument. Without this, a
// supervisor that may not read others' executables could never tell anything.
func (m *matcher) couldBe(c *candidate) bool {
	names := []string{filepath.Base(m.process), filepath.Base(m.resolved)}
	for _, name := range names {
		if c.comm == name[:min(commLength, len(name))] {
			return true
		}
	}
	args, _ := c.args()
	return len(args) > 0 && slices.Contains(names, filepath.Base(args[0]))
}

func (m *matcher) matchCmdline(c *candidate) answer {
	args, err := c.args()
	if denied(err) {
		return unsure
	}
	return answerOf(strings.Join(args, " ") == m.process)
}

func answerOf(is bool) answer {
	if is {
		return yes
	}
	return no
}

func denied(err error) bool { return err != nil && !gone(err) }

// unsureOf says why it is not known whether a process is one.
func unsureOf(pid int) string {
	return fmt.Sprintf("no right to see what pid %d runs (CAP_SYS_PTRACE)", pid)
}

func withoutDeleted(path string) string { return strings.TrimSuffix(path, " (deleted)") }
