package command

import (
	"errors"
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
	// lasting is how long such an output was held by what may be a service, and the
	// time between two that are bequeathed.
	lasting = 10 * time.Second
)

// leftovers are outputs of programs that have ended, held open by processes that
// these left behind.
type leftovers struct {
	lasting time.Duration

	mu    sync.Mutex // guards the rest
	files []*os.File // oldest first
	next  time.Time  // when another may be bequeathed
}

// left are the leftovers of the whole process.
var left = leftovers{lasting: lasting}

// add reads an output until nobody holds it any more, or it has lasted and is
// bequeathed. If there are too many, the oldest is given up. It does not wait; its
// goroutine ends with the output.
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
	_ = f.SetReadDeadline(time.Now().Add(l.lasting))
	for {
		_, err := f.Read(b[:])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if l.hasTurn(f) && bequeathFile(f) == nil {
				break
			}
			continue
		}
		if err != nil {
			break
		}
		time.Sleep(pause)
	}
	f.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files = slices.DeleteFunc(l.files, func(other *os.File) bool { return other == f })
}

// hasTurn reports whether an output that has lasted may be bequeathed now. Else it is
// read on until it may be.
func (l *leftovers) hasTurn(f *os.File) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	turn := !now.Before(l.next)
	if turn {
		l.next = now.Add(l.lasting)
	}
	_ = f.SetReadDeadline(l.next) // also if it then cannot be
	return turn
}

func bequeathFile(f *os.File) (err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if wrong := conn.Control(func(fd uintptr) { err = bequeath(int(fd)) }); wrong != nil {
		return wrong
	}
	return err
}
