// Package guard kills process groups when this process ends, however it does. The
// kernel kills a child with its parent, if it is asked to (PR_SET_PDEATHSIG(2const)),
// and leaves the child's children; kill -9 leaves us no time.
//
// The guard is a shell, of which there is one for all groups of this process, and
// with which we share a list. It is nobody's child, ends with us, and is not in our
// group, which may be killed as a whole. A machine without a shell has no guard.
//
// What puts itself into a session of its own is out of reach, and so are the
// children that a program already has when [Add] has not yet listed its group.
package guard

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/orphan"
)

const (
	// maxGuarded is how many groups are guarded at the same time.
	maxGuarded = 256
	// slotSize is that of an entry: a group as kill names it, which fits in eight
	// bytes and is stored at once, and blanks.
	slotSize = 16
)

// guarding is what the guard does: it waits for our end, which closes the pipe
// that it reads, and kills what is in the list.
const guarding = `(read end <&4; kill -s KILL -- $(cat <&3)) &`

// guard is our side of one.
type guard struct {
	once sync.Once
	list []byte // shared with the guard; nil without one
}

// guarded is the guard of this process.
var guarded guard

// Start starts the guard, unless it runs. It is to be called before the first
// process is started that is to be guarded: to start it takes longer than that.
func Start() { guarded.once.Do(guarded.start) }

// Add lists a group by its number, and returns where, for [Remove]; it is not
// guarded if there are too many.
func Add(group int) (slot int) {
	Start()
	return guarded.add(group)
}

// Remove takes a group from the list. It must be called before its number can be
// another's: before its leader is waited for.
func Remove(slot int) { guarded.remove(slot) }

// blank is an entry without a group.
var blank = entry("        ")

func entry(text string) uint64 { return binary.NativeEndian.Uint64([]byte(text)) }

func (g *guard) slot(i int) *uint64 { return (*uint64)(unsafe.Pointer(&g.list[i*slotSize])) }

func (g *guard) add(group int) (slot int) {
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
	list, err := unix.MemfdCreate("groups", unix.MFD_CLOEXEC)
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
	var life [2]int
	if err := unix.Pipe2(life[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	defer unix.Close(life[0]) // and the other end is closed by our end
	err := orphan.Start("sentinel-guard", guarding, list, life[0])
	if err != nil {
		unix.Close(life[1])
	}
	return err
}
