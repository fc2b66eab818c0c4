// Package command runs a program for a plugin and makes sure that it ends.
//
// A program runs in a process group of its own, in /, with a PATH and the
// variables it is given and no others. What it writes to standard output and
// standard error is read, and the end of it kept. When the context ends the group
// gets SIGTERM, has two seconds if it is still there, and gets SIGKILL.
//
//	Run ─ start ─► wait: poll( exit, output, context )
//	                 │ the context ended: TERM, grace, KILL
//	                 └► reap, which frees the number of the process and its group
//
// # Design
//
// Run blocks its thread in poll(2), which costs a quarter less than os/exec and
// its goroutines. The thread is the one that forked, as the kernel ties the
// parent-death signal to it: a program is killed when the process that runs it
// dies, however that dies. As the kernel does so neither for the program's children
// nor for a program that gains rights as it starts, one guard for all programs, a
// shell that outlives this process, kills their groups.
//
// A process that was left behind and still holds the output is not waited for. It
// would be killed by SIGPIPE if the output were just closed, as a service would
// that a hook has started; so whatever it writes is read and thrown away for as
// long as this process lives, for the youngest few of them.
//
// The package does not look after two runs at once, whether a program is to be
// trusted, or limits. Who uses it must not ignore signals by signal.Ignore:
// programs would inherit that and not end at SIGTERM.
package command
