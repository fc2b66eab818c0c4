package orphan_test

import (
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/orphan"
)

// TestStart: what is left behind goes on by itself, with our files, and in a session
// that is not ours.
func TestStart(t *testing.T) {
	var gate, said [2]int
	for _, pipe := range []*[2]int{&gate, &said} {
		if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	const script = `(read end <&3; echo $0 $PWD $PATH; cut -d" " -f6 /proc/self/stat) >&4 &`
	if err := orphan.Start("sentinel-orphan", script, gate[0], said[1]); err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("it is a child: %d, %v", n, err)
	}
	unix.Close(said[1])
	unix.Close(gate[0])
	unix.Close(gate[1]) // it has waited for this
	output := os.NewFile(uintptr(said[0]), "output")
	defer output.Close()
	text, err := io.ReadAll(output)
	words := strings.Fields(string(text))
	if err != nil || len(words) != 4 || strings.Join(words[:3], " ") != "sentinel-orphan / /usr/bin:/bin" {
		t.Fatalf("%q, %v", text, err)
	}
	if ours, _ := unix.Getsid(0); words[3] == strconv.Itoa(ours) {
		t.Errorf("it is in session %d, which is ours", ours)
	}
}
