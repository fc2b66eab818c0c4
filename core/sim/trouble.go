package sim

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
)

// plan spreads faults over the time until end.
func (w *world) plan(end time.Time) {
	for range 2 + w.rand.IntN(8) {
		at := w.start.Add(w.between(0, end.Sub(w.start)))
		w.at(at, func() { w.trouble(end) })
	}
}

// trouble makes one thing go wrong, for a while.
func (w *world) trouble(end time.Time) {
	n := w.nodes[w.rand.IntN(len(w.nodes))]
	other := w.nodes[w.rand.IntN(len(w.nodes))]
	long := w.between(0, end.Sub(w.now)/2+w.longestInterval)
	segment := w.rand.IntN(w.segments)
	switch w.rand.IntN(18) {
	case 0:
		n.crash()
		w.meanwhile(long, n.start)
	case 1:
		n.stop()
		w.meanwhile(long, n.start)
	case 2, 3:
		// Lengths around the limits of the stall rules, and any.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		n.freeze()
		w.meanwhile(length, n.thaw)
	case 4:
		w.setCut(segment, n, other, true, true)
		w.meanwhile(long, func() { w.setCut(segment, n, other, false, true) })
	case 5:
		w.setCut(segment, n, other, true, false)
		w.meanwhile(long, func() { w.setCut(segment, n, other, false, false) })
	case 6:
		w.isolate(n, true)
		w.meanwhile(long, func() { w.isolate(n, false) })
	case 7:
		w.setLoss(w.rand.Float64() / 2)
		w.meanwhile(long, func() { w.setLoss(0) })
	case 8:
		n.setLink(segment, false)
		w.meanwhile(long, func() { n.setLink(segment, true) })
	case 9:
		w.vandals(n)
	case 10:
		w.reload(n)
	case 11:
		n.setRefusing(true)
		w.meanwhile(long, func() { n.setRefusing(false) })
	case 12:
		for range 20 {
			w.meanwhile(w.between(0, long), func() { w.garbage(n) })
		}
	case 13:
		// As on one host that is paused with all its virtual machines.
		length := pick(w, w.between(0, 6*w.longestInterval), long)
		for _, n := range w.nodes {
			n.freeze()
			w.meanwhile(length+w.between(0, time.Millisecond), n.thaw)
		}
	case 14:
		w.network.duplicates = 0.3
	case 15, 16:
		w.flip(n, long)
	case 17:
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

// heal ends everything that was wrong.
func (w *world) heal() {
	w.logf("ALL IS WELL AGAIN")
	w.network.cut = [maxSegments][maxNodes][maxNodes]bool{}
	w.network.loss = 0
	w.healed = true
	for _, n := range w.nodes {
		n.thaw()
		for segment := range w.segments {
			n.setLink(segment, true)
		}
		n.setRefusing(false)
		n.start()
		for name, verdict := range n.health {
			if verdict != priority.Healthy {
				n.health[name] = priority.Healthy
				n.sample(name)
			}
		}
	}
	w.checker.changed()
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
