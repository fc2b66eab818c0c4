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
// would be killed by SIGPIPE if the output were just closed. What a hook leaves
// behind can be a service, which must not depend on this process: its output is
// bequeathed to a process that reads and throws away whatever is written, and costs
// nothing unless there is something to read at the end of a run. What a check leaves
// behind is an oversight as a rule, of which there can be one every second: it is read
// by this process, for the youngest few of them. But it can be a service too, as many a
// check for keepalived starts what it misses: what has lasted is bequeathed, one in
// ten seconds. Nor would a file in
// memory do instead of the pipe: it grows without end, or, sealed, fails whoever
// writes more than it holds.
//
// What fork waits for holds up the whole process, so package sdk/probe opens each
// program before. It does so as the user of this process and not as the program's,
// which makes no difference to a file system that does not answer.
//
// Who can change a program that runs as root has the rights of root. Of one that
// others can change, by the rule for plugins (sdk/ownership), the log says so, and it is
// run nevertheless, as by keepalived: what has worked until now goes on. Every run
// looks, which takes some 15 microseconds, so that a repair and what comes after it are
// noticed at once. What is only named by an argument or a line for the shell is not
// looked at: there is no telling what becomes of it, or whether its file system answers.
//
// The package does not look after two runs at once, whether a program does what it
// should, or limits. Who uses it must not ignore signals by signal.Ignore:
// programs would inherit that and not end at SIGTERM.
package command
