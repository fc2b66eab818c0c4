package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
	"github.com/sentinel-ha/sentinel/core/lab/labtest"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestInterop lets Sentinel and another implementation take the addresses from each
// other, in every way there is and in every dialect that both speak. At each step
// the addresses must be on the interfaces of the right host and of no other, and
// neither side may reject what the other says.
//
//	go test ./cmd/sentinel -run TestInterop -v    # ends with the matrix
func TestInterop(t *testing.T) {
	t.Parallel()
	var m matrix
	t.Run("with", func(t *testing.T) {
		for _, d := range dialects {
			t.Run(strings.ReplaceAll(d.name, " ", "_"), func(t *testing.T) {
				t.Parallel()
				t.Run("ours_better", func(t *testing.T) {
					t.Parallel()
					oursBetter(newDuel(t, d, &m))
				})
				t.Run("theirs_better", func(t *testing.T) {
					t.Parallel()
					theirsBetter(newDuel(t, d, &m))
				})
			})
		}
	})
	t.Log(m.String())
}

const (
	better = 150
	worse  = 100
)

// oursBetter: Sentinel has the higher priority. It preempts whenever it comes, and
// the other one takes over whenever it goes.
func oursBetter(d *duel) {
	d.startTheirs(worse)
	d.mustServe("", d.theirs, d.theirs)

	d.startOurs(better)
	d.mustServe(oursPreempts, d.ours, d.ours)
	d.mark()
	d.ours.stop()
	d.mustServe(theirsAfterStop, d.theirs, d.theirs)

	d.startOurs(better)
	d.mustServe("", d.ours, d.ours)
	d.mark()
	d.ours.die()
	d.mustServe(theirsAfterDeath, d.theirs, d.ours, d.theirs) // the dead one's kernel has them too

	d.ours.Heal()
	d.startOurs(better)
	d.mustServe("", d.ours, d.ours)
	d.end(d.ours, d.theirs)
}

// theirsBetter: the other one has the higher priority.
func theirsBetter(d *duel) {
	d.startOurs(worse)
	d.mustServe("", d.ours, d.ours)

	d.startTheirs(better)
	d.mustServe(theirsPreempts, d.theirs, d.theirs)
	d.mark()
	d.daemon.Stop(reach)
	took := d.mustServe(oursAfterStop, d.ours, d.ours)
	mustNotBeEarlier(d.t, "takeover from one that resigned", d.last(d.theirs.resigned(vrid)).At, took,
		vrrp.SkewTime(d.version, worse, d.interval()))

	d.startTheirs(better)
	d.mustServe("", d.theirs, d.theirs)
	d.mark()
	d.theirs.die()
	took = d.mustServe(oursAfterDeath, d.ours, d.ours, d.theirs)
	mustNotBeEarlier(d.t, "takeover from a dead one", d.last(d.theirs.advertised(vrid)).At, took,
		vrrp.ActiveDownInterval(d.version, worse, d.interval()))

	d.theirs.Heal()
	d.forget()
	d.startTheirs(better)
	d.mustServe("", d.theirs, d.theirs)
	d.end(d.theirs, d.ours)
}

// duel is Sentinel on one server and something else on the other.
type duel struct {
	*site
	dialect
	ours, theirs *server
	daemon       *labtest.Process // theirs, the last one started
	since        time.Time        // the last thing that was done to them
	matrix       *matrix
}

func newDuel(t *testing.T, d dialect, m *matrix) *duel {
	t.Helper()
	s, ours, theirs := newPair(t)
	return &duel{site: s, dialect: d, ours: ours, theirs: theirs, matrix: m}
}

func (d *duel) mark() { d.since = time.Now() }

func (d *duel) startOurs(priority int) {
	d.t.Helper()
	d.mark()
	d.ours.start(vi1(priority, d.settings(d.ours, d.theirs)...))
}

func (d *duel) startTheirs(priority int) {
	d.t.Helper()
	d.mark()
	d.daemon = d.start(d, priority)
}

// forget takes the addresses away that a dead host's kernel would have lost.
func (d *duel) forget() {
	d.t.Helper()
	for _, address := range d.hosts() {
		for _, holder := range d.Holders(address) {
			if holder == d.theirs.Node.Node {
				d.theirs.DeleteAddress(address)
			}
		}
	}
}

// mustServe waits until one side serves: it advertises since the last mark, its
// addresses are on the interfaces of exactly the holders, and it has told the
// neighbours. The time that it took is for a cell of the matrix.
func (d *duel) mustServe(cell string, who *server, holders ...*server) (took time.Time) {
	d.t.Helper()
	advertised := who.advertised(vrid)
	e := d.waitWire(since(d.since, func(e lab.Event) bool { return advertised(e) && e.Advert.Priority > 0 }))
	for _, address := range d.hosts() {
		d.waitHeld(address, holders...)
		d.waitWire(since(d.since, who.announced(address)))
	}
	d.matrix.set(d.name, cell, e.At.Sub(d.since))
	return e.At
}

// complaints are what keepalived and vrrpd log about advertisements that they do
// not like.
const complaints = `(?i)invalid|mismatch|not present|too short|expect|ignor|drop|wrong|differ|reject|error|unknown`

// end demands that the one who serves goes on undisturbed for longer than anybody's
// timer, and that neither side has complained about the other.
func (d *duel) end(winner, loser *server) {
	d.t.Helper()
	settled := time.Now()
	time.Sleep(4 * d.interval())
	d.mustSee(0, "advertisement of the one who yielded", since(settled, loser.advertised(vrid)))
	for _, address := range d.hosts() {
		d.mustBeHeld(address, winner)
	}
	for _, p := range d.theirs.Processes() {
		if p.Name() == "zebra" {
			continue // has other worries
		}
		for _, line := range lines(&labtest.Process{Process: p}, complaints) {
			d.t.Errorf("%s complains: %s", p, line.Text)
		}
	}
	for _, p := range d.ours.Processes() {
		for _, line := range lines(&labtest.Process{Process: p}, `level=ERROR|msg="peer disagrees"`) {
			if d.listFromGlobal && strings.Contains(line.Text, "the first should be link-local") {
				continue // so it is, and it is the same in theirs
			}
			d.t.Errorf("%s complains: %s", p, line.Text)
		}
	}
}

// Were keepalived to complain about us, this is what it would look like.
func TestKeepalivedComplains(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version      uint8
		ours, theirs []string
	}{
		"password": {2, []string{password("seekrit1")}, []string{keepalivedList("authentication", "auth_type PASS", "auth_pass geheim22")}},
		"interval": {2, []string{`advert_interval = "2s"`}, nil},
		"checksum": {3, []string{`checksum = "rfc9568"`}, nil},
		"list":     {3, []string{`virtual_addresses = ["192.0.2.101/24"]`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			d := dialect{version: c.version}
			a.start(vi1(255, append([]string{
				fmt.Sprintf(`version = %d`, c.version), fmt.Sprintf(`advert_interval = "%v"`, d.interval()),
			}, c.ours...)...))
			s.waitWire(a.advertised(vrid))
			b.Keepalived(keepalivedConfig(c.version, append(c.theirs, keepalivedList("virtual_ipaddress", vip+"/24"))...)).
				WaitLog(complaints, reach)
		})
	}
}

// The cells of a row of the matrix.
const (
	oursAfterDeath   = "death"
	oursAfterStop    = "stop"
	oursPreempts     = "preempts"
	theirsAfterDeath = "death "
	theirsAfterStop  = "stop "
	theirsPreempts   = "preempts "
)

var cells = []string{oursAfterDeath, oursAfterStop, oursPreempts, theirsAfterDeath, theirsAfterStop, theirsPreempts}

// matrix collects how long each kind of takeover took with each dialect.
type matrix struct {
	mu    sync.Mutex // guards times
	times map[[2]string]time.Duration
}

func (m *matrix) set(row, cell string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.times == nil {
		m.times = make(map[[2]string]time.Duration)
	}
	m.times[[2]string{row, cell}] = took
}

func (m *matrix) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	keepalived, _ := lab.KeepalivedVersion() // without one, its rows say so
	frr, _ := lab.FRRVersion()
	fmt.Fprintf(&b, "keepalived %s, FRR %s: ", keepalived, frr)
	b.WriteString("time from what was done to the first advertisement of the one that takes over\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tSentinel takes over\t\t\tthe other takes over\t\t")
	fmt.Fprintf(w, "beside\t%s\n", strings.Join(cells, "\t"))
	for _, d := range dialects {
		fmt.Fprint(w, d.name)
		for _, cell := range cells {
			if took, ok := m.times[[2]string{d.name, cell}]; ok {
				fmt.Fprintf(w, "\t%d ms", took.Milliseconds())
			} else {
				fmt.Fprint(w, "\t-")
			}
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}
