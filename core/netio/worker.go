package netio

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// reportDelay is how long reports wait for orders to be carried out first.
	reportDelay = 10 * time.Millisecond
	// resyncInterval is the time between two looks at everything, in case an event
	// was never sent.
	resyncInterval = 30 * time.Second
	// filterInterval is the time between two looks at the packet filter, of which
	// there are no events: firewall scripts like to flush everything.
	filterInterval = 10 * time.Second
	// subscribeRetry is the time to another try to subscribe to events.
	subscribeRetry = time.Second
)

// worker carries out a host's orders.
type worker struct {
	config    HostConfig
	host      *Host
	kernel    *rtnl
	record    *record
	links     *links
	announcer *announcer
	filter    filter

	events  *events // nil while there is no subscription
	readers sync.WaitGroup

	reports []Report  // not yet delivered
	since   time.Time // when the first of them was made
	asOf    uint64    // Seq of the last AddressOrder carried out

	subscribeAt time.Time
	resyncAt    time.Time
	filterAt    time.Time
}

func newWorker(h *Host) (*worker, error) {
	record, warning, err := openRecord(h.config.RuntimeDir)
	if err != nil {
		return nil, err
	}
	w := &worker{
		config: h.config, host: h, record: record,
		filter:   filter{table: tableName(h.config.RuntimeDir), installed: record.filter},
		resyncAt: time.Now().Add(resyncInterval),
	}
	if warning != nil {
		w.warn(warning)
	}
	if w.kernel, err = openRTNL(); err != nil {
		return nil, err
	}
	w.links = newLinks(w.kernel, record)
	if w.announcer, err = openAnnouncer(w.links, w.report); err != nil {
		w.kernel.close()
		return nil, err
	}
	if err := w.subscribe(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *worker) close() {
	w.unsubscribe()
	w.announcer.close()
	w.kernel.close()
}

// loop runs until ctx is done. What is urgent comes first: orders, then their
// reports and those of what the kernel has told, then the rest of the
// announcements.
func (w *worker) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		w.collect()
		w.carryOut(w.host.take(false))
		w.periodic()
		w.flush()
		next := earliest(w.announcer.serve(time.Now()), w.deadline())
		w.deliver()
		timer.Reset(time.Until(next))
		select {
		case <-ctx.Done():
		case <-w.host.signal:
		case <-w.events.changed():
		case <-timer.C:
		}
	}
	w.carryOut(w.host.take(true))
	w.removeFilter()
	w.save()
	w.flush()
}

// carryOut carries out orders, and then what was ordered meanwhile. Reports and
// looks at links wait, as what comes next may be an announcement that a network
// is waiting for.
func (w *worker) carryOut(orders []order) {
	for ; len(orders) > 0; orders = w.host.take(false) {
		for _, o := range orders {
			o(w)
			if len(w.reports) > 0 && time.Since(w.since) > reportDelay {
				w.flush()
			}
		}
	}
}

func (w *worker) openSocket(s Socket) {
	w.report(SocketReport{ID: s.ID, Err: w.config.Sockets.Open(s)})
}

// report keeps a report until it is time for it.
func (w *worker) report(r Report) {
	if len(w.reports) == 0 {
		w.since = time.Now()
	}
	w.reports = append(w.reports, r)
}

func (w *worker) warn(err error) { w.report(Warning{Err: err}) }

// flush delivers the reports, and then the state of the links that may have
// changed or owe a report.
func (w *worker) flush() {
	w.deliver()
	now := time.Now()
	for _, i := range w.links.known {
		if due(i.dueAt, now) || i.owed && i.dueAt.IsZero() {
			w.look(i)
		}
	}
	w.deliver()
}

func (w *worker) deliver() {
	for _, r := range w.reports {
		w.config.Report(r)
	}
	clear(w.reports)
	w.reports = w.reports[:0]
}

// look reads an interface and reports it if it is watched and has changed, or
// owes a report. While its addresses do not hold still it is not reported: one
// that seems to be missing would be taken for removed.
func (w *worker) look(i *iface) {
	if err := w.links.read(i); err != nil {
		w.warn(fmt.Errorf("interface %s: %w", i.name, err))
		return
	}
	if !i.watched || i.unsettled {
		i.owed = i.owed && i.watched
		return
	}
	if link := w.links.link(i, w.asOf); i.owed || i.differs(&link) {
		i.owed, i.reported = false, link
		w.report(LinkReport{link})
	}
}

// collect takes in the kernel's events.
func (w *worker) collect() {
	if w.events == nil {
		return
	}
	c := w.events.take()
	w.links.changed(c)
	if c.err != nil {
		w.warn(fmt.Errorf("%w; subscribing anew", c.err))
		w.unsubscribe()
	}
}

// periodic does what is due from time to time.
func (w *worker) periodic() {
	now := time.Now()
	if w.events == nil && due(w.subscribeAt, now) {
		if err := w.subscribe(); err != nil {
			w.warn(err)
		}
	}
	if due(w.resyncAt, now) {
		w.resyncAt = now.Add(resyncInterval)
		w.links.changed(changes{lost: true})
		_ = w.record.save() // if it could not be written; that has been said
	}
	if due(w.filterAt, now) {
		w.checkFilter()
	}
}

// subscribe begins to receive events. What happened before is seen by a look at
// everything.
func (w *worker) subscribe() error {
	w.subscribeAt = time.Now().Add(subscribeRetry)
	e, err := subscribe(eventBuffer)
	if err != nil {
		return err
	}
	w.events, w.links.blind = e, false
	w.readers.Go(e.read)
	w.links.changed(changes{lost: true})
	return nil
}

func (w *worker) unsubscribe() {
	if w.events != nil {
		w.events.close()
		w.events, w.links.blind = nil, true
	}
	w.readers.Wait()
}

// deadline returns when the worker wants to be woken at the latest.
func (w *worker) deadline() time.Time {
	next := earliest(w.resyncAt, w.filterAt)
	if w.events == nil {
		next = earliest(next, w.subscribeAt)
	}
	for _, i := range w.links.known {
		next = earliest(next, i.dueAt)
	}
	return next // never zero, as resyncAt is not
}

// earliest returns the earlier of two times, where the zero time is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// due reports whether a time that is set has come.
func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
