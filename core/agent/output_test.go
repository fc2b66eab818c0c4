package agent

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestOutput: whatever the reader does, the writer never waits.
func TestOutput(t *testing.T) {
	stuck := &valve{}
	stuck.Lock()
	var lost atomic.Uint64
	o := newOutput(stuck, func(n uint64) { lost.Add(n) })
	const lines = outputLength + 1000
	for i := range lines {
		fmt.Fprintf(o, "%d\n", i)
	}
	stuck.Unlock()
	for len(o.lines) > 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Fprintln(o, "last") // the next line is when the loss is noticed
	o.close()
	written := bytes.Count(stuck.Bytes(), []byte("\n"))
	if lost.Load() < 900 || written+int(lost.Load()) != lines+1 {
		t.Errorf("%d lines: %d written, %d lost", lines+1, written, lost.Load())
	}
}

// TestOutputNeverRead: the end of an agent waits for a reader for a moment only.
func TestOutputNeverRead(t *testing.T) {
	stuck := &valve{}
	stuck.Lock()
	defer stuck.Unlock()
	o := newOutput(stuck, func(uint64) {})
	for range 2 * outputLength {
		fmt.Fprintln(o, "line")
	}
	begun := time.Now()
	o.close()
	if took := time.Since(begun); took > 10*lastWords {
		t.Errorf("closed after %v", took)
	}
}

// TestOutputNoRoom: what a full disk has cost is said when there is room again, on a
// line of its own.
func TestOutputNoRoom(t *testing.T) {
	for room, want := range map[int]string{
		0: "3 are missing\nfour\nfive\n",
		2: "on\n3 are missing\nfour\nfive\n",
	} {
		disk := &disk{room: room}
		o := newOutput(disk, func(n uint64) { fmt.Fprintf(disk, "%d are missing\n", n) })
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			io.WriteString(o, line)
		}
		for o.lost.Load() < 3 {
			time.Sleep(time.Millisecond)
		}
		disk.empty()
		io.WriteString(o, "four\n")
		io.WriteString(o, "five\n")
		o.close()
		if got := disk.String(); got != want {
			t.Errorf("written: %q, want %q", got, want)
		}
	}
}

// disk has room for so many bytes.
type disk struct {
	mu sync.Mutex
	bytes.Buffer
	room int
}

func (d *disk) empty() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = 1000
}

func (d *disk) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, _ := d.Buffer.Write(line[:min(len(line), d.room)])
	d.room -= n
	if n < len(line) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestOutputReaderGone: an observer ends when nobody reads what it observes.
func TestOutputReaderGone(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	reader.Close()
	o := newOutput(writer, func(uint64) {})
	io.WriteString(o, "line\n")
	select {
	case <-o.broken:
	case <-time.After(10 * time.Second):
		t.Error("a reader that has gone is not noticed")
	}
	o.close()
}
