package process

import (
	"encoding/binary"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// message returns what the kernel sends.
func message(what uint32, words ...uint32) []byte {
	b := make([]byte, messageSize)
	binary.NativeEndian.PutUint32(b, messageSize)
	binary.NativeEndian.PutUint32(b[cnOffset:], cnProc)
	binary.NativeEndian.PutUint32(b[cnOffset+4:], cnProc)
	binary.NativeEndian.PutUint32(b[eventOffset:], what)
	for i, word := range words {
		binary.NativeEndian.PutUint32(b[dataOffset+4*i:], word)
	}
	return b
}

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		message []byte
		want    event // zero: none
	}{
		"fork":           {message(eventFork, 11, 10, 20, 20), event{forked, 20, 10}},
		"new thread":     {message(eventFork, 10, 10, 20, 10), event{}},
		"exec":           {message(eventExec, 20, 20), event{execed, 20, 0}},
		"comm":           {message(eventComm, 20, 20), event{renamed, 20, 0}},
		"thread's comm":  {message(eventComm, 21, 20), event{}},
		"exit":           {message(eventExit, 20, 20, 0, 17, 10, 10), event{exited, 20, 0}},
		"thread's exit":  {message(eventExit, 21, 20), event{}},
		"acknowledgment": {message(0, 0), event{}},
		"uid":            {message(4, 20, 20), event{}},
		"short":          {message(eventFork, 11, 10, 20, 20)[:dataOffset+12], event{}},
		"empty":          {nil, event{}},
	} {
		got, ok := parse(test.message)
		if ok != (test.want != event{}) || ok && got != test.want {
			t.Errorf("%s: %+v, %t, want %+v", name, got, ok, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(message(eventFork, 11, 10, 20, 20))
	f.Fuzz(func(_ *testing.T, b []byte) { parse(b) })
}

// wire is a connector that is told what happens by the test.
type wire struct {
	t  testing.TB
	fd int
}

// newWire returns a hub on invented processes whose connector is a socket.
func newWire(t testing.TB, fake *fakeProc) (*wire, *hub) {
	w := &wire{t: t}
	h := newHub(t, fake.root, func() (*connector, error) {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		w.fd = fds[0]
		c := &connector{file: os.NewFile(uintptr(fds[1]), "wire")}
		c.conn, err = c.file.SyscallConn()
		return c, err
	})
	t.Cleanup(func() { unix.Close(w.fd) })
	return w, h
}

func (w *wire) send(messages ...[]byte) {
	w.t.Helper()
	for _, m := range messages {
		if _, err := unix.Write(w.fd, m); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestToldAtOnce: with a connector nothing is looked for that was not told.
func TestToldAtOnce(t *testing.T) {
	fake := newFakeProc(t)
	wire, h := newWire(t, fake)
	r := run(t, h, configured("httpd", unset, unset))
	r.want(sdk.Unhealthy, "no process httpd")
	fake.add(first, httpd)
	r.quiet()
	wire.send(message(eventExec, first, first))
	r.want(sdk.Healthy, "1 process httpd (pid %d)", first)
	fake.add(second, httpd)
	wire.send(message(eventFork, first, first, second, second))
	start := time.Now()
	r.want(sdk.Healthy, "2 processes httpd (pids %d, %d)", first, second)
	if took := time.Since(start); took < settling/2 {
		t.Errorf("a fork counted after %v", took)
	}
	fake.remove(first)
	fake.remove(second)
	wire.send(message(eventExit, first, first), message(eventExit, second, second))
	for {
		if got := r.next(); got.Verdict == sdk.Unhealthy {
			break // after both, or each
		}
	}
	r.quiet()
	m := h.monitor
	r.end()
	// One at the start, and another if the watch came while that was under way; the
	// next one that is not for a reason is far off.
	if m.scans > 2 {
		t.Errorf("%d scans", m.scans)
	}
}

// TestLostConnector: trackers go on without one.
func TestLostConnector(t *testing.T) {
	fake := newFakeProc(t)
	_, h := newWire(t, fake)
	r := run(t, h, configured("httpd", unset, unset))
	r.want(sdk.Unhealthy, "no process httpd")
	h.monitor.inbox.put(batch{err: os.ErrClosed})
	fake.add(first, httpd)
	r.want(sdk.Healthy, "1 process httpd (pid %d)", first)
}

// TestLostEvents leads to a scan.
func TestLostEvents(t *testing.T) {
	fake := newFakeProc(t)
	_, h := newWire(t, fake)
	r := run(t, h, configured("httpd", unset, unset))
	r.want(sdk.Unhealthy, "no process httpd")
	fake.add(first, httpd)
	h.monitor.inbox.put(batch{lost: true})
	r.want(sdk.Healthy, "1 process httpd (pid %d)", first)
}

// TestOverflow: events that the kernel could not deliver are known to be lost, and
// those that follow are told.
func TestOverflow(t *testing.T) {
	needConnector(t)
	c, err := connect()
	if err != nil {
		t.Fatal(err)
	}
	buffer := func(size int) {
		_ = c.conn.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size) })
		if err != nil {
			t.Fatal(err)
		}
	}
	buffer(0) // the least there is
	for range 100 {
		if err := touch(); err != nil {
			t.Fatal(err)
		}
	}
	buffer(1 << 20)
	inbox := newInbox()
	var reader sync.WaitGroup
	reader.Go(func() { c.read(inbox) })
	defer reader.Wait()
	defer c.close()
	<-inbox.signal
	if b := inbox.take(); !b.lost || b.err != nil {
		t.Errorf("lost %t, error %v, want lost", b.lost, b.err)
	}
	path := program(t, "sleep", "sntl-overflow")
	want := event{kind: execed, pid: sleeper(t, path).pid}
	for timeout := time.After(patience); ; {
		select {
		case <-inbox.signal:
		case <-timeout:
			t.Fatal("nothing is told any more")
		}
		if slices.Contains(inbox.take().events, want) {
			return
		}
	}
}

// TestInboxIsBounded: too many events count as lost.
func TestInboxIsBounded(t *testing.T) {
	i := newInbox()
	for range 3 {
		i.put(batch{events: make([]event, inboxLimit/2+1)})
	}
	if b := i.take(); len(b.events) != inboxLimit || !b.lost {
		t.Errorf("%d events, lost %t", len(b.events), b.lost)
	}
	if b := i.take(); len(b.events) != 0 || b.lost {
		t.Errorf("taken twice: %+v", b)
	}
}

// TestPace: the reader is woken some thousand times a second at most.
func TestPace(t *testing.T) {
	var p pace
	start := time.Now()
	const wakes = 100
	for range wakes {
		p.keep(time.Now(), 5)
	}
	if took := time.Since(start); took < (wakes-10)*time.Millisecond/2 {
		t.Errorf("%d wake-ups of 5 messages in %v", wakes, took)
	}
}
