package pluginhost

import (
	"reflect"
	"time"
)

// Spec is a plugin to run. Either Path or Args is set.
type Spec struct {
	// Name is unique among those that run at the same time, and for people: "mysql",
	// or "script/nginx" for a process of its own.
	Name string
	// Path is an executable file. It, and every directory above it, must belong to
	// root or to us and must not be writable by others; see [Verify].
	Path string
	// Unverified says that whoever tries the file knows who can change it.
	Unverified bool
	// Args make this program itself the plugin, with these arguments.
	Args []string
	// SHA256 is what the file must have, in hexadecimal. Empty: anything.
	SHA256 string
	// User is who it runs as, by name or number. Empty: who we are.
	User string
	// Environment is added to PATH, HOME and LANG, which is all there is otherwise.
	Environment []string
	// StartTimeout is how long it may take until it has described itself. 0: 5 s.
	StartTimeout time.Duration
}

func (s Spec) equal(other Spec) bool { return reflect.DeepEqual(s, other) }
