// Package notify delivers events to hooks: each to whoever wants it, in order,
// one at a time, and the newest state whatever happens.
//
//	Post ──> one queue for each (notify block, instance or group)
//	           │  bounded; what overflows is merged, never the newest
//	           └─> worker: one delivery in flight, timeout, retries ──> Block.Deliver
//	                 └─> what the hook was told last ──> notified.json
//
// What it guarantees for each queue:
//
//   - Deliveries begin in the order of the events, and never before the one before
//     has returned. A hook that hangs for ever holds up its own queue only.
//   - The newest state is delivered in the end, unless the hook rejects it, the
//     configured retries are used up, or the budget of the end is. What failed is
//     tried again until there is something newer.
//   - From initialize, and after a restart of the agent or of a plugin, the present
//     state is delivered if it is not what the hook was told last, and nothing
//     older ever is.
//   - While its subject is held nothing is begun: what happened is known, and told when
//     the machine has carried it out.
//   - Every event that is queued is counted once under what became of it.
//
// # Design
//
// A state that a block does not want to hear of takes its turn in the queue all
// the same: it ends the retries of an older one, so that a hook for active alone is
// not run minutes after the router has become backup, and afterwards the hook no
// longer counts as up to date.
//
// What a hook was told last is forgotten, on disk too, while it is being told
// something else: an agent that is killed meanwhile tells it once more rather than
// not at all. So does one whose disk takes nothing, which therefore is left without
// a file.
//
// The package does not know what a delivery is. It does not limit how many queues
// deliver at a time, since then a few that hang would hold up the others.
package notify
