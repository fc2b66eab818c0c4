// Package demo is what `sentinel lab` shows: a scripted story of failures with
// what they cost, and a prompt at which one can cause them by hand.
//
// It runs the real program in the lab's nodes and believes only what it sees
// from the outside: who holds the address, who answers the client's pings, and
// what the agents log. It knows nothing of the configuration it is given but
// which address to watch.
package demo
