package lab

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// explain says in one sentence why namespaces could not be made, and what to do
// about it. root is whether the caller could do without a user namespace; sysctl
// returns the value of a kernel setting, or "" where the kernel does not have it.
func explain(err error, root bool, sysctl func(key string) string) string {
	because := func(reason string) string {
		return fmt.Sprintf("network namespaces cannot be made here: %s (%v)", reason, err)
	}
	denied := errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)
	switch {
	case root && denied:
		return because("this looks like a container that forbids it even to root; start it with --privileged")
	case root:
		return because("unexpected")
	case sysctl("kernel.unprivileged_userns_clone") == "0":
		return because("the kernel keeps user namespaces from ordinary users; run as root, or: sysctl -w kernel.unprivileged_userns_clone=1")
	case sysctl("user.max_user_namespaces") == "0" || errors.Is(err, syscall.ENOSPC):
		return because("the limit of user namespaces is used up; run as root, or: sysctl -w user.max_user_namespaces=10000")
	case sysctl("kernel.apparmor_restrict_unprivileged_userns") == "1":
		return because("AppArmor takes the rights away inside user namespaces; run as root, or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
	case errors.Is(err, syscall.EINVAL):
		return because("the kernel was built without them; run as root, or use a kernel with CONFIG_USER_NS and CONFIG_NET_NS")
	case denied:
		return because("a security policy (seccomp, a container) forbids it to ordinary users; run as root or outside the container")
	}
	return because("unexpected")
}

// readSysctl returns the value of a kernel setting of this namespace, or "".
func readSysctl(key string) string {
	value, err := os.ReadFile(sysctlPath(key))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}

// sysctlPath finds a setting in /proc/sys. A key with slashes is taken as it is,
// for interface names that hold dots.
func sysctlPath(key string) string {
	if !strings.Contains(key, "/") {
		key = strings.ReplaceAll(key, ".", "/")
	}
	return "/proc/sys/" + key
}
