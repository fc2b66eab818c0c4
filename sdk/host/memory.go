package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// expendable is how much more readily than an ordinary process the kernel takes a
// plugin when memory is short (proc_pid_oom_score_adj(5)).
const expendable = 500

// sacrifice has the kernel take a process before anything of ours. We may be as bad
// ourselves, in a container that has asked for no memory; then it is as we are.
func sacrifice(pid int) {
	name := fmt.Sprintf("/proc/%d/oom_score_adj", pid)
	text, err := os.ReadFile(name)
	if err != nil {
		return
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n < expendable {
		_ = os.WriteFile(name, []byte(strconv.Itoa(expendable)), 0)
	}
}
