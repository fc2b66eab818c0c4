package process

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// sighting is what was found of the processes that a tracker looks for.
type sighting struct {
	settled []int // process ids that count, in order
	fresh   []int // forks too young to be one too many
	doubt   string
}

// judge says whether what was found is what is wanted. Doubt leads to no
// verdict, unless more processes could not change it.
func (c *config) judge(s sighting) sdk.Result {
	least, most, bounded := c.bounds()
	pids := s.settled
	if needed := min(least-len(pids), len(s.fresh)); needed > 0 {
		pids = slices.Concat(pids, s.fresh[:needed])
	}
	found := count(c.Process, pids)
	switch {
	case bounded && len(s.settled) > most && most == 0:
		return sdk.Fail("%s runs (%s), must not", short(c.Process), list(pids))
	case bounded && len(s.settled) > most:
		return sdk.Fail("%s, at most %d wanted", found, most)
	case s.doubt != "" && (bounded || len(pids) < least):
		return sdk.CannotTell("%s; %s", s.doubt, found)
	case len(pids) >= least:
		return sdk.Pass("%s", found)
	case len(pids) == 0 && least == 1:
		return sdk.Fail("%s", found)
	}
	return sdk.Fail("%s, %d wanted", found, least)
}

// count says how many processes there are, and which.
func count(name string, pids []int) string {
	switch len(pids) {
	case 0:
		return "no process " + short(name)
	case 1:
		return fmt.Sprintf("1 process %s (%s)", short(name), list(pids))
	}
	return fmt.Sprintf("%d processes %s (%s)", len(pids), short(name), list(pids))
}

// list names the first three of some processes.
func list(pids []int) string {
	const shown = 3
	if len(pids) == 1 {
		return fmt.Sprintf("pid %d", pids[0])
	}
	var words []string
	for _, pid := range pids[:min(shown, len(pids))] {
		words = append(words, fmt.Sprint(pid))
	}
	text := "pids " + strings.Join(words, ", ")
	if more := len(pids) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// short keeps the reason readable when a command line is not.
func short(name string) string {
	const limit = 60
	if len(name) <= limit {
		return name
	}
	return strings.ToValidUTF8(name[:limit], "") + "..."
}
