package fifo_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/fifo"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

var event = sdk.Event{ID: "4f2a-VI_1-7", Kind: sdk.Transition, Instance: "VI_1", From: "backup", To: "active", Priority: 100}

func with(change func(*sdk.Event)) sdk.Event {
	e := event
	change(&e)
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mkfifo(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(path, 0o600))
	return path
}

// reader opens a pipe as its reader does.
func reader(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// next returns what is in a pipe.
func next(t *testing.T, f *os.File) string {
	t.Helper()
	must(t, f.SetReadDeadline(time.Now().Add(10*time.Second)))
	b := make([]byte, 4096)
	n, err := f.Read(b)
	must(t, err)
	return string(b[:n])
}

func deliver(t *testing.T, path string, e sdk.Event) error {
	t.Helper()
	return fifo.Notifier.Deliver(t.Context(), sdk.Values{"path": path}, e)
}

// wants reports an error that is not the one wanted, or was rejected.
func wants(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want || sdk.IsRejected(err) {
		t.Errorf("%v (rejected %v), want %s", err, sdk.IsRejected(err), want)
	}
}

func TestLines(t *testing.T) {
	path := mkfifo(t)
	f := reader(t, path)
	for _, c := range []struct {
		event sdk.Event
		want  string
	}{
		{event, "INSTANCE \"VI_1\" MASTER 100\n"},
		{with(func(e *sdk.Event) { e.To = "backup" }), "INSTANCE \"VI_1\" BACKUP 100\n"},
		{with(func(e *sdk.Event) { e.To = "fault" }), "INSTANCE \"VI_1\" FAULT 100\n"},
		{with(func(e *sdk.Event) { e.To = "stopped" }), "INSTANCE \"VI_1\" STOP 100\n"},
		{with(func(e *sdk.Event) { e.Kind = sdk.Snapshot }), "INSTANCE \"VI_1\" MASTER 100\n"},
		{with(func(e *sdk.Event) { e.Kind = sdk.PriorityChange }), "INSTANCE \"VI_1\" MASTER_PRIORITY 100\n"},
		{with(func(e *sdk.Event) { e.Kind, e.To = sdk.PriorityChange, "backup" }), "INSTANCE \"VI_1\" BACKUP_PRIORITY 100\n"},
		{with(func(e *sdk.Event) { e.Kind, e.To = sdk.Conflict, "" }), "INSTANCE \"VI_1\" CONFLICT 100\n"},
		{with(func(e *sdk.Event) { e.Instance, e.Group = "", "G1" }), "GROUP \"G1\" MASTER 0\n"},
	} {
		must(t, deliver(t, path, c.event))
		if got := next(t, f); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	for _, name := range []string{"a\"b", "a\nb", strings.Repeat("a", 4096)} {
		if err := deliver(t, path, with(func(e *sdk.Event) { e.Instance = name })); !sdk.IsRejected(err) {
			t.Errorf("%.10s: %v", name, err)
		}
	}
}

// TestNoReader: nothing is made, nothing is waited for, and it is tried again.
func TestNoReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	wants(t, deliver(t, path, event), path+" does not exist: its reader has to make it, with mkfifo")
	must(t, os.WriteFile(path, []byte("precious"), 0o600))
	wants(t, deliver(t, path, event), path+" is not a named pipe")
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Errorf("%q, %v", text, err)
	}
	must(t, os.Remove(path))
	must(t, syscall.Mkfifo(path, 0o600))
	wants(t, deliver(t, path, event), "nobody has "+path+" open for reading")

	f := reader(t, path)
	must(t, deliver(t, path, event))
	next(t, f)
	f.Close()
	wants(t, deliver(t, path, event), "nobody has "+path+" open for reading")
}

// TestReaders: a reader may come back, and a pipe be made anew.
func TestReaders(t *testing.T) {
	path := mkfifo(t)
	for range 3 {
		f := reader(t, path)
		must(t, deliver(t, path, event))
		next(t, f)
		f.Close()
	}
	old := reader(t, path)
	must(t, deliver(t, path, event))
	must(t, os.Rename(path, path+".old"))
	must(t, syscall.Mkfifo(path, 0o600))
	f := reader(t, path)
	must(t, deliver(t, path, event))
	next(t, f)
	next(t, old)
	if n, err := old.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("the old pipe is kept open: %d, %v", n, err)
	}
}

// TestNoEnd: a reader that reads to the end of the file goes on reading.
func TestNoEnd(t *testing.T) {
	path := mkfifo(t)
	f := reader(t, path)
	must(t, deliver(t, path, event))
	next(t, f)
	must(t, f.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("between two events: %v", err)
	}
}

// TestFull: what does not fit is not written in part, and is tried again.
func TestFull(t *testing.T) {
	path := mkfifo(t)
	f := reader(t, path)
	var err error
	written := 0
	for ; err == nil; written++ {
		if err = deliver(t, path, event); written > 1<<20 {
			t.Fatal("it is never full")
		}
	}
	wants(t, err, path+" is full: its reader does not read")
	const line = "INSTANCE \"VI_1\" MASTER 100\n"
	text := ""
	for len(text) < (written-1)*len(line) {
		text += next(t, f)
	}
	if text != strings.Repeat(line, written-1) {
		t.Error("there are other lines in it, or parts of lines")
	}
	must(t, deliver(t, path, event))
	if got := next(t, f); got != line {
		t.Errorf("%q", got)
	}
}

// TestTogether: the lines of instances are not mixed.
func TestTogether(t *testing.T) {
	path := mkfifo(t)
	f := reader(t, path)
	must(t, deliver(t, path, event)) // before a writer there is an end of the file
	next(t, f)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if err := deliver(t, path, event); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const line = "INSTANCE \"VI_1\" MASTER 100\n"
	text := ""
	for len(text) < 8*50*len(line) {
		text += next(t, f)
	}
	group.Wait()
	if text != strings.Repeat(line, 8*50) {
		t.Error("the lines are mixed")
	}
}

func TestValidate(t *testing.T) {
	for path, want := range map[string]string{
		"/run/ha/x.fifo": "",
		"x.fifo":         `path: "x.fifo" must begin with a slash`,
		"":               `path: "" must begin with a slash`,
	} {
		sdktest.Validates(t, path, fifo.Notifier, sdk.Values{"path": path}, want)
	}
}

// TestReaderOfLines: a reader that opens the pipe anew for every line, as
// "read line < fifo" does, has all of them.
func TestReaderOfLines(t *testing.T) {
	path := mkfifo(t)
	var wanted []string
	f := reader(t, path)
	for i := range 3 { // two of them are there when it closes the pipe
		must(t, deliver(t, path, with(func(e *sdk.Event) { e.Priority = 100 + i })))
		wanted = append(wanted, fmt.Sprintf("INSTANCE \"VI_1\" MASTER %d\n", 100+i))
	}
	first := make([]byte, len(wanted[0]))
	must(t, f.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := io.ReadFull(f, first)
	must(t, err)
	f.Close()
	wants(t, deliver(t, path, event), "nobody has "+path+" open for reading")
	if got := next(t, reader(t, path)); string(first)+got != strings.Join(wanted, "") {
		t.Errorf("%q and %q, want %q", first, got, wanted)
	}
}
