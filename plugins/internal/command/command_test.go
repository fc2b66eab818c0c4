package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestEndings(t *testing.T) {
	dir := openDir(t)
	must(t, os.WriteFile(dir+"/plain", []byte("#!/bin/sh\n"), 0o644))
	for _, c := range []struct {
		name string
		args []string
		user string
		want Ending
		text string
	}{
		{"done", []string{"/bin/true"}, "", Exited, "exit 0"},
		{"done, with words", []string{program(t, "#!/bin/sh\necho a; echo b >&2\n")}, "", Exited, "exit 0: b"},
		{"failed", []string{program(t, "#!/bin/sh\necho no; exit 3\n")}, "", Exited, "exit 3: no"},
		{"arguments", []string{program(t, "#!/bin/sh\nprintf '<%s>' \"$@\"; exit 255"), "a b", "", "$c"}, "", Exited, "exit 255: <a b><><$c>"},
		{"crashed", []string{program(t, "#!/bin/sh\necho oops; kill -SEGV $$\n")}, "", Killed, "killed by SIGSEGV: oops"},
		{"real-time signal", []string{program(t, "#!/bin/sh\nkill -40 $$\n")}, "", Killed, "killed by signal 40"},
		{"line", Args([]string{"echo $0 $1 $2; exit 7"}, true, "a", "b c"), "", Exited, "exit 7: sh a b c"},
		{"no such line", Args([]string{"/no/such"}, true), "", Exited, "exit 127: sh: "},
		{"missing", []string{"/no/such"}, "", NotExecuted, "cannot be executed: /no/such: no such file or directory"},
		{"one word", []string{"/bin/ls -l"}, "", NotExecuted,
			"cannot be executed: /bin/ls -l: no such file or directory: arguments are strings of their own"},
		{"no right", []string{dir + "/plain"}, "", NotExecuted, "cannot be executed: " + dir + "/plain is not executable"},
		{"directory", []string{dir}, "", NotExecuted, "cannot be executed: " + dir + " is a directory"},
		{"no interpreter", []string{program(t, "#!/no/such\n")}, "", NotExecuted, ": its interpreter /no/such, which its first line names, does not exist"},
		{"carriage return", []string{program(t, "#!/bin/sh\r\n")}, "", NotExecuted, `: its lines end as in files of Windows, so that its interpreter is "/bin/sh\r", which does not exist: sed -i `},
		{"no first line", []string{program(t, "echo a\n")}, "", NotExecuted, "exec format error: the first line of a script names its interpreter"},
		{"no user", []string{"/bin/true"}, "nosuchuser", NotExecuted, "cannot be executed: user: unknown user nosuchuser"},
		{"no number", []string{"/bin/true"}, "4294967296", NotExecuted, "cannot be executed: user: unknown user 4294967296"},
	} {
		r := run(t, t.Context(), Spec{Args: c.args, User: c.user})
		if r.Ending != c.want || !strings.Contains(r.String(), c.text) {
			t.Errorf("%s: %d %q, want %d %q", c.name, r.Ending, r, c.want, c.text)
		}
	}
}

// TestSurroundings: a program gets its environment, directory, files, signals and
// group from nobody.
func TestSurroundings(t *testing.T) {
	t.Setenv("SENTINEL_SECRET", "x")
	r := run(t, t.Context(), Spec{Args: []string{"/usr/bin/env"}, Env: []string{"B=2", "A=x y\nz", "C="}})
	if diff := cmp.Diff("PATH="+Path+"\nB=2\nA=x y\nz\nC=\n", r.Output); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	r = sh(t, t.Context(), `
		pwd
		# Signals 32 and 33 belong to the C library. Whoever started us may ignore
		# them, and the Go runtime leaves them alone.
		sed -nE '/SigIgn/s/[8-9a-f]([0-9a-f]{7})$/0\1/; /SigIgn/s/[123]([0-9a-f]{8})$/0\1/; /Sig(Blk|Ign)/p' /proc/self/status
		echo $(ls /proc/self/fd) # of which the last is the directory
		read pid name state parent group rest < /proc/$$/stat; [ $pid = $group ] && echo its own group
	`)
	want := "/\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0 1 2 3\nits own group\n"
	if diff := cmp.Diff(want, r.Output); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStdin(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct{ text, line, want string }{
		{"a\nb\n", "cat", "a\nb\n"},
		{"a\nb\n", "read x; read y; echo $y$x", "ba\n"},
		{"a\n", "cat < /dev/stdin", "a\n"},
		{"", "cat; echo end", "end\n"},
		{long, "wc -c", "1048576\n"},
		{long, "echo nobody reads it", "nobody reads it\n"},
	} {
		r := run(t, t.Context(), Spec{Args: Args([]string{c.line}, true), Stdin: []byte(c.text)})
		if r.Ending != Exited || r.Status != 0 || r.Output != c.want {
			t.Errorf("%s: %+v, want %q", c.line, r, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		command []string
		shell   bool
		want    string
	}{
		{[]string{"/bin/true"}, false, ""},
		{[]string{"/bin/echo", ""}, false, ""},
		{[]string{"a | b"}, true, ""},
		{nil, false, "must not be empty"},
		{nil, true, "must not be empty"},
		{[]string{" "}, true, "must not be empty"},
		{[]string{"true"}, false, `"true" must begin with a slash: a program is named by its whole path, unless shell = true`},
		{[]string{""}, false, `"" must begin with a slash: a program is named by its whole path, unless shell = true`},
		{[]string{"a", "b"}, true, "must be one string with shell = true, not 2"},
		{[]string{"/bin/echo", "a\x00"}, false, "must not hold a zero byte"},
		{[]string{"echo\x00"}, true, "must not hold a zero byte"},
	} {
		got := ""
		if err := Validate(c.command, c.shell); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q, shell %v: %q, want %q", c.command, c.shell, got, c.want)
		}
	}
}

// TestManyAtOnce: runs do not mind each other.
func TestManyAtOnce(t *testing.T) {
	before := held(t)
	const many = 40
	results := make(chan Result)
	for i := range many {
		go func() {
			results <- Run(t.Context(), Spec{Args: Args([]string{"read x; echo $x; exit $x"}, true), Stdin: []byte{'0' + byte(i%10), '\n'}})
		}()
	}
	got := map[string]int{}
	for range many {
		got[(<-results).String()]++
	}
	for i := range 10 {
		text := "exit N: N"
		if n := got[strings.ReplaceAll(text, "N", string('0'+byte(i)))]; n != many/10 {
			t.Errorf("%d ended with %d", n, i)
		}
	}
	before.again(t)
}

// TestOver: nothing is started when the time is over.
func TestOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(openDir(t), "x")
	if r := sh(t, ctx, "touch "+file); r.Ending != Interrupted || r.String() != "stopped" {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it was run")
	}
}

// TestOldKernel: without a descriptor for the process its end is heard of too.
func TestOldKernel(t *testing.T) {
	before := held(t)
	p, err := start(Spec{Args: Args([]string{"sleep 0.1; echo a; exit 3"}, true)})
	must(t, err)
	unix.Close(p.exit)
	p.exit, err = exitOf(p.pid)
	must(t, err)
	began := time.Now()
	if r := p.wait(t.Context()); r.String() != "exit 3: a" || time.Since(began) > promptly {
		t.Errorf("%v after %v", r, time.Since(began))
	}
	before.again(t)
}

// BenchmarkRun tells the time that a run takes of ours, and of the program's.
func BenchmarkRun(b *testing.B) {
	spent := func(who int) int64 {
		var u unix.Rusage
		must(b, unix.Getrusage(who, &u))
		return u.Utime.Nano() + u.Stime.Nano()
	}
	ours, its := spent(unix.RUSAGE_SELF), spent(unix.RUSAGE_CHILDREN)
	for b.Loop() {
		if r := Run(b.Context(), Spec{Args: []string{"/usr/bin/true"}}); r.Ending != Exited {
			b.Fatal(r)
		}
		b.StopTimer()
		time.Sleep(2 * time.Millisecond) // as a program here and there does
		b.StartTimer()
	}
	b.ReportMetric(float64(spent(unix.RUSAGE_SELF)-ours)/float64(b.N)/1000, "own-us/op")
	b.ReportMetric(float64(spent(unix.RUSAGE_CHILDREN)-its)/float64(b.N)/1000, "child-us/op")
}
