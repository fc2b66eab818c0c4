package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Command is a program to be run in a node.
type Command struct {
	Path string // looked up in PATH and the directories of system programs
	Args []string
	Env  []string // KEY=value, besides the calling program's environment
	Dir  string   // default: the calling program's working directory
}

// Run runs a program in the node to its end and returns what it printed. It is
// killed when the lab closes.
func (n *Node) Run(path string, args ...string) (string, error) {
	cmd, err := n.lab.command(Command{Path: path, Args: args})
	if err != nil {
		return "", n.wrap("run "+path, err)
	}
	var output []byte
	err = n.Do(func() (err error) {
		output, err = cmd.CombinedOutput()
		return err
	})
	return string(output), n.wrap("run "+path, err)
}

// command prepares a program to be started on a node's thread.
func (l *Lab) command(c Command) (*exec.Cmd, error) {
	path, err := findProgram(c.Path)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(l.ctx, path, c.Args...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Dir = c.Dir
	if cmd.Dir == "" {
		// The thread that starts it is at the root of its own mount namespace.
		cmd.Dir, err = os.Getwd()
	}
	return cmd, err
}

// findProgram looks where ordinary users do not, too.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil || filepath.Base(name) != name {
		return path, err
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/frr"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", err
}
