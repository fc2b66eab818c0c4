// Package core holds no code: it is the map of this tree, and the test that keeps
// it true.
//
//	packet    PURE  the wire codec
//	priority  PURE  verdicts, weights and faults: what they come to, as data
//	vrrp      PURE  the virtual router's state machine, and sync groups
//	engine          owns every router; one loop; declares the interfaces it needs
//	sim             seeded simulation of many engines, with faults
//	netio           Linux: sockets, addresses, announcements, links
//	track           runs trackers
//	notify          orders, times out and retries deliveries to hooks
//	statefile       what a process leaves to the next one, on disk
//	pluginhost      finds, checks, launches and ends plugin processes
//	config          HCL to validated configuration
//	api             the control socket, its documents and its client
//	agent           puts all of the above together
//	scaffold        writes new plugins to start from
//	lab             network namespaces, nodes, faults, probes
//
// Beside it stand sdk, what trackers and hooks are written with, trackers, the
// built-in ones, and plugins, the first-party ones that run in processes of their
// own. Below sdk are, for authors,
//
//	serve           a plugin's main function
//	plugintest      its test
//
// the two ends of the wire with it,
//
//	host            starts one plugin, talks to it and ends it
//	internal/wire   the messages, and what they mean
//
// and what is needed on both sides of it:
//
//	guard           kills the process groups that this process leaves
//	orphan          leaves a shell script behind
//	probe           opens a program before it is executed
//	legible         makes one short line of what others have written
//	repair          mistakes that one command puts right
//
// Who may import whom, and what a pure package must not hold, is in
// imports_test.go, with the reasons.
package core
