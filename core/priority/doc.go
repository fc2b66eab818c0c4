// Package priority turns what is known about a node's health into data: which
// faults keep a virtual router from serving, from where, why and since when.
//
// The package is pure. It does not know what raises a fault, and it decides
// nothing but whether there is one.
package priority
