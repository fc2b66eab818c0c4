package notify

import (
	"context"
	"slices"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Subject is what events happen to: an instance or a sync group.
type Subject struct {
	Group bool   `json:"group,omitempty"`
	Name  string `json:"name"`
}

// SubjectOf returns whom an event happened to. Its name is empty if it happened
// to nobody.
func SubjectOf(e sdk.Event) Subject {
	if e.Instance == "" {
		return Subject{Group: true, Name: e.Group}
	}
	return Subject{Name: e.Instance}
}

// String returns the subject as the configuration refers to it.
func (s Subject) String() string {
	if s.Group {
		return "sync_group." + s.Name
	}
	return "vrrp." + s.Name
}

// Forever, as [Block.Retries], is until it works or there is something newer.
const Forever = -1

// DefaultTimeout is the timeout of a block that has none.
const DefaultTimeout = 10 * time.Second

// Block is a hook as configured.
type Block struct {
	// Name is the block's, "notify.exec.logger".
	Name string
	// Identity stands for what the block does, such as its type and attributes.
	// What was delivered under another one counts for nothing. It is hashed before
	// it is written anywhere.
	Identity string
	// Via names who delivers, such as the plugin that does; see
	// [Dispatcher.Restarted], of which a change of it is one more case. Empty:
	// nobody in particular.
	Via string
	// On lists which of [sdk.Occasions] are wanted. Empty is [sdk.States].
	On []string
	// Timeout bounds one attempt to deliver; 0 is [DefaultTimeout].
	Timeout time.Duration
	// Retries is how often a delivery that failed, and was not rejected, is tried
	// again, or [Forever].
	Retries int
	// ForAll binds the block to every subject, otherwise it is to Subjects.
	ForAll   bool
	Subjects []Subject
	// Deliver delivers one event, which it must not change, and has until the deadline
	// for that. It returns soon after that, and at once when its context ends, be it
	// before or after; until it does, its queue stands still. What its errors mean is
	// as for [sdk.Notify].
	Deliver func(ctx context.Context, deadline time.Time, e sdk.Event) error
}

// Setup is a configuration: all subjects there are, and the blocks in the order
// in which hooks are to start.
type Setup struct {
	// Node is the machine's name, for events that nobody has posted.
	Node     string
	Subjects []Subject
	Blocks   []Block
}

func (b *Block) wants(e sdk.Event) bool {
	on := b.On
	if len(on) == 0 {
		on = sdk.States()
	}
	if isState(e) {
		return slices.Contains(on, e.To)
	}
	return slices.Contains(on, string(e.Kind))
}

func (b *Block) covers(s Subject) bool { return b.ForAll || slices.Contains(b.Subjects, s) }

func (b *Block) timeout() time.Duration {
	if b.Timeout <= 0 {
		return DefaultTimeout
	}
	return b.Timeout
}
