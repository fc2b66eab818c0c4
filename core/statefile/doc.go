// Package statefile hands something down from a process to the next one of the same
// boot, in a file.
//
// A file is JSON. It is written anew each time and renamed into place, so that a
// reader finds one whole version. It is not synced to the disk: what it speaks of
// does not survive the power failure after which that would matter.
//
// What is in a file, when it is written and what is done without it is not known
// here: see core/netio and core/notify.
package statefile
