package notify

// Hold makes the hooks of a subject wait until [Dispatcher.Release]: what happened to
// it is not carried out yet. Deliveries that have begun go on. At the end nobody waits.
func (d *Dispatcher) Hold(who Subject) {
	d.mu.Lock()
	defer d.unlock()
	if s := d.subjects[who]; s != nil {
		s.held = true
	}
}

// Release is the end of a [Dispatcher.Hold].
func (d *Dispatcher) Release(who Subject) {
	d.mu.Lock()
	defer d.unlock()
	if s := d.subjects[who]; s != nil {
		s.release()
	}
}

// ReleaseAll is for when the end of a hold may have been missed.
func (d *Dispatcher) ReleaseAll() {
	d.mu.Lock()
	defer d.unlock()
	for _, s := range d.subjects {
		s.release()
	}
}

func (s *subject) release() {
	s.held = false
	for _, q := range s.queues {
		q.rouse()
	}
}

// await returns when the hooks of the queue's subject need not wait.
func (d *Dispatcher) await(q *queue) {
	for d.held(q) {
		select {
		case <-q.wake:
		case <-d.ctx.Done():
			return
		}
	}
}

func (d *Dispatcher) held(q *queue) bool {
	d.mu.Lock()
	defer d.unlock()
	s := d.subjects[q.subject]
	return s != nil && s.held && !q.unbound
}
