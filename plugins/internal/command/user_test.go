package command

import (
	"os"
	"os/user"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// TestUser: a program is run with a user's rights and all of his groups.
func TestUser(t *testing.T) {
	if os.Geteuid() != 0 {
		netnstest.NotRun(t, "only root can become another user")
	}
	nobody, err := user.LookupId("65534")
	must(t, err)
	groups, err := nobody.GroupIds()
	must(t, err)
	secret := program(t, "secret")
	must(t, os.Chmod(secret, 0o600))
	line := "id -u; id -g; id -G; cat " + secret + " || echo closed; echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin"
	want := "65534\n" + nobody.Gid + "\n" + strings.Join(groups, " ") + "\ncat: " + secret + ": Permission denied\nclosed\nout\nerr\nin"
	for _, name := range []string{nobody.Username, "65534"} {
		r := run(t, t.Context(), Spec{Args: Args([]string{line}, true), User: name, Stdin: []byte("in")})
		if diff := cmp.Diff(want, r.Output); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	closed := program(t, "#!/bin/sh\n")
	must(t, os.Chmod(closed, 0o700))
	r := run(t, t.Context(), Spec{Args: []string{closed}, User: nobody.Username})
	if want := "cannot be executed: " + closed + " as user nobody: permission denied"; r.String() != want {
		t.Errorf("%q, want %q", r, want)
	}
	r = run(t, t.Context(), Spec{Args: []string{"/usr/bin/id", "-u"}, User: "root"})
	if r.String() != "exit 0: 0" {
		t.Errorf("root: %v", r)
	}
}

// TestNotRoot: whoever is not root can name himself and nobody else.
func TestNotRoot(t *testing.T) {
	if !again(t) {
		return
	}
	me, err := user.Current()
	must(t, err)
	for _, name := range []string{"", me.Username, me.Uid} {
		if r := run(t, t.Context(), Spec{Args: []string{"/usr/bin/id", "-u"}, User: name}); r.String() != "exit 0: "+me.Uid {
			t.Errorf("%q: %v", name, r)
		}
	}
	r := run(t, t.Context(), Spec{Args: []string{"/bin/true"}, User: "root"})
	if want := "cannot be executed: cannot become user root: operation not permitted"; r.String() != want {
		t.Errorf("%q, want %q", r, want)
	}
}
