package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
)

// KeepalivedConfig is where a keepalived finds its configuration, in its node.
const KeepalivedConfig = "/run/keepalived.conf"

// Where it says which processes it is.
const (
	keepalivedPID  = "/run/keepalived.pid"
	keepalivedVRRP = "/run/keepalived_vrrp.pid"
)

// Keepalived starts a real keepalived with a configuration, in the foreground and
// as a VRRP router only. Its log says "Entering MASTER STATE" and the like.
func (n *Node) Keepalived(config string) (*Process, error) {
	if err := n.WriteFile(KeepalivedConfig, config); err != nil {
		return nil, err
	}
	// One that was killed leaves its process numbers behind, and refuses to start
	// while any process has them.
	for _, stale := range []string{keepalivedPID, keepalivedVRRP} {
		if err := os.Remove(n.Path(stale)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, n.wrap("keepalived", err)
		}
	}
	return n.Start(Command{Path: "keepalived", Args: []string{
		"--dont-fork", "--log-console", "--log-detail", "--vrrp",
		"--use-file", KeepalivedConfig, "--pid", keepalivedPID, "--vrrp_pid", keepalivedVRRP,
	}})
}

var versionNumber = regexp.MustCompile(`\d+(\.\d+)+`)

// KeepalivedVersion returns the version of the installed keepalived, such as
// "2.2.7", or an error if there is none.
func KeepalivedVersion() (string, error) { return versionOf("keepalived") }

// versionOf asks a program for its version.
func versionOf(name string) (string, error) {
	path, err := findProgram(name)
	if err != nil {
		return "", err
	}
	text, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("version of %s: %w", name, err)
	}
	if number := versionNumber.Find(text); number != nil {
		return string(number), nil
	}
	return "", fmt.Errorf("version of %s: none in %q", name, text)
}
