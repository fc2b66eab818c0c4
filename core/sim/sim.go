package sim

// Run plays the schedule of a seed. It returns nil if every invariant held, else
// the violation with its trace.
func Run(seed uint64) *Violation {
	w := play(seed, false)
	if w.failure == nil {
		return nil
	}
	// Most schedules hold, so the story is only written when it is needed. That
	// the same seed tells the same story is part of the contract.
	w = play(seed, true)
	if w.failure == nil {
		return &Violation{Seed: seed, Text: "the violation did not happen again: the simulation is not deterministic"}
	}
	w.failure.Seed = seed
	w.failure.Trace = w.trace
	return w.failure
}

// Trace plays the schedule of a seed and returns its story.
func Trace(seed uint64) []string { return play(seed, true).trace }

// play builds the world of a seed and lets it run: a time of faults, then perhaps
// one in which they last, then one without any. Each time of quiet is long enough for
// an election, and at its end everything must be as it should.
func play(seed uint64, tracing bool) *world {
	w := newWorld(seed, tracing)
	w.build()
	end := w.now.Add(w.troubled)
	w.plan(end)
	w.run(end)
	if w.failure != nil {
		return w
	}
	if w.lasting || w.chance(0.15) {
		w.linger()
		w.rest()
	}
	if w.failure == nil {
		w.heal()
		w.rest()
	}
	return w
}
