package command

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxGuarded is how many programs are guarded at the same time.
	maxGuarded = 256
	// slotSize is that of an entry: a group as kill names it, which fits in eight
	// bytes and is stored at once, and blanks.
	slotSize = 16
)

// guarding is what the guard does: it waits for our end, which closes the pipe
// that it reads, and kills what is in the list.
const guarding = `(read end <&4; kill -s KILL -- $(cat <&3)) &`

// guard kills the groups of programs that run when this process ends, however it
// does; the kernel would kill the programs and leave their children. It is a
// shell, of which there is one for all programs, and with which we share a list. A
// process without a shell has no guard.
type guard struct {
	once sync.Once
	list []byte // shared with the guard; nil without one
}

// guarded is the guard of this process. It is nobody's child, ends with us, and is
// not in our group, which may be killed as a whole.
var guarded guard

// blank is an entry without a group.
var blank = entry("        ")

func entry(text string) uint64 { return binary.NativeEndian.Uint64([]byte(text)) }

func (g *guard) slot(i int) *uint64 { return (*uint64)(unsafe.Pointer(&g.list[i*slotSize])) }

// add lists a group, and returns where. It is removed while its number cannot be
// another's yet.
func (g *guard) add(group int) (slot int) {
	g.once.Do(g.start)
	e := entry(fmt.Sprintf("%-8d", -group)) // numbers have at most 22 bits
	for i := range len(g.list) / slotSize {
		if atomic.CompareAndSwapUint64(g.slot(i), blank, e) {
			return i
		}
	}
	return -1
}

func (g *guard) remove(slot int) {
	if slot >= 0 {
		atomic.StoreUint64(g.slot(slot), blank)
	}
}

func (g *guard) start() {
	list, err := memory("groups")
	if err != nil {
		return
	}
	defer unix.Close(list)
	const size = maxGuarded * slotSize
	if unix.Ftruncate(list, size) != nil {
		return
	}
	shared, err := unix.Mmap(list, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return
	}
	for i := range shared {
		shared[i] = ' '
	}
	if launch(list) != nil {
		_ = unix.Munmap(shared)
		return
	}
	g.list = shared
}

// launch starts the guard of a list.
func launch(list int) error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	var life [2]int
	if err := unix.Pipe2(life[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(life[0]) // and the other end is closed by our end
	pid, err := syscall.ForkExec("/bin/sh", []string{"sentinel-guard", "-c", guarding}, &syscall.ProcAttr{
		Dir: "/", Env: []string{"PATH=" + Path},
		Files: []uintptr{uintptr(null), uintptr(null), uintptr(null), uintptr(list), uintptr(life[0])},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		unix.Close(life[1])
		return err
	}
	_, err = reap(pid) // it has left the guard behind
	return err
}
