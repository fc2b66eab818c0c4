package process

import "sync"

// event is something that happened to a process, as told by the kernel.
type event struct {
	kind   kind
	pid    int
	parent int // of a fork
}

// kind classifies an event.
type kind uint8

const (
	forked  kind = iota + 1
	execed       // it is another program now
	renamed      // its comm has changed
	exited       // its first thread has ended, or all have
)

// inboxLimit is how many events may wait. More than that are as good as a look at
// everything.
const inboxLimit = 8192

// inbox holds events until the monitor takes them. It may be used from any
// goroutine.
type inbox struct {
	signal chan struct{} // holds an element when there is something to take

	mu    sync.Mutex // guards batch
	batch batch
}

// batch is what has happened since the last look.
type batch struct {
	events []event
	lost   bool  // events were lost: anything may have happened
	err    error // the connector will tell nothing more
}

func newInbox() *inbox { return &inbox{signal: make(chan struct{}, 1)} }

// put adds what has happened.
func (i *inbox) put(b batch) {
	i.mu.Lock()
	room := max(inboxLimit-len(i.batch.events), 0)
	i.batch.lost = i.batch.lost || b.lost || len(b.events) > room
	i.batch.events = append(i.batch.events, b.events[:min(room, len(b.events))]...)
	if b.err != nil {
		i.batch.err = b.err
	}
	i.mu.Unlock()
	i.wake()
}

// wake makes the monitor look up.
func (i *inbox) wake() {
	select {
	case i.signal <- struct{}{}:
	default: // it holds one
	}
}

// take returns what has happened since the last call.
func (i *inbox) take() batch {
	i.mu.Lock()
	defer i.mu.Unlock()
	taken := i.batch
	i.batch = batch{}
	return taken
}
