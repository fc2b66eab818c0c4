// Package engine owns every virtual router of one network namespace.
//
// One caller, the loop, drives it. Each turn first drains everything that has
// arrived and only then judges deadlines, so that a router is never declared
// dead while its advertisement waits to be read:
//
//	          Network.Receive ─┐                     ┌─► Network.Send
//	Post(links, answers,       ├─► Turn: drain, step ├─► Host: addresses, sockets,
//	     reload, stop, query) ─┘         then act    │   announcements
//	                                                 └─► Observer: what happened and why
//	                 Clock ────► Turn returns when it wants to run next
//
// Everything that can block is behind [Host] and answers later with an input.
// The engine has no goroutine, timer or socket of its own, so that the same code
// runs on the machine's clock in the agent and on virtual time in core/sim.
//
// It makes no protocol decisions; those are core/vrrp's. What it adds is who
// the packets, links and addresses belong to, the faults that follow from
// them, and the repair of addresses that somebody else removed.
package engine
