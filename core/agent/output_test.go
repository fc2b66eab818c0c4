package agent

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync/atomic"
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
