package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fakeProc is a directory that looks like /proc. Its processes have ids that no
// real one can have, except 1.
type fakeProc struct {
	t    testing.TB
	root string
}

func newFakeProc(t testing.TB) *fakeProc {
	f := &fakeProc{t, t.TempDir()}
	f.add(1, fakeProcess{comm: "init"})
	return f
}

// fakeProcess is a process of a fakeProc; its zero values are usual ones.
type fakeProcess struct {
	comm, state, exe, args string
	threads                int
	flags                  uint64
	started                time.Duration // since boot
}

func (f *fakeProc) add(pid int, p fakeProcess) {
	f.t.Helper()
	dir := filepath.Join(f.root, strconv.Itoa(pid))
	f.remove(pid)
	if p.state == "" {
		p.state = "S"
	}
	stat := fmt.Sprintf("%d (%s) %s 1 1 1 0 -1 %d 0 0 0 0 0 0 0 0 20 0 %d 0 %d 0 0",
		pid, p.comm, p.state, p.flags, max(p.threads, 1), p.started/(10*time.Millisecond))
	err := errors.Join(
		os.MkdirAll(dir, 0o755),
		os.WriteFile(filepath.Join(dir, "comm"), []byte(p.comm+"\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "stat"), []byte(stat), 0o644),
		os.WriteFile(filepath.Join(dir, "cmdline"), []byte(p.args), 0o644),
	)
	switch p.exe {
	case "":
	case "denied": // a link that cannot be read, as for another user's process
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "exe"), nil, 0o644))
	default:
		err = errors.Join(err, os.Symlink(p.exe, filepath.Join(dir, "exe")))
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fakeProc) remove(pid int) {
	f.t.Helper()
	if err := os.RemoveAll(filepath.Join(f.root, strconv.Itoa(pid))); err != nil {
		f.t.Fatal(err)
	}
}

func TestStat(t *testing.T) {
	fake := newFakeProc(t)
	p := &procfs{root: fake.root}
	for name, test := range map[string]struct {
		process fakeProcess
		want    stat
	}{
		"usual":    {fakeProcess{comm: "httpd"}, stat{threads: 1}},
		"brackets": {fakeProcess{comm: ") R (x) 1"}, stat{threads: 1}},
		"zombie":   {fakeProcess{comm: "a", state: "Z"}, stat{zombie: true, threads: 1}},
		"headless": {fakeProcess{comm: "a", state: "Z", threads: 3}, stat{zombie: true, threads: 3}},
		"kernel":   {fakeProcess{comm: "kworker/0:1", flags: 0x208040}, stat{kernel: true, threads: 1}},
	} {
		fake.add(5000000, test.process)
		got, err := p.stat(5000000)
		got.age = 0
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
		if comm, err := p.comm(5000000); err != nil || comm != test.process.comm {
			t.Errorf("%s: name %q, %v", name, comm, err)
		}
	}
	if _, err := p.stat(5000001); !errors.Is(err, fs.ErrNotExist) || !gone(err) {
		t.Errorf("no such process: %v", err)
	}
	self, err := (&procfs{root: "/proc"}).stat(os.Getpid())
	if err != nil || self.age <= 0 || self.age > time.Hour {
		t.Errorf("this process: %+v, %v", self, err)
	}
}

func TestDoubt(t *testing.T) {
	fake := newFakeProc(t)
	p := &procfs{root: fake.root}
	if doubt := p.doubt(); doubt != "" {
		t.Errorf("all visible: %q", doubt)
	}
	fake.remove(1)
	if doubt, want := p.doubt(), "other users' processes are hidden (hidepid of "+fake.root+")"; doubt != want {
		t.Errorf("hidden: %q, want %q", doubt, want)
	}
	if err := os.MkdirAll(filepath.Join(fake.root, "1", "stat"), 0o755); err != nil {
		t.Fatal(err)
	}
	if doubt, want := p.doubt(), "cannot read processes: "+unix.EISDIR.Error(); doubt != want {
		t.Errorf("unreadable: %q, want %q", doubt, want)
	}
}
