// Package fifo is the notifier "fifo": lines for a program that reads a named pipe,
// in keepalived's format.
//
//	notify "fifo" "handler" {
//	  path    = "/run/ha/handler.fifo"
//	  on      = ["active", "backup", "fault", "stopped", "priority"]
//	  for_all = true
//	}
//
// There is one line for an event:
//
//	INSTANCE "VI_1" MASTER 100
//	GROUP "G1" FAULT 0
//	INSTANCE "VI_1" MASTER_PRIORITY 50
//
// The states are MASTER, BACKUP, FAULT and STOP. An event that is no transition
// has its kind behind the state: MASTER_PRIORITY, BACKUP_PRIORITY. The priority of
// a group is 0.
//
// The pipe is not made here: whoever reads it makes it, with mkfifo. It is kept
// open, so that a reader sees no end of file between two events. While nobody has
// it open for reading, or it is full because its reader does not read, an event is
// tried again and older ones give way to newer ones; keepalived drops them. A line
// is written as a whole or not at all, and before another instance's or after it.
//
// A reader may open the pipe anew for every line: what it has not read yet stays there,
// and for a second after a line its return is waited for.
//
// What was written is done, although nobody may have read it yet; only after STOP that
// is waited for, for a second.
package fifo
