// Package vrrp is the virtual router: the state machine of RFC 9568 section 6
// with its errata, version 2's differences (RFC 3768), and what operators add
// to it: preemption delay, faults, a start-up delay and suspicion after a stall.
//
// A [Router] is a value that one caller drives. Everything that happens to it
// is a method call with the present time; what must happen in the world comes
// back as a list of [Action] in order; [Router.Deadline] says when to call
// [Router.Tick] next. Calling Tick early, late or twice is harmless.
//
//	Start, Receive, SetPriority, SetFault, Tick, Stop ──► Router ──► []Action
//	                                                        │
//	                                                        └──► Deadline
//
// The package is pure: it has no clock, goroutine, socket, log or randomness.
// That lets the same code run in the agent, in the simulator and on paper.
// It does not know interfaces, sockets or trackers; core/engine translates.
package vrrp
