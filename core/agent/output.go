package agent

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"syscall"
	"time"
)

// output is a writer that never blocks: whatever nobody reads, such as the log
// behind a full pipe or on a full disk, costs lines and nothing else. Make one with
// newOutput.
type output struct {
	to    io.Writer
	lines chan []byte
	lost  atomic.Uint64
	// report says, to the writer below, that lines are missing.
	report func(lost uint64)
	// broken is closed when the reader has gone for good.
	broken chan struct{}
	ended  chan struct{}
}

// outputLength is how many lines a reader may be behind.
const outputLength = 4096

// lastWords is how long the end of an agent waits for a reader, and its start.
const lastWords = time.Second

// mayRead writes what somebody may read, before there is an output. That nobody does,
// or that it cannot be written, is no reason not to serve.
func mayRead(write func()) {
	written := make(chan struct{})
	go func() { // ends when somebody reads
		defer close(written)
		write()
	}()
	select {
	case <-written:
	case <-time.After(lastWords):
	}
}

func newOutput(to io.Writer, report func(lost uint64)) *output {
	o := &output{
		to: to, lines: make(chan []byte, outputLength), report: report,
		broken: make(chan struct{}), ended: make(chan struct{}),
	}
	go o.run()
	return o
}

// Write implements [io.Writer]. It always succeeds.
func (o *output) Write(line []byte) (int, error) {
	select {
	case o.lines <- bytes.Clone(line):
	default:
		o.lost.Add(1)
	}
	return len(line), nil
}

// run writes until a nil line.
func (o *output) run() {
	defer close(o.ended)
	gone, half := false, false
	for line := range o.lines {
		if line == nil {
			return
		}
		lost := o.lost.Swap(0)
		if half { // what follows would be the rest of it
			n, _ := o.to.Write([]byte("\n"))
			half = n == 0
		}
		if lost > 0 {
			o.report(lost)
		}
		n, err := o.to.Write(line)
		if err != nil { // the report was not written either: it comes when there is room
			o.lost.Add(lost + 1)
			half = half || n > 0
		}
		if errors.Is(err, syscall.EPIPE) && !gone {
			gone = true
			close(o.broken)
		}
	}
}

// close writes what is left, but waits for nobody who does not read.
func (o *output) close() {
	late := time.After(lastWords)
	select {
	case o.lines <- nil:
	case <-late:
		return
	}
	select {
	case <-o.ended:
	case <-late:
	}
}
