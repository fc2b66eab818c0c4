// Package exec is the notifier "exec": it runs a program.
//
//	notify "exec" "logger" {
//	  command = ["/usr/local/bin/notify.sh"]
//	}
//
//	notify "exec" "web" {
//	  commands = {
//	    active = ["/usr/bin/systemctl", "start", "web"]
//	    backup = ["/usr/bin/systemctl", "stop", "web"]
//	  }
//	}
//
// A script that was written for keepalived works as it is: command gets its four
// arguments, after those that are configured.
//
//	INSTANCE|GROUP  NAME  MASTER|BACKUP|FAULT|STOP  PRIORITY
//
// The priority of a group is 0. Events that are no transitions, of which a script
// is told if its block asks for them, have their kind in the third place, as in
// keepalived's FIFO: MASTER_PRIORITY, or just CONFLICT before there is a state.
//
// It is run when the addresses are on their interfaces, or gone, as keepalived's are.
//
// Of commands that of the new state is run, or that of the kind if it is no
// transition, and nothing is appended. Without an "on" in its block the hook is told
// of what there are commands for, and of nothing else.
//
// With shell = true a command is one string for /bin/sh, for which the appended
// arguments are $1 to $4.
//
// A program runs in /, as user or as who runs the agent. On standard input it gets
// the event as one line of JSON, and as environment nothing but PATH and:
//
//	SENTINEL_EVENT_ID       the same when the event is delivered again
//	SENTINEL_KIND           transition, snapshot, priority, conflict, tracker
//	SENTINEL_INSTANCE       one of these is empty
//	SENTINEL_GROUP
//	SENTINEL_INTERFACE      of the instance
//	SENTINEL_VRID           of the instance
//	SENTINEL_FROM           initialize, backup, active, fault, stopped
//	SENTINEL_TO
//	SENTINEL_PRIORITY       0 for a group
//	SENTINEL_PEER           the router that caused it
//	SENTINEL_PEER_PRIORITY
//	SENTINEL_ADDRESSES      separated by spaces
//	SENTINEL_REASON
//	SENTINEL_COALESCED      how many older events this one stands for besides
//	SENTINEL_TIME           RFC 3339
//
// All of them are set; what means nothing for an event is empty.
//
// A program that runs as root though others could change it, or a directory or link on
// the way to it, is a warning in the log, with the command that repairs it, and is run.
// Neither its arguments nor a line for the shell are looked at.
//
// Exit 0 is done and 75 (EX_TEMPFAIL) asks to be tried again. Everything else is
// final and reported with the last line that was written. What does not end in
// time gets SIGTERM with its children, SIGKILL after two seconds, and is tried
// again, as is what could not be executed.
//
// A program may leave processes behind, such as a service that it starts, and they
// outlive the plugin and the agent. When memory is short the kernel takes plugins and
// checks first, and what a hook starts no sooner than the agent. What a process that
// was left behind goes on writing to the standard output or error that it has from the
// program is thrown away by a process "cat", which ends with it; a service whose words
// matter is started with an output of its own.
package exec
