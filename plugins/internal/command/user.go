package command

import (
	"os"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// remembered is how long a user that was found is not looked up again. Reading
// the user database takes as long as running a short program.
const remembered = time.Minute

// users remembers whom it looked up.
type users struct {
	mu    sync.Mutex // guards known
	known map[string]known
}

type known struct {
	credential *syscall.Credential
	at         time.Time
}

// all are the users of the whole process.
var all = users{known: map[string]known{}}

// credential returns what makes a process a user's. It is nil if nothing needs to
// be done, as we are that user.
func (u *users) credential(name string) (*syscall.Credential, error) {
	if name == "" {
		return nil, nil
	}
	u.mu.Lock()
	k, ok := u.known[name]
	u.mu.Unlock()
	if ok && time.Since(k.at) < remembered {
		return k.credential, nil
	}
	credential, err := lookup(name)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known[name] = known{credential, time.Now()}
	return credential, nil
}

func lookup(name string) (*syscall.Credential, error) {
	entry, err := user.Lookup(name)
	if _, numeric := strconv.ParseUint(name, 10, 32); err != nil && numeric == nil {
		entry, err = user.LookupId(name)
	}
	if err != nil {
		return nil, err
	}
	uid, err := id(entry.Uid)
	if err != nil || int(uid) == os.Geteuid() {
		return nil, err
	}
	gid, err := id(entry.Gid)
	if err != nil {
		return nil, err
	}
	list, err := entry.GroupIds()
	if err != nil {
		return nil, err
	}
	credential := &syscall.Credential{Uid: uid, Gid: gid}
	for _, text := range list {
		group, err := id(text)
		if err != nil {
			return nil, err
		}
		credential.Groups = append(credential.Groups, group)
	}
	return credential, nil
}

func id(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err
}
