// Package ownership finds out who else than root and we could change what a path
// leads to: a program that is run with our rights must be ours, or somebody else has
// them.
//
// It changes nothing, and does not say whether a program should be run, or can be.
package ownership

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/sentinel-ha/sentinel/sdk/repair"
)

// Verify says who else than root and we could make an absolute path lead to something
// else: the file, and every directory above it, must belong to one of the two and must
// not be writable by others. So must every link on the way, and what it leads through.
// A directory that everybody may write to, but where nobody may replace what is not
// theirs (sticky, as /tmp), passes. Then nobody else can make another file of the path
// either, until root or we let them.
//
// It returns the file itself, which is no link. What others could change is a
// [repair.Error] that names it and the command that repairs it; another error is why
// the way cannot be gone to its end. The file system must answer.
func Verify(path string) (target string, err error) {
	if !filepath.IsAbs(path) {
		return "", fmt.Errorf("%s is not an absolute path", path)
	}
	return verifyWay(path, trustedOwners())
}

// mostLinks is how many links a path may lead through, as in the kernel.
const mostLinks = 40

// verifyWay goes along a path from the root, as the kernel does, and verifies all
// that it comes by: directories, links, and where these lead. It returns the file
// at the end. What comes next is looked at when nobody else can replace it any more.
func verifyWay(path string, trusted owners) (target string, err error) {
	target = "/"
	ahead := append([]string{"/"}, strings.Split(path, "/")...)
	for links := 0; len(ahead) > 0; {
		next := filepath.Join(target, ahead[0]) // there are no links in target, so that .. is the directory above
		ahead = ahead[1:]
		info, err := os.Lstat(next)
		switch {
		case err != nil && links > 0:
			return "", fmt.Errorf("%s leads nowhere, through a link: %w", path, err)
		case err != nil:
			return "", err
		}
		if err := verifyOne(next, info, trusted); err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			target = next
			continue
		}
		if links++; links > mostLinks {
			return "", fmt.Errorf("%s leads through more than %d links", path, mostLinks)
		}
		to, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(to) {
			target = "/"
		}
		ahead = append(strings.Split(to, "/"), ahead...)
	}
	return target, nil
}

// verifyOne verifies one component of a path. The mode of a link means nothing,
// and whoever owns what is in a sticky directory is verified with that.
func verifyOne(path string, info fs.FileInfo, trusted owners) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s has no owner", path)
	}
	mode := info.Mode()
	if !trusted.have(stat.Uid) {
		command := []string{"chown", trusted.name()}
		if mode&fs.ModeSymlink != 0 {
			command = []string{"chown", "-h", trusted.name()}
		}
		return refusal(path, fmt.Sprintf("belongs to user %d, who could replace it", stat.Uid), command...)
	}
	if mode&fs.ModeSymlink != 0 || mode.IsDir() && mode&fs.ModeSticky != 0 {
		return nil
	}
	if mode.Perm()&0o002 != 0 {
		return refusal(path, "is writable by everybody", "chmod", "go-w")
	}
	if mode.Perm()&0o020 != 0 && stat.Gid != 0 && stat.Gid != uint32(os.Getgid()) {
		return refusal(path, fmt.Sprintf("is writable by group %d", stat.Gid), "chmod", "g-w")
	}
	return nil
}

// refusal says what is wrong with a path, and the command that repairs it, which the
// path is the last word of.
func refusal(path, wrong string, command ...string) error {
	return &repair.Error{Problem: path + " " + wrong, Command: append(command, path)}
}

// owners are the users who are trusted.
type owners struct{ list []uint32 }

func (o owners) have(uid uint32) bool {
	for _, trusted := range o.list {
		if uid == trusted {
			return true
		}
	}
	return false
}

// name is who should own what does not belong to one of them.
func (o owners) name() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return strconv.Itoa(os.Getuid())
}

// trustedOwners are root and we and, in a user namespace that the machine's root
// is not part of, the number that stands for everybody outside: the files of root
// have that one there.
func trustedOwners() owners {
	o := owners{[]uint32{0, uint32(os.Getuid())}}
	mapping, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || mapsRoot(string(mapping)) {
		return o
	}
	if text, err := os.ReadFile("/proc/sys/kernel/overflowuid"); err == nil {
		if uid, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32); err == nil {
			o.list = append(o.list, uint32(uid))
		}
	}
	return o
}

// mapsRoot reports whether a map of users (user_namespaces(7)) has the outer root.
func mapsRoot(mapping string) bool {
	for line := range strings.Lines(mapping) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[1] == "0" && fields[2] != "0" {
			return true
		}
	}
	return false
}
