package agent

import (
	"fmt"
	"time"

	"github.com/sentinel-ha/sentinel/core/notify"
)

// hookTroubles says which hooks of an instance, and of its group, are busy or have
// failed. An address without what a hook was to start is of no use to anybody.
func hookTroubles(queues []notify.QueueStatus, instance string, group *string) []string {
	lines := []string{}
	for _, q := range queues {
		ours := q.Subject == notify.Subject{Name: instance} ||
			group != nil && q.Subject == notify.Subject{Group: true, Name: *group}
		if line := hookTrouble(&q, time.Now()); ours && line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// hookTrouble says what is not well with a hook, nothing if all is.
func hookTrouble(q *notify.QueueStatus, now time.Time) string {
	line := q.Block + " of " + q.Subject.String()
	switch {
	case q.State == "idle" && q.LastError == "":
		return ""
	case q.State == "idle":
		return fmt.Sprintf("%s failed %v ago, and is not tried again until there is something new: %s", line, age(now.Sub(*q.LastErrorAt)), q.LastError)
	case q.State == "retrying":
		line += fmt.Sprintf(" has not been told %s, and is tried again in %v", news(q), age(max(0, q.Next.Sub(now))))
	default:
		line += fmt.Sprintf(" has been running for %v, told %s", age(now.Sub(*q.Since)), news(q))
	}
	if q.State == "overdue" {
		line += ", and does not end in time"
	}
	if q.Pending > 0 {
		line += fmt.Sprintf("; %d more wait", q.Pending)
	}
	if q.LastError != "" {
		line += "; it failed: " + q.LastError
	}
	return line
}

// news is what a hook is told: the state, or the kind of an event about another thing.
func news(q *notify.QueueStatus) string {
	if q.Event.Kind.IsState() {
		return q.Event.To
	}
	return string(q.Event.Kind)
}
