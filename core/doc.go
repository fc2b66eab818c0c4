// Package core holds no code: it is the map of this tree, and the test that keeps
// it true.
//
//	packet    PURE  the wire codec
//	priority  PURE  what keeps a router from serving, as data
//	vrrp      PURE  the virtual router's state machine
//	engine          owns every router; one loop; declares the interfaces it needs
//	sim             seeded simulation of many engines, with faults
//	netio           Linux: sockets, addresses, announcements, links
//	config          HCL to validated configuration
//	agent           puts all of the above together
//	lab             network namespaces, nodes, faults, probes
//
// Who may import whom, and what a pure package must not hold, is in
// imports_test.go, with the reasons.
package core
