package sim

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// plan spreads faults over the time until end. Where machines were never well, more
// often nothing else happens, and it lasts.
func (w *world) plan(end time.Time) {
	if w.lasting = w.chance(0.25); w.lasting {
		w.after(0, func() { w.ailment().begin() })
	}
	if w.lasting && w.chance(0.5) {
		return
	}
	for range 2 + w.rand.IntN(8) {
		at := w.start.Add(w.between(0, end.Sub(w.start)))
		w.at(at, func() { w.trouble(end) })
	}
}

// trouble makes one thing go wrong, for a while.
func (w *world) trouble(end time.Time) {
	n := w.nodes[w.rand.IntN(len(w.nodes))]
	long := w.between(0, end.Sub(w.now)/2+w.longestInterval)
	switch w.rand.IntN(20) {
	default:
		wrong := w.ailment()
		wrong.begin()
		w.meanwhile(long, wrong.end)
	case 0, 1:
		// Lengths around the limits of the stall rules, and any.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		n.freeze()
		w.meanwhile(length, n.thaw)
	case 2:
		w.setLoss(w.rand.Float64() / 2)
		w.meanwhile(long, func() { w.setLoss(0) })
	case 3:
		w.vandals(n)
	case 4:
		w.reload(n)
	case 5:
		for range 20 {
			w.meanwhile(w.between(0, long), func() { w.garbage(n) })
		}
	case 6:
		// As on one host that is paused with all its virtual machines.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		for _, n := range w.nodes {
			n.freeze()
			w.meanwhile(length+w.between(0, time.Millisecond), n.thaw)
		}
	case 7:
		w.network.duplicates = 0.3
	case 8, 9:
		w.flip(n, long)
	case 10:
		// It matters only to what waits to be read, as on a machine that was paused.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		far := pick(w, length, time.Hour)
		n.freeze()
		w.meanwhile(w.between(0, length), func() { n.setClock(w.between(-far, far)) })
		w.meanwhile(length, n.thaw)
	}
}

// vandals remove addresses, once or again and again.
func (w *world) vandals(n *node) {
	if w.chance(0.7) {
		n.vandalize()
		return
	}
	for i := range 30 {
		w.meanwhile(time.Duration(i)*w.longestInterval/4, n.vandalize)
	}
}

// linger ends what comes and goes. Whatever else is wrong stays so from now on,
// and perhaps something more.
func (w *world) linger() {
	w.logf("NOTHING CHANGES ANY MORE")
	w.calm = true
	w.setLoss(0)
	for range w.rand.IntN(4) {
		w.ailment().begin()
	}
	w.checker.changed()
}

// heal ends everything that was wrong.
func (w *world) heal() {
	w.logf("ALL IS WELL AGAIN")
	w.calm = true
	w.network.cut = [maxSegments][maxNodes][maxNodes]bool{}
	w.network.loss = 0
	for _, n := range w.nodes {
		n.thaw()
		for segment := range w.segments {
			n.setGone(segment, false)
			n.setLink(segment, true)
			n.setBare(segment, false)
			n.setMute(segment, false)
		}
		n.setRefusing(false, netip.Addr{})
		n.setStuck(false)
		n.setSocketless(false)
		n.setForeign(nil)
		n.start()
		for _, name := range slices.Sorted(maps.Keys(n.health)) {
			n.judge(name, priority.Healthy)
		}
	}
	w.checker.changed()
}

// rest lets time pass in which nothing happens: enough for all that must be well at
// its end, and sometimes for every fault that the engines hold to be over.
func (w *world) rest() {
	length := w.quiet() + w.interruption() + w.longestInterval
	if w.interval == time.Second && w.chance(0.03) {
		length += longestHold
	}
	w.run(w.now.Add(length))
}

func (w *world) setCut(segment int, a, b *node, cut, both bool) {
	w.logf("CUT %s -> %s on %s: %v, both ways: %v", a.name, b.name, interfaceNames[segment], cut, both)
	w.checker.changed()
	w.network.cut[segment][a.index][b.index] = cut
	if both {
		w.network.cut[segment][b.index][a.index] = cut
	}
}

func (w *world) isolate(n *node, cut bool) {
	for _, other := range w.nodes {
		if other != n {
			for segment := range w.segments {
				w.setCut(segment, n, other, cut, true)
			}
		}
	}
}

func (w *world) setLoss(loss float64) {
	w.logf("LOSS %.2f", loss)
	w.checker.changed()
	w.network.loss = loss
}
