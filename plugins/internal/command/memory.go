package command

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// badness is where the kernel is told whom to take first when memory is short
// (proc_pid_oom_score_adj(5)). Sentinel asks it to take plugins before itself, and
// whatever a plugin starts inherits that. A service must not.
const badness = "/proc/%d/oom_score_adj"

func badnessOf(pid int) (n int, err error) {
	text, err := os.ReadFile(fmt.Sprintf(badness, pid))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func setBadness(n int) error {
	return os.WriteFile(fmt.Sprintf(badness, os.Getpid()), []byte(strconv.Itoa(n)), 0)
}

// asParent makes this process, and what it starts, as good to the kernel as its parent
// is. Where that is not permitted nothing changes.
func asParent() {
	own, err := badnessOf(os.Getpid())
	parents, wrong := badnessOf(os.Getppid())
	if err == nil && wrong == nil && own > parents {
		_ = setBadness(parents)
	}
}

var asParentOnce = sync.OnceFunc(asParent)
