package host

import (
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// identity is who a plugin runs as.
type identity struct {
	uid, gid uint32
	other    bool // another user than ours
	home     string
}

// lookup finds a user by name or number; the empty name is ours.
func lookup(name string) (id identity, err error) {
	id = identity{uid: uint32(os.Getuid()), gid: uint32(os.Getgid()), home: "/"}
	if name == "" {
		if u, err := user.Current(); err == nil && u.HomeDir != "" {
			id.home = u.HomeDir
		}
		return id, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return id, fmt.Errorf("there is no user %q", name)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return id, fmt.Errorf("user %q: %w", name, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return id, fmt.Errorf("user %q: %w", name, err)
	}
	other := uint32(uid) != id.uid || uint32(gid) != id.gid
	return identity{uid: uint32(uid), gid: uint32(gid), other: other, home: u.HomeDir}, nil
}

// credential is what the kernel is told about it: no other groups.
func (id identity) credential() *syscall.Credential {
	if !id.other {
		return nil
	}
	return &syscall.Credential{Uid: id.uid, Gid: id.gid, Groups: []uint32{}}
}

// environment is all that a plugin finds in its environment: variables, and those of
// ours that are not among them. Of two of a name some programs take the first, and
// others the last.
func (id identity) environment(variables []string) []string {
	all := slices.Clone(variables)
	for _, own := range wire.Environment(id.home) {
		name, _, _ := strings.Cut(own, "=")
		if !slices.ContainsFunc(variables, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			all = append(all, own)
		}
	}
	return all
}
