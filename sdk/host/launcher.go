package host

import (
	"os"
	"runtime"
	"sync"
)

// launcher starts processes. The kernel sends the signal that a process wants at
// its parent's death (PR_SET_PDEATHSIG) when the *thread* that started it ends,
// and Go ends threads. So there is one that never does.
var launcher struct {
	once sync.Once
	jobs chan func()
}

// launch starts a process from the launcher's thread, unless isKilled reports, when
// its turn has come, that nobody wants it any more.
func launch(path string, args []string, attributes *os.ProcAttr, isKilled func() bool) (process *os.Process, err error) {
	launcher.once.Do(func() {
		launcher.jobs = make(chan func())
		go func() {
			runtime.LockOSThread()
			for job := range launcher.jobs {
				job()
			}
		}()
	})
	done := make(chan struct{})
	launcher.jobs <- func() {
		defer close(done)
		if isKilled() { // others may have kept the kernel for long
			err = errStoppedBefore
			return
		}
		process, err = os.StartProcess(path, args, attributes)
	}
	<-done
	return process, err
}
