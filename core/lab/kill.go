package lab

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

// deathTimeout bounds the wait for killed processes to be gone.
const (
	deathTimeout  = 5 * time.Second
	deathInterval = time.Millisecond
)

// Kill ends everything that runs in the node at once, as kill -9 would, and
// waits until it is gone. The node's addresses, those of a virtual router
// included, stay; see [Node.Unplug] and [Node.Cut] for the death of a machine.
func (n *Node) Kill() error {
	n.setFrozen(false)
	if err := n.signalAll(syscall.SIGKILL); err != nil {
		return n.wrap("kill", err)
	}
	gone, err := n.lab.poll(deathTimeout, deathInterval, func() (bool, error) { return len(n.members()) == 0, nil })
	if err == nil && !gone {
		err = fmt.Errorf("processes %v are still there after %v", n.members(), deathTimeout)
	}
	if err != nil {
		return n.wrap("kill", err)
	}
	for _, p := range n.Processes() {
		<-p.exited
	}
	return nil
}

// Freeze stops everything in the node from running, until Thaw. Its kernel goes
// on answering for its addresses.
func (n *Node) Freeze() error {
	n.setFrozen(true)
	return n.wrap("freeze", n.signalAll(syscall.SIGSTOP))
}

// Thaw lets everything in the node go on.
func (n *Node) Thaw() error {
	n.setFrozen(false)
	for _, p := range n.Processes() {
		p.frozen.Store(false)
	}
	return n.wrap("thaw", n.signalAll(syscall.SIGCONT))
}

func (n *Node) setFrozen(frozen bool) {
	n.lab.mu.Lock()
	defer n.lab.mu.Unlock()
	n.frozen = frozen
}

// signalAll signals every process in the node: first the groups that were
// started, in one go each, then whatever else it finds until there is no more.
func (n *Node) signalAll(s syscall.Signal) error {
	for _, p := range n.Processes() {
		if p.Running() {
			if err := p.signalGroup(s); err != nil {
				return err
			}
		}
	}
	signalled := make(map[int]bool)
	for fresh := true; fresh; {
		fresh = false
		for _, pid := range n.members() {
			if signalled[pid] {
				continue
			}
			signalled[pid], fresh = true, true
			if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
				return err
			}
		}
	}
	return nil
}

// members returns the processes that are in the node's network namespace, whoever
// started them.
func (n *Node) members() []int {
	var home os.FileInfo
	err := n.namespace.use(func(*netlink.Handle) (err error) {
		home, err = n.namespace.net.Stat()
		return err
	})
	if err != nil {
		return nil // with the lab closed, there is nobody left
	}
	var members []int
	for _, p := range processes() {
		if p.pid == os.Getpid() {
			continue // our threads visit the node
		}
		if there, err := os.Stat("/proc/" + strconv.Itoa(p.pid) + "/ns/net"); err == nil && os.SameFile(home, there) {
			members = append(members, p.pid)
		}
	}
	return members
}
