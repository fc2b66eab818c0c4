package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

const (
	// fast is the interval whose advertisements are watched, fastID and idleID the
	// identifiers of the routers that have it.
	fast           = 10 * time.Millisecond * slowdown
	fastID, idleID = 61, 62
	// lateness is how much later they may be beside all this: DESIGN 3.5.
	lateness = 2 * time.Millisecond * slowdown
)

// fastRouter is the router that is watched.
func fastRouter(id int, address string) string {
	return router("fast", `priority = 255`, fmt.Sprintf(`virtual_router_id = %d`, id), fmt.Sprintf(`advert_interval = "%v"`, fast),
		`virtual_addresses = ["`+address+`/24"]`)
}

// usual is a router beside it, which a script decides about.
func usual() string { return scriptTracker(`weight = -50`) + vi1(150, trackingScript) }

// trouble is something that goes wrong with plugins and what they run.
type trouble struct {
	name string
	// script is what the tracker runs that VI_1 tracks. Empty: something that succeeds.
	script string
	// plugins are the files of plugin_dir; each is a link to the test binary.
	plugins []string
	// prepare makes what else is there when the agent starts. Nil: nothing.
	prepare func(a *server)
	// config is what is configured besides the router that is watched. Empty: usual.
	config string
	// priority is what VI_1 advertises all the time, of what its trackers say. 0: 150.
	priority uint8
	// sick is how many trackers say that they are unhealthy.
	sick int
	// disturb makes it go wrong, again and again for a time. Nil: it does so by itself.
	disturb func(a *server, lasts time.Duration)
	// says is a line of the log without which nothing has gone wrong; its group is
	// what became of the plugin. Empty: nothing did.
	says string
}

// Whatever plugins do, and what they run: beside them a router advertises every
// 10 ms as regularly as one on an idle server does at the same time, and nothing
// changes that no tracker asked for.
//
// This test has the machine to itself, as far as this package is concerned.
func TestPluginChaos(t *testing.T) {
	s, a, idle := newPair(t)
	const other = "192.0.2.121"
	idle.start(fastRouter(idleID, other))
	s.waitHeld(other, idle)
	a.stubborn(hang, "sleep "+daemonName()[len("httpd"):]+"0000")
	table := newTable(t)
	for _, c := range slices.Concat(scriptTroubles(), pluginTroubles(), messageTroubles(), handshakeTroubles(), fileTroubles()) {
		t.Run(c.name, func(t *testing.T) {
			table.add(c.name, s.mustBeRegular(t, a, idle, func() episode { return c.happen(t, a) }))
		})
	}
	idle.mustLog(0, `from=active`)
}

// episode is a time of trouble, and what came of it.
type episode struct {
	from, until   time.Time
	changed, held int    // verdicts: to unhealthy, and for lack of another
	fate          string // of the plugin
}

// happen lets it happen once, to an agent of its own, and demands that it matters
// to nobody else.
func (c *trouble) happen(t *testing.T, a *server) (e episode) {
	t.Helper()
	a.program(check, cmp.Or(c.script, "exit 0")+"\n")
	a.link(c.plugins...)
	if c.prepare != nil {
		c.prepare(a)
	}
	config := cmp.Or(c.config, usual())
	priority := cmp.Or(c.priority, 150)
	a.start(fastRouter(fastID, "192.0.2.120") + config)
	a.waitLog(toActive + ` router=VI_1`)
	a.site.waitWire(since(time.Now(), of(priority, a.advertised(vrid))))

	lasts := 1500 * time.Millisecond
	if testing.Short() { // with the race detector it takes long enough
		lasts /= 3
	}
	e.from = time.Now()
	if c.disturb == nil {
		time.Sleep(lasts)
	} else {
		c.disturb(a, lasts)
	}
	e.until = time.Now()

	a.site.mustBeHeld(vip, a)
	if said := a.site.seen(since(e.from, func(e lab.Event) bool { return a.advertised(vrid)(e) && e.Advert.Priority != priority })); len(said) > 0 {
		t.Errorf("advertised %d instead of %d", said[0].Advert.Priority, priority)
	}
	a.mustLog(0, `router=(VI_1|fast) .*from=active`)
	a.mustLog(c.sick, `msg="tracker unhealthy"`)
	e.fate = a.fate(c.says)
	e.changed, e.held = len(lines(a.agent, `msg="tracker unhealthy"`)), len(lines(a.agent, `msg="tracker cannot tell".* held=true`))
	a.agent.Signal(syscall.SIGKILL)
	<-a.agent.Exited()
	a.waitGone(reach, "")
	a.Run("rm", "-rf", dropIns, rampage, "/run/sentinel/notified.json")
	return e
}

// fate is what became of the plugins, in the words of a line of the log.
func (v *server) fate(says string) string {
	v.site.t.Helper()
	fate := "runs on"
	if says != "" {
		fate = strings.ReplaceAll(regexp.MustCompile(says).FindStringSubmatch(v.waitLog(says).Text)[1], `\"`, `"`)
	}
	started := lines(v.agent, `msg="the plugin runs"`)
	first := make(map[string]bool)
	for _, line := range started {
		first[regexp.MustCompile(` plugin=\S+`).FindString(line.Text)] = true
	}
	if again := len(started) - len(first); again > 0 {
		fate += fmt.Sprintf("; started again: %d", again)
	}
	return fate
}

// mustBeRegular demands that a server advertises as regularly as an idle one during
// a time of trouble. A time in which the machine was busy with something else is
// followed by another try, from the start: what delays advertisements does so each
// time.
func (s *site) mustBeRegular(t *testing.T, v, idle *server, happen func() episode) measured {
	t.Helper()
	const tries = 5
	for try := 1; ; try++ {
		m := measured{episode: happen()}
		during := func(match lab.Match) lab.Match {
			return since(m.from, func(e lab.Event) bool { return e.At.Before(m.until) && match(e) })
		}
		m.got, m.control = s.wire.Gaps(during(v.advertised(fastID))), s.wire.Gaps(during(idle.advertised(idleID)))
		got, control := m.got, m.control
		t.Logf("gaps: median %v, p99 %v, max %v of %d; idle: %v, %v, %v of %d",
			got.P50, got.P99, got.Max, got.Count, control.P50, control.P99, control.Max, control.Count)
		if got.P50 <= control.P50+lateness && got.P99 <= control.P99+lateness {
			return m
		}
		if try == tries {
			t.Errorf("advertisements are later than %v %d times", lateness, tries)
			return m
		}
	}
}

// measured is an episode, and the gaps between advertisements during it.
type measured struct {
	episode
	got, control lab.Gaps
}

// table is what is shown at the end.
type table struct {
	text strings.Builder
	rows *tabwriter.Writer
}

// newTable returns a table that is logged when the test is over.
func newTable(t *testing.T) *table {
	b := &table{}
	b.rows = tabwriter.NewWriter(&b.text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(b.rows, "gaps at %v, in ms\tp50\tp99\tmax\tidle p50\tp99\tmax\tverdicts changed\theld\tthe plugin\n", fast)
	t.Cleanup(func() {
		b.rows.Flush()
		t.Logf("\n%s", b.text.String())
	})
	return b
}

func (b *table) add(name string, m measured) {
	fmt.Fprint(b.rows, name)
	for _, gap := range []time.Duration{m.got.P50, m.got.P99, m.got.Max, m.control.P50, m.control.P99, m.control.Max} {
		fmt.Fprintf(b.rows, "\t%.2f", float64(gap)/float64(time.Millisecond))
	}
	fmt.Fprintf(b.rows, "\t%d\t%d\t%s\n", m.changed, m.held, m.fate)
}
