package probe

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// TestRefused: what the kernel does not execute is explained, and the command that is
// offered repairs it.
func TestRefused(t *testing.T) {
	const ends = "#!/bin/sh\nexit 0\n"
	mode := func(path string, mode os.FileMode) string {
		t.Helper()
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	closed, directory := mode(script(t, ends), 0o644), t.TempDir()
	asIs := func(string) string { return "" }
	for name, c := range map[string]struct {
		path, want string // %s is the path
		repair     func(path string) string
	}{
		"missing":                    {"/no/such", "%s: no such file or directory", asIs},
		"not executable":             {mode(script(t, ends), 0o644), "%s is not executable: chmod +x %s", func(path string) string { return "chmod +x " + path }},
		"no program":                 {mode(script(t, "root:x:0:0\n"), 0o644), "%s is not executable", asIs},
		"directory":                  {directory, "%s is a directory", asIs},
		"empty":                      {script(t, ""), "%s is empty", asIs},
		"no first line":              {script(t, "exit 0\n"), "%s: exec format error: the first line of a script names its interpreter, such as #!/bin/sh", asIs},
		"first line without a name":  {script(t, "#!\nexit 0\n"), "%s: exec format error: the first line of a script names its interpreter, such as #!/bin/sh", asIs},
		"Windows":                    {script(t, strings.ReplaceAll(ends, "\n", "\r\n")), `%s: its lines end as in files of Windows, so that its interpreter is "/bin/sh\r", which does not exist: sed -i 's/[[:cntrl:]]$//' %s`, func(path string) string { return `sed -i 's/[[:cntrl:]]$//' ` + path }},
		"byte order mark":            {script(t, "\xef\xbb\xbf"+ends), `%s begins with a byte order mark, which no editor shows, and not with #!: sed -i '1s/^[^#]*#!/#!/' %s`, func(path string) string { return `sed -i '1s/^[^#]*#!/#!/' ` + path }},
		"no interpreter":             {script(t, "#!/usr/bin/pyhton3\n"), "%s: its interpreter /usr/bin/pyhton3, which its first line names, does not exist", asIs},
		"no interpreter's":           {script(t, "#!"+script(t, "#!/no/such\n")+"\n"), "%s: its interpreter /no/such, which its first line names, does not exist", asIs},
		"interpreter not executable": {script(t, "#!"+closed+"\n"), "%s: its interpreter " + closed + " is not executable: chmod +x " + closed, func(string) string { return "chmod +x " + closed }},
		"another machine":            {script(t, "\x7fELF and so on"), "%s: exec format error: it was built for another kind of machine, or is damaged", asIs},
	} {
		t.Run(name, func(t *testing.T) {
			run := func() error {
				_, err := syscall.ForkExec(c.path, []string{c.path}, &syscall.ProcAttr{})
				return err
			}
			err := Refused(c.path, run())
			if want := strings.ReplaceAll(c.want, "%s", c.path); err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
			_, command := repair.Split(err)
			if want := c.repair(c.path); command != want {
				t.Fatalf("%q repairs it, not %q", want, command)
			}
			if command == "" {
				return
			}
			if shown := strconv.Quote(command); shown != `"`+command+`"` {
				t.Errorf("a log shows another command: %s", shown)
			}
			if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v, %s", command, err, output)
			}
			if err := run(); err != nil {
				t.Errorf("after %s: %v", command, err)
			}
		})
	}
}

// TestRefusedLink: what is repaired is the file that a link leads to. The link stays.
func TestRefusedLink(t *testing.T) {
	path, link := script(t, "#!/bin/sh\r\n"), filepath.Join(t.TempDir(), "a link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_, command := repair.Split(Refused(link, unix.ENOENT))
	if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v, %s", command, err, output)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%s: %v, %v", command, info.Mode(), err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "#!/bin/sh\n" {
		t.Errorf("%s: %q, %v", command, text, err)
	}
}

// TestRefusedKept: what is about no file is said as it is.
func TestRefusedKept(t *testing.T) {
	for errno, want := range map[unix.Errno]string{
		unix.EAGAIN:  "/bin/true: resource temporarily unavailable: there are too many processes (ulimit -u, TasksMax, pids.max)",
		unix.ETXTBSY: "/bin/true: text file busy: it is still being written",
		unix.EACCES:  "/bin/true: permission denied", // to a directory on the way, to another user
		unix.ENOMEM:  "/bin/true: cannot allocate memory",
	} {
		if err := Refused("/bin/true", errno); err.Error() != want || !errors.Is(err, errno) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
