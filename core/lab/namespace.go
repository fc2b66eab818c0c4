package lab

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/mdlayher/socket"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// namespace is a network, mount and host-name namespace that exists as long as
// its descriptors are open or a process is in it.
type namespace struct {
	net, mount, uts *os.File
	// link is a netlink socket of the network namespace, for any goroutine.
	link *netlink.Handle

	inUse  sync.RWMutex // held for writing to close what is above
	closed bool
}

// newNamespace makes a namespace with its loopback interface up and runs setUp
// in it.
func newNamespace(name string, setUp func() error) (*namespace, error) {
	ns := &namespace{}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWUTS); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		if err := unix.Sethostname([]byte(name)); err != nil {
			return fmt.Errorf("set the host name: %w", err)
		}
		if err := ns.open(); err != nil {
			return err
		}
		if err := loopbackUp(ns.link); err != nil {
			return fmt.Errorf("bring lo up: %w", err)
		}
		return setUp()
	})
	if err != nil {
		ns.close()
		return nil, err
	}
	return ns, nil
}

// open takes hold of the namespaces of the calling thread.
func (ns *namespace) open() (err error) {
	if ns.net, err = os.Open("/proc/thread-self/ns/net"); err != nil {
		return err
	}
	if ns.mount, err = os.Open("/proc/thread-self/ns/mnt"); err != nil {
		return err
	}
	if ns.uts, err = os.Open("/proc/thread-self/ns/uts"); err != nil {
		return err
	}
	ns.link, err = netlink.NewHandle(unix.NETLINK_ROUTE)
	return err
}

// close closes the namespace when nobody uses it any more.
func (ns *namespace) close() {
	ns.inUse.Lock()
	defer ns.inUse.Unlock()
	ns.closed = true
	for _, f := range []*os.File{ns.net, ns.mount, ns.uts} {
		f.Close() // a nil file only answers with an error
	}
	if ns.link != nil {
		ns.link.Close()
	}
}

// use runs f, which must not take long, while the namespace is open.
func (ns *namespace) use(f func(h *netlink.Handle) error) error {
	ns.inUse.RLock()
	defer ns.inUse.RUnlock()
	if ns.closed {
		return ErrClosed
	}
	return f(ns.link)
}

// do runs f on a thread inside the namespace.
func (ns *namespace) do(f func() error) error {
	return onThread(func() error {
		if err := ns.use(func(*netlink.Handle) error { return ns.enter() }); err != nil {
			return err
		}
		return f()
	})
}

// enter moves the calling thread into the namespace.
func (ns *namespace) enter() error {
	// A thread that shares its root and working directory with others may not
	// change its mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare the working directory: %w", err)
	}
	for _, part := range []struct {
		file *os.File
		kind int
	}{{ns.net, unix.CLONE_NEWNET}, {ns.mount, unix.CLONE_NEWNS}, {ns.uts, unix.CLONE_NEWUTS}} {
		if err := unix.Setns(int(part.file.Fd()), part.kind); err != nil {
			return fmt.Errorf("enter the namespace: %w", err)
		}
	}
	return nil
}

// socket makes a socket in the namespace.
func (ns *namespace) socket(domain, kind, protocol int) (conn *socket.Conn, err error) {
	err = ns.use(func(*netlink.Handle) error {
		conn, err = socket.Socket(domain, kind, protocol, "lab", &socket.Config{NetNS: int(ns.net.Fd())})
		return err
	})
	return conn, err
}

// errUnfinished is what a function has returned that did not return.
var errUnfinished = errors.New("the function ended its goroutine")

// onThread runs f on a thread of its own, which ends afterwards and takes its
// namespaces with it.
func onThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // not unlocked: no other goroutine may inherit the thread
		err := errUnfinished
		defer func() { result <- err }()
		if unix.Gettid() == unix.Getpid() {
			// The main thread cannot end, and /proc shows its namespaces as those of
			// the process. Keep it busy while another one does the work.
			err = onThread(f)
			runtime.UnlockOSThread()
			return
		}
		err = f()
	}()
	return <-result
}
