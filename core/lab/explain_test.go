package lab

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		err     error
		root    bool
		sysctls map[string]string
		want    string
	}{
		{"Debian's switch", syscall.EPERM, false, map[string]string{"kernel.unprivileged_userns_clone": "0"}, "sysctl -w kernel.unprivileged_userns_clone=1"},
		{"no namespaces allowed", syscall.ENOSPC, false, map[string]string{"user.max_user_namespaces": "0"}, "sysctl -w user.max_user_namespaces=10000"},
		{"too many namespaces", syscall.ENOSPC, false, map[string]string{"user.max_user_namespaces": "5"}, "sysctl -w user.max_user_namespaces=10000"},
		{
			"Ubuntu's AppArmor", &setupError{stepPrivate, syscall.EACCES}, false,
			map[string]string{"kernel.unprivileged_userns_clone": "1", "kernel.apparmor_restrict_unprivileged_userns": "1"},
			"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
		},
		{"seccomp", syscall.EPERM, false, nil, "security policy"},
		{"old kernel", syscall.EINVAL, false, nil, "CONFIG_USER_NS"},
		{"container, as root", syscall.EPERM, true, nil, "--privileged"},
		{"no memory", syscall.ENOMEM, true, nil, "cannot allocate memory"},
	} {
		got := explain(fmt.Errorf("start: %w", tt.err), tt.root, func(key string) string { return tt.sysctls[key] })
		if !strings.Contains(got, tt.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q does not contain %q", tt.name, got, tt.want)
		}
	}
}
