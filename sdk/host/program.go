package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk/probe"
	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// Program is what a plugin's process executes. Make it with [Open] or [Self]. It
// may be launched any number of times, and is to be closed after the last.
type Program struct {
	path string
	args []string
	file *os.File // nil for ourselves
	info os.FileInfo
	sum  string
	bang bool // a script, which its interpreter opens by name
}

// Self returns the program that runs now, with arguments. It stays the same one
// when its file is replaced.
func Self(args ...string) *Program { return &Program{path: "/proc/self/exe", args: args} }

// shown is what the process is called where its arguments are listed.
func (p *Program) shown() string {
	if p.file == nil {
		if name, err := os.Executable(); err == nil {
			return strings.TrimSuffix(name, " (deleted)")
		}
	}
	return p.path
}

// Open opens an executable. If sum is not empty, it must be the SHA-256 of the
// file in hexadecimal. What is launched is the file that was opened, whatever
// becomes of its name meanwhile; only a script (#!) is opened by its interpreter
// once more.
func Open(path, sum string) (*Program, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p := &Program{path: path, file: file}
	if err := p.inspect(sum); err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

func (p *Program) inspect(sum string) (err error) {
	if p.info, err = p.file.Stat(); err != nil {
		return err
	}
	switch {
	case !p.info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", p.path)
	case p.info.Mode().Perm()&0o111 == 0:
		return &repair.Error{Problem: p.path + " is not executable", Command: []string{"chmod", "+x", p.path}}
	}
	var start [2]byte
	n, _ := p.file.ReadAt(start[:], 0)
	p.bang = bytes.Equal(start[:n], []byte("#!"))
	if sum == "" {
		return nil
	}
	have, err := p.Sum()
	if err == nil && !strings.EqualFold(have, sum) {
		err = fmt.Errorf("%s has SHA-256 %s, and must have %s: it is not the file that was pinned", p.path, have, strings.ToLower(sum))
	}
	p.sum = strings.ToLower(sum)
	return err
}

// Sum returns the SHA-256 of the opened file in hexadecimal.
func (p *Program) Sum() (string, error) {
	if p.file == nil {
		return "", fmt.Errorf("%s has no sum", p.path)
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(p.file, 0, p.info.Size()+1)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Path returns the name of the file.
func (p *Program) Path() string { return p.path }

// Changed reports whether another file has the name now, or the opened one was
// written to.
func (p *Program) Changed() bool {
	return p.file != nil && !IsStill(p.path, p.info)
}

// IsStill reports whether a name belongs to the same file as before, which nobody has
// written to since. before may be nil, when it was nobody's.
func IsStill(path string, before os.FileInfo) bool {
	now, err := os.Stat(path)
	return err == nil && before != nil && os.SameFile(now, before) && now.Size() == before.Size() && now.ModTime().Equal(before.ModTime())
}

// Close closes the file. Processes that run it go on.
func (p *Program) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// command returns what to execute, and its arguments.
func (p *Program) command() (path string, args []string, err error) {
	args = append([]string{p.shown()}, p.args...)
	if p.sum != "" && p.Changed() { // once more, for who is written to in place
		have, err := p.Sum()
		if err != nil {
			return "", nil, err
		}
		if have != p.sum || p.bang {
			return "", nil, fmt.Errorf("%s has changed since it was checked against its pin", p.path)
		}
	}
	return p.executable(), args, nil
}

// executable is the name that execve gets.
func (p *Program) executable() string {
	if p.file == nil || p.bang {
		return p.path
	}
	// The child finds the descriptor under the same number until it executes.
	return fmt.Sprintf("/proc/self/fd/%d", p.file.Fd())
}

// probe returns an error if the file system of the program, or of its interpreter,
// does not answer: to start the process would stop us all.
func (p *Program) probe(ctx context.Context) error {
	return probe.Program(ctx, p.executable(), p.shown())
}

// IsScript reports whether the file begins with #!: then its interpreter opens it
// by its name, and it may be another one than was opened here.
func (p *Program) IsScript() bool { return p.bang }
