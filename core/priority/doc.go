// Package priority turns what is known about a node's health into data: which
// priority it comes to, and which faults keep a virtual router from serving, from
// where, why and since when.
//
//	samples ──► Tracker ──► Reading ──► Term ──► Contribution ──► Priority
//	           (rise, fall,            (weight,                 (base, sum,
//	            delays, hold)           reverse)                 bounds)
//
// A [Tracker] is one for all routers, a [Term] is one router's use of it, and
// [Faults] are a set, so that two that come can be two that go.
//
// The package is pure: time is an argument. It does not know what a tracker
// watches, what raises a fault, or what is done about either.
package priority
