// Package process is the tracker "process": that enough processes of a kind run, or
// not too many.
//
//	tracker "process" "httpd" {
//		process    = "httpd"
//		match      = "comm"   # or "path", "cmdline"
//		quorum     = 1        # at least so many; 0 is the default with quorum_max = 0
//		quorum_max = 4        # at most so many; 0: it must not run
//	}
//
// # What matches
//
// comm is the name that the kernel keeps for a process: the executable's or the
// script's file name, or what the process has named itself. It is compared as a
// whole. The kernel keeps 15 bytes; a longer name matches if these do and the
// executable, or one of the first three arguments, has the whole file name.
//
// path is the executable's absolute path as the kernel tells it, or a symbolic
// link to it. A running executable that was replaced or removed still matches. A
// script's executable is its interpreter.
//
// cmdline is the arguments joined by single spaces, without empty ones at the
// end. It is compared as a whole, as the process shows it: some rewrite theirs.
//
// A process counts, its threads do not. A zombie does not count, but one that
// goes on in other threads after its first has ended does. Processes in
// containers count like any others that are visible in /proc.
//
// A fork is the same program as its parent, so the workers of a server count. As
// most forks are about to become something else, one counts towards quorum at
// once but against quorum_max, and in what is reported, only when it has lasted
// [settling] without an exec. So a daemon that forks and ends its first process
// never seems to be gone, and a helper that is about to be started never is one
// too many.
//
// # How it is known
//
//	kernel: fork, exec, exit, name ─► connector ─┐
//	kernel: a process has ended ────► deaths     ├─► inbox ─► monitor ─► reports
//	trackers come and go ────────────────────────┘      (owns the table)
//
// All process trackers share one monitor. It starts with the first and ends with
// the last.
//
// The kernel's process connector tells of every fork, exec, exit and change of
// name, but only in the initial network and process namespaces: elsewhere a
// subscription may succeed and nothing ever comes, so it is tried out, at first and
// again with a scan every ten seconds. Where it does not work, pidfds tell of the
// end of the processes that count, and new ones are found by a sweep through /proc
// every second.
//
// A sweep lists the processes and reads what may have changed: every second all
// that are new, or were for less than five seconds, and those that count by more
// than their names; every other second the names of those that count by these; the
// rest in turn, every fifth second. So a process that becomes another program
// without a fork ceases to count after two seconds at most, and one that was
// another program for longer than [youth] begins to after five. A process that has
// ended is told from the next of its id by the inode of its directory.
//
// An event costs at most a look at one process. When there are too many, or the
// kernel could not deliver them, the end of a process that counts is still known
// at once, and the rest by looking through /proc, at most every second.
//
// # What cannot be known
//
// Where /proc hides other users' processes, or the right to read their
// executables is lacking, the verdict is unknown, except when what is visible
// decides already. The package never guesses, logs or restarts anything.
package process
