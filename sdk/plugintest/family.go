package plugintest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// relative is a process that another one has brought about.
type relative struct {
	identity
	name string
	dead bool // it has ended and was not waited for
}

// identity tells a process from a later one of the same number.
type identity struct {
	pid   int
	start string
}

// relatives are processes, each once.
type relatives map[identity]relative

// family returns the processes that a process has started, with theirs, and those
// of its group.
func family(pid int) relatives {
	children := make(map[int][]relative)
	var of []relative
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if r, parent, group, ok := stat(entry.Name()); ok {
			children[parent] = append(children[parent], r)
			if group == pid && r.pid != pid {
				of = append(of, r)
			}
		}
	}
	all := make(relatives)
	for of = append(of, children[pid]...); len(of) > 0; of = of[1:] {
		if _, twice := all[of[0].identity]; !twice {
			all[of[0].identity] = of[0]
			of = append(of, children[of[0].pid]...)
		}
	}
	return all
}

// stat reads /proc/PID/stat (proc(5)). The name is in parentheses and may hold
// anything.
func stat(directory string) (r relative, parent, group int, ok bool) {
	pid, err := strconv.Atoi(directory)
	if err != nil {
		return r, 0, 0, false
	}
	text, err := os.ReadFile("/proc/" + directory + "/stat")
	from, to := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
	if err != nil || from < 0 || to < from {
		return r, 0, 0, false
	}
	fields := strings.Fields(string(text[to+1:])) // from the third on
	if len(fields) < 20 {
		return r, 0, 0, false
	}
	parent, _ = strconv.Atoi(fields[1])
	group, _ = strconv.Atoi(fields[2])
	r = relative{identity{pid, fields[19]}, string(text[from+1 : to]), fields[0] == "Z"}
	return r, parent, group, true
}

// lives reports whether a process is still there and has not ended.
func (r relative) lives() bool {
	now, _, _, ok := stat(strconv.Itoa(r.pid))
	return ok && now.identity == r.identity && !now.dead
}

// String names the process for people.
func (r relative) String() string {
	if r.dead {
		return fmt.Sprintf("%s (%d, which has ended and was not waited for)", r.name, r.pid)
	}
	return fmt.Sprintf("%s (%d)", r.name, r.pid)
}

// look is how often something is looked at until it is as wanted.
const look = 10 * time.Millisecond

// await calls left until it returns nothing or a time is over, and returns what it
// returned last.
func await(limit time.Duration, left func() []relative) []relative {
	for until := time.Now().Add(limit); ; time.Sleep(look) {
		list := left()
		if len(list) == 0 || time.Now().After(until) {
			return list
		}
	}
}

// except returns those who are not in another family, in the order of their
// numbers.
func (all relatives) except(known relatives) []relative {
	var list []relative
	for id, r := range all {
		if _, is := known[id]; !is {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b relative) int { return a.pid - b.pid })
	return list
}

// names lists processes for people.
func names(list []relative) string {
	var words []string
	for _, r := range list {
		words = append(words, r.String())
	}
	return strings.Join(words, ", ")
}
