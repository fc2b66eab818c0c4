package host

import (
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// guarding is what the guard does: it keeps a list of groups, as kill names them,
// until our end, which ends what it reads, and then kills them.
const guarding = `trap '' HUP INT TERM
all=
while read -r what group; do
	others=
	for g in $all; do [ "$g" = "$group" ] || others="$others $g"; done
	all=$others
	[ "$what" = add ] && all="$all $group"
done
[ -z "$all" ] || kill -s KILL -- $all`

// guard kills the groups of plugins when this process ends, however it does. The
// kernel kills the plugins themselves, and leaves their children. It is a shell, one
// for all plugins, in a group of its own. A machine without a shell has no guard.
type guard struct {
	once sync.Once

	mu      sync.Mutex
	process *os.Process // nil: there is none; guarded by mu
	orders  int         // the pipe that it reads; guarded by mu
}

// guarded is the guard of this process.
var guarded guard

func (g *guard) add(group int)    { g.order("add", group) }
func (g *guard) remove(group int) { g.order("remove", group) }

// order tells the guard about a group. A guard that does not listen would kill
// another's in the end, and is ended.
func (g *guard) order(what string, group int) {
	g.once.Do(g.start)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.process == nil {
		return
	}
	order := fmt.Sprintf("%s -%d\n", what, group)
	if n, err := unix.Write(g.orders, []byte(order)); err != nil || n < len(order) {
		_ = g.process.Kill()
		g.process = nil
	}
}

func (g *guard) start() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	var life [2]int
	if unix.Pipe2(life[:], unix.O_CLOEXEC) != nil {
		return
	}
	theirs := os.NewFile(uintptr(life[0]), "orders")
	defer theirs.Close()
	process, err := os.StartProcess("/bin/sh", []string{"sentinel-guard", "-c", guarding}, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{theirs, null, null}, Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil || unix.SetNonblock(life[1], true) != nil { // it must not keep us waiting
		unix.Close(life[1])
		return
	}
	go func() { _, _ = process.Wait() }()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.process, g.orders = process, life[1]
}
