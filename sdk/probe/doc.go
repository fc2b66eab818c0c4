// Package probe finds out whether a program can be opened, before it is executed.
//
// Who starts a process waits in the kernel until the new one has opened its
// program. In Go that stops more than a thread: fork is a vfork, during which the
// runtime cannot take the processor back, so that the next garbage collection stops
// every goroutine of the process. A program on a network file system whose server
// is gone would do that for as long as the server is. To open a file to read it is
// an ordinary system call, which stops a thread and nobody else.
//
// What is opened is the program and, if it is a script, the interpreter that its
// first line names. Not seen are a loader that an ELF file or binfmt_misc names, which
// is where the rest of the machine is, and a file system that stops to answer
// between the look and the start. That is some microseconds; to close this window a small
// program of ours would have to be executed first each time, which costs more than
// all the rest of a start.
//
// It says nothing about rights, formats and files that are not there: the kernel
// does, when the program is executed. What the kernel means is said by [Refused].
package probe
