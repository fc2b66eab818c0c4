package process

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

const (
	// auditInterval is the time between two scans although nothing was missed.
	auditInterval = 10 * time.Second
	// scanInterval is the shortest time between two scans because something may
	// have been missed, and the usual one where there are no events.
	scanInterval = time.Second
	// scanShare is the inverse of the share of the time that may be spent on
	// scans, however many processes there are.
	scanShare = 20
	// company is how long one that has joined waits for others that join with it, and
	// share its scan.
	company = 5 * time.Millisecond
)

// monitor watches processes for all trackers. Its goroutine owns the table.
type monitor struct {
	users int // the hub's
	stop  context.CancelFunc
	ended chan struct{} // closed in the end
	err   error         // why; valid when ended is closed

	connect   func() (*connector, error)
	inbox     *inbox
	table     *table
	connector *connector // nil if it does not work here
	refused   time.Time  // when it was last tried and did not
	deaths    *deaths    // nil if there can be none
	readers   sync.WaitGroup

	mu      sync.Mutex // guards the rest
	joining []*watch
	leaving []*watch

	wanted  time.Time     // when those who have joined want a scan; zero if nobody has
	scanned time.Time     // when the last scan ended
	cost    time.Duration // of the last scan
	scans   int           // how many there were
	batches int           // how often events came
	heard   bool          // the connector has answered since the last audit
}

func startMonitor(root string, connect func() (*connector, error)) *monitor {
	ctx, stop := context.WithCancel(context.Background())
	m := &monitor{
		stop: stop, ended: make(chan struct{}),
		connect: connect, inbox: newInbox(), table: newTable(&procfs{root: root}),
	}
	go m.run(ctx)
	return m
}

// add makes the monitor report to a watch, first as soon as it can.
func (m *monitor) add(w *watch) {
	m.mu.Lock()
	m.joining = append(m.joining, w)
	m.mu.Unlock()
	m.inbox.wake()
}

// remove ends that. Nothing is reported when it has returned, which takes no time
// even if the monitor is busy.
func (m *monitor) remove(w *watch) {
	w.end()
	m.mu.Lock()
	m.leaving = append(m.leaving, w)
	m.mu.Unlock()
	m.inbox.wake()
}

// exchange lets watches in and out.
func (m *monitor) exchange() (joined bool) {
	m.mu.Lock()
	joining, leaving := m.joining, m.leaving
	m.joining, m.leaving = nil, nil
	m.mu.Unlock()
	m.table.watches = append(m.table.watches, joining...)
	for _, w := range leaving {
		m.table.remove(w)
	}
	return len(joining) > 0
}

// run watches until ctx ends. A panic ends the trackers that use this monitor,
// not the program.
func (m *monitor) run(ctx context.Context) {
	defer close(m.ended)
	defer m.close()
	defer func() {
		if p := recover(); p != nil {
			m.err = fmt.Errorf("panic: %v", p)
		}
	}()
	m.open()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.inbox.signal:
		case <-timer.C:
		}
		timer.Reset(time.Until(m.step()))
	}
}

// open opens what tells of events. What cannot be opened is done without.
func (m *monitor) open() {
	m.reconnect()
	if d, err := newDeaths(); err == nil {
		m.deaths = d
		m.table.follows = d.follows
		m.readers.Go(func() { d.read(m.inbox) })
	}
}

// close ends the readers and waits for them.
func (m *monitor) close() {
	m.disconnect()
	if m.deaths != nil {
		m.deaths.close()
	}
	m.readers.Wait()
}

func (m *monitor) reconnect() {
	c, err := m.connect()
	if err != nil {
		m.refused = time.Now()
		return
	}
	m.connector, m.heard = c, true
	m.readers.Go(func() { c.read(m.inbox) })
}

func (m *monitor) disconnect() {
	if m.connector != nil {
		m.connector.close()
		m.connector = nil
		clear(m.table.known)
	}
}

// step does what there is to do and returns when to do so again at the latest.
// What is known at once is reported before anything slow.
func (m *monitor) step() (next time.Time) {
	if m.exchange() && m.wanted.IsZero() {
		m.wanted = time.Now().Add(company)
	}
	m.receive(time.Now())
	settles := m.table.settle(time.Now())
	m.publish()
	if !time.Now().Before(m.due()) {
		m.scan()
		settles = m.table.settle(time.Now())
		m.publish()
	}
	m.followDeaths()
	if next = m.due(); !settles.IsZero() && settles.Before(next) {
		next = settles
	}
	return next
}

// receive applies what has come.
func (m *monitor) receive(now time.Time) {
	b := m.inbox.take()
	if len(b.events) > 0 {
		m.batches++
	}
	for _, e := range b.events {
		m.heard = m.heard || e == touched
		if m.deaths != nil && e.kind == exited {
			m.deaths.forget(e.pid)
		}
	}
	m.table.apply(b.events, now)
	m.table.stale = m.table.stale || b.lost
	m.heard = m.heard || b.lost
	if b.err != nil {
		m.disconnect()
	}
}

// due returns when the next scan is.
func (m *monitor) due() time.Time {
	interval := max(scanInterval, scanShare*m.cost)
	if m.connector != nil && !m.table.stale && m.table.broken == nil {
		interval = auditInterval
	}
	next := m.scanned.Add(interval)
	if !m.wanted.IsZero() && m.wanted.Before(next) {
		next = m.wanted
	}
	return next
}

// scan looks at everything, and makes sure that there still are events. Where
// there are none, and nothing is known to be missed, it spares what is known well.
func (m *monitor) scan() {
	start := time.Now()
	if m.connector != nil && !m.heard && start.Sub(m.scanned) > scanInterval {
		m.disconnect()
	}
	told := m.connector != nil
	if !told && start.Sub(m.refused) >= auditInterval {
		m.reconnect()
	}
	if m.connector != nil {
		m.heard = touch() != nil // then it cannot be tried
	}
	if told || m.connector != nil || m.table.stale {
		m.table.scan(start)
	} else {
		m.table.sweep(start)
	}
	m.scanned, m.wanted = time.Now(), time.Time{}
	m.cost = m.scanned.Sub(start)
	m.scans++
}

// followDeaths follows what no event would tell: the end of processes where there
// are no events, and of those that go on without their first thread.
func (m *monitor) followDeaths() {
	if m.deaths == nil {
		return
	}
	var pids map[int]bool // nil in nearly all cases
	for pid, p := range m.table.tracked {
		if m.connector == nil || p.headless {
			if pids == nil {
				pids = make(map[int]bool)
			}
			pids[pid] = true
		}
	}
	m.deaths.follow(pids)
}

// publish reports what has changed.
func (m *monitor) publish() {
	for _, w := range m.table.watches {
		if !w.changed || !w.scanned {
			continue
		}
		w.changed = false
		if err := m.table.broken; err != nil {
			w.tell(sdk.CannotTell("%s", cannotRead(err)))
			continue
		}
		w.tell(w.config.judge(m.table.sight(w)))
	}
}
