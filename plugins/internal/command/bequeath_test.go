package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk/guard"
)

// breakShell makes /bin/sh one that can start nothing, for this thread alone.
func breakShell() error {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return unix.Mount("/bin/false", shell, "", unix.MS_BIND, "")
}

// TestNotBequeathed: without a process that reads what is left behind, as there is none
// to be had, this one does.
func TestNotBequeathed(t *testing.T) {
	guard.Start() // which needs the shell, too
	before := held(t)
	dir := openDir(t)
	shell := filepath.Join(dir, "sh")
	must(t, exec.Command("cp", "/bin/sh", shell).Run())
	line := "cd " + dir + "; (until [ -e enough ]; do sleep 0.01; done; echo; echo $? > wrote) & echo started"
	broken, result := make(chan error, 1), make(chan Result, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is not as others any more
		if err := breakShell(); err != nil {
			broken <- err
			return
		}
		result <- Run(t.Context(), Spec{Lasting: true, Args: []string{shell, "-c", line}})
	}()
	select {
	case err := <-broken:
		netnstest.NotRun(t, err.Error())
	case r := <-result:
		if r.String() != "exit 0: started" {
			t.Error(r)
		}
	}
	must(t, os.WriteFile(dir+"/enough", nil, 0o644))
	if status := number(t, dir+"/wrote"); status != 0 {
		t.Errorf("it could not write: %d", status)
	}
	before.again(t)
}
