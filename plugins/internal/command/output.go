package command

import (
	"os"
	"slices"
	"sync"
	"time"
)

// maxOutput is how much of the end of the output is kept.
const maxOutput = 4 << 10

// tail keeps the end of what is written to it.
type tail []byte

func (t *tail) write(b []byte) {
	b = b[max(0, len(b)-maxOutput):]
	if len(*t)+len(b) > 2*maxOutput {
		kept := copy(*t, (*t)[len(*t)-maxOutput:])
		*t = (*t)[:kept]
	}
	*t = append(*t, b...)
}

func (t tail) String() string { return string(t[max(0, len(t)-maxOutput):]) }

const (
	// maxLeftovers is how many outputs are read after the end of their programs.
	maxLeftovers = 32
	// pause is between two reads of such an output. A pipe holds 64 KiB, so it costs
	// next to nothing however much is written.
	pause = 10 * time.Millisecond
)

// leftovers are outputs of programs that have ended, held open by processes that
// these left behind.
type leftovers struct {
	mu    sync.Mutex // guards files
	files []*os.File // oldest first
}

// left are the leftovers of the whole process.
var left leftovers

// add reads an output until nobody holds it any more. If there are too many, the
// oldest is given up. It does not wait; its goroutine ends with the output.
func (l *leftovers) add(fd int) {
	f := os.NewFile(uintptr(fd), "output")
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.files) == maxLeftovers {
		l.files[0].Close()
		l.files = slices.Delete(l.files, 0, 1)
	}
	l.files = append(l.files, f)
	go l.discard(f)
}

func (l *leftovers) discard(f *os.File) {
	var b [4 << 10]byte
	for {
		if _, err := f.Read(b[:]); err != nil {
			break
		}
		time.Sleep(pause)
	}
	f.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = slices.DeleteFunc(l.files, func(other *os.File) bool { return other == f })
}
