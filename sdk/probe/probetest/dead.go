// Package probetest makes files that cannot be opened.
package probetest

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Dead makes every attempt to open a file wait until mend is called or the test
// is over, as on a network file system whose server is gone. It is a lease, which
// the kernel breaks by itself after 45 seconds.
func Dead(t testing.TB, path string) (mend func()) {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
		if err == nil {
			break
		}
		if err != unix.EAGAIN || time.Since(began) > 15*time.Second { // somebody has it open
			t.Fatalf("make %s wait: %v", path, err)
		}
	}
	mend = sync.OnceFunc(func() {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK) // a process that is being started may have it, too
		unix.Close(fd)
	})
	t.Cleanup(mend)
	return mend
}
