package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// Explain implements [api.Source].
func (a *agent) Explain(ctx context.Context, name string) (api.Explanation, error) {
	s, err := a.query(ctx)
	if err != nil {
		return api.Explanation{}, err
	}
	i := slices.IndexFunc(s.Routers, func(r engine.RouterStatus) bool { return r.Config.Name == name })
	if i < 0 {
		return api.Explanation{}, fmt.Errorf("%w instance %q: there are %s", api.ErrUnknown, name, routerNames(s.Routers))
	}
	r, w := &s.Routers[i], wallOf(s.Now)
	subjects := []string{name}
	for _, c := range r.Priority.Contributions {
		subjects = append(subjects, c.Source)
	}
	group := groupOf(name, s.Groups)
	e := api.Explanation{
		Schema: api.ExplanationSchema, Node: a.node, Instance: w.instance(r, s.Groups),
		Summary: fmt.Sprintf("%s has been %s for %v: %s", name, inState(r.State), age(s.Now.Sub(r.Since)), because(r)),
		History: lately(a.events.history.of(subjects...), r, w), Arithmetic: arithmetic(r), Outlook: outlook(r, s.Now, measuring(s.Trackers), group),
		Hooks: hookTroubles(a.hooks.Status().Queues, name, group),
	}
	e.Outlook = append(e.Outlook, trackersOutlook(r, s.Trackers, s.Now)...)
	return e, nil
}

// measuring returns the names of the trackers whose verdict is a number.
func measuring(list []engine.TrackerStatus) (names []string) {
	for _, t := range list {
		if t.Rules.Measures {
			names = append(names, t.Rules.Name)
		}
	}
	return names
}

// inState words a state as something one can be for a while.
func inState(s vrrp.State) string {
	switch s {
	case vrrp.Active, vrrp.Stopped:
		return s.String()
	case vrrp.Initialize:
		return "initializing"
	}
	return "in " + s.String()
}

// lately adds to what happened the last word of the router that serves, which is
// no event.
func lately(list []api.Happening, r *engine.RouterStatus, w wall) []api.Happening {
	if heard := r.LastHeard; r.State != vrrp.Active && heard.Source.IsValid() {
		list = append(list, api.Happening{
			At: w.time(heard.At), Text: fmt.Sprintf("last word of %v: priority %d", heard.Source, heard.Priority),
		})
	}
	slices.SortStableFunc(list, func(a, b api.Happening) int { return a.At.Compare(b.At) })
	return list
}

func routerNames(list []engine.RouterStatus) string {
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = r.Config.Name
	}
	return strings.Join(names, ", ")
}

// age rounds a duration to what people care about.
func age(d time.Duration) time.Duration {
	if d < time.Minute {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// arithmetic tells how the effective priority comes about, a line for each step.
func arithmetic(r *engine.RouterStatus) []string {
	p := &r.Priority
	lines := []string{fmt.Sprintf("%4d  base priority", p.Base)}
	for _, c := range p.Contributions {
		lines = append(lines, fmt.Sprintf("%+4d  %s: %s", c.Value, c.Source, contribution(&c)))
	}
	switch {
	case p.Base == priority.Owner && len(p.Contributions) > 0:
		lines = append(lines, fmt.Sprintf("%4d  effective: an address owner's priority has no weights", p.Effective))
	case p.Clamped:
		lines = append(lines, fmt.Sprintf("%4d  effective: the sum %d is out of %d..%d", p.Effective, p.Sum(), priority.Lowest, priority.Highest))
	default:
		lines = append(lines, fmt.Sprintf("%4d  effective", p.Effective))
	}
	return lines
}

// contribution says why a tracker contributes what it does, and what it would
// otherwise.
func contribution(c *priority.Contribution) string {
	why := c.Verdict.String()
	if c.Reason != "" {
		why += ", " + c.Reason
	}
	switch {
	case c.Fault:
		return why + ": a fault"
	case c.Waiting:
		return why + ": waited for"
	case c.Weight == 0:
		return fmt.Sprintf("%s (weight 0: %v would be a fault)", why, opposite(c.Verdict))
	}
	return fmt.Sprintf("%s (weight %d)", why, c.Weight)
}

// opposite returns the verdict that is a fault where this one is none: with reverse
// = true it is not unhealthy.
func opposite(v priority.Verdict) priority.Verdict {
	if v == priority.Unhealthy {
		return priority.Healthy
	}
	return priority.Unhealthy
}

// outlook says what would have to happen for the router to become active, or
// what would end that.
func outlook(r *engine.RouterStatus, now time.Time, numbers []string, group *string) []string {
	switch r.State {
	case vrrp.Active:
		return activeOutlook(r, numbers, group)
	case vrrp.Fault:
		lines := []string{"It can become active when every fault is over, and returns through backup:"}
		for _, f := range r.Faults {
			lines = append(lines, fmt.Sprintf("  %s must end: %s", f.Source, f.Reason))
		}
		return lines
	case vrrp.Initialize:
		return startOutlook(r, now)
	case vrrp.Backup:
		return backupOutlook(r, now, numbers)
	}
	return []string{"It takes part in nothing any more."}
}

func activeOutlook(r *engine.RouterStatus, numbers []string, group *string) []string {
	lines := []string{fmt.Sprintf("It stays active until it hears a priority above %d, or %d from an address above %v, or has a fault.",
		r.Priority.Effective, r.Priority.Effective, r.Source)}
	if r.Priority.Effective == priority.Owner {
		lines[0] = fmt.Sprintf("It stays active until it has a fault, or hears another owner (255) from an address above %v.", r.Source)
	}
	if group != nil {
		lines = append(lines, fmt.Sprintf("Or until another member of the sync group %s is not active.", *group))
	}
	for _, c := range r.Priority.Contributions {
		switch {
		case r.Priority.Base == priority.Owner && c.Weight != 0:
		case c.Weight == 0:
			lines = append(lines, fmt.Sprintf("  %s %v would be a fault", c.Source, opposite(c.Verdict)))
		case slices.Contains(numbers, c.Source) && c.Value <= 0: // it can only gain without
		case slices.Contains(numbers, c.Source):
			lines = append(lines, fmt.Sprintf("  without the %+d of %s its priority would be %d", c.Value, c.Source, without(&r.Priority, &c, 0)))
		case c.Value != min(0, c.Weight) && !c.Fault:
			lines = append(lines, fmt.Sprintf("  without the good word of %s its priority would be %d", c.Source, without(&r.Priority, &c, min(0, c.Weight))))
		}
	}
	return lines
}

// without returns the effective priority if a contribution came to another
// value.
func without(p *priority.Priority, c *priority.Contribution, value int) uint8 {
	changed := slices.Clone(p.Contributions)
	for i := range changed {
		if changed[i].Source == c.Source {
			changed[i].Value = value
		}
	}
	return priority.Compose(p.Base, changed).Effective
}

func startOutlook(r *engine.RouterStatus, now time.Time) []string {
	var lines []string
	for _, c := range r.Priority.Contributions {
		if c.Waiting {
			lines = append(lines, fmt.Sprintf("It waits for the first verdict of %s.", c.Source))
		}
	}
	if !r.WaitEnds.IsZero() {
		lines = append(lines, fmt.Sprintf("Who has said nothing in %v counts as unhealthy.", age(max(0, r.WaitEnds.Sub(now)))))
	}
	if !r.Deadline.IsZero() {
		lines = append(lines, fmt.Sprintf("It holds no election before startup_delay is over, in %v.", age(r.Deadline.Sub(now))))
	}
	if lines == nil {
		lines = []string{"It waits for the first report of its interfaces."}
	}
	return lines
}

func backupOutlook(r *engine.RouterStatus, now time.Time, numbers []string) []string {
	if r.Deadline.IsZero() {
		return []string{"Its own timer has expired: it becomes active when those of its whole sync group have."}
	}
	if !alive(r, now) {
		return []string{fmt.Sprintf("It becomes active in %v if it hears nobody.", age(r.Deadline.Sub(now)))}
	}
	heard, ours := r.LastHeard, r.Priority.Effective
	lines := []string{fmt.Sprintf("It becomes active when %v is silent for %v, or resigns.", heard.Source, age(patience(r)))}
	switch {
	case heard.Priority == priority.Owner:
		return append(lines, fmt.Sprintf("%v owns the addresses: no priority is above its 255.", heard.Source))
	case !r.Config.Preempt:
		return append(lines, fmt.Sprintf("preempt = false: it does not take over from %v, whatever the priorities.", heard.Source))
	case heard.Priority < ours && r.Config.PreemptDelay > 0:
		return append(lines, fmt.Sprintf("Its priority %d is above %d: it preempts when preempt_delay, %v, is over.", ours, heard.Priority, r.Config.PreemptDelay))
	case heard.Priority < ours:
		return append(lines, fmt.Sprintf("Its priority %d is above %d: it preempts as soon as its timer expires.", ours, heard.Priority))
	}
	lacks := int(heard.Priority) + 1 - int(ours)
	lines = append(lines, fmt.Sprintf("Or when its priority is above %d: it is %d, %d too low.", heard.Priority, ours, lacks))
	for _, c := range r.Priority.Contributions {
		best := max(0, c.Weight)
		switch {
		case c.Weight == 0:
		case slices.Contains(numbers, c.Source):
			lines = append(lines, fmt.Sprintf("  %s, now %+d, would have to come to %+d", c.Source, c.Value, c.Value+lacks))
		case c.Value < best:
			lines = append(lines, fmt.Sprintf("  with the good word of %s it would be %d", c.Source, without(&r.Priority, &c, best)))
		}
	}
	return lines
}
