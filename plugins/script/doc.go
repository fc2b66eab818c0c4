// Package script is the tracker "script": the exit status of a program.
//
//	tracker "script" "nginx" {
//	  command  = ["/usr/bin/killall", "-0", "nginx"]
//	  interval = "2s"
//	  timeout  = "1s"
//	  user     = "nobody"
//	}
//
// command is a program, named by its whole path, and its arguments. With
// shell = true it is one string for /bin/sh instead:
//
//	command = ["/usr/bin/curl -fs http://localhost/ | grep -q ready"]
//	shell   = true
//
// It runs in / with a PATH and no other variables. Exit 0 is healthy. Another
// status, a signal and a timeout are unhealthy: the timeout is SIGTERM for the
// program and its children, and SIGKILL after two seconds; every interval until it
// has ended is another failure. What cannot be executed
// is unknown, as it says nothing about the thing checked: a program or user that
// is missing, a right that is missing, a file system that has not answered for half
// of the timeout and, with shell = true, the statuses 126 and 127, by which a shell
// says the same. The reason is the status and the last line
// that was written.
//
// A program that runs as root though others could change it, or a directory or link on
// the way to it, is a warning in the log, with the command that repairs it. It says
// nothing about the thing checked, and the program is run. Neither its arguments nor a
// line for the shell are looked at.
//
// Whether the program and the user exist is found out whenever it runs, since both
// may come and go.
//
// A program may leave processes behind, also a service that it found missing. That goes
// on without the agent when it has run for ten seconds; what it writes to the output that
// it has from the program is thrown away. When memory is short the kernel takes it
// before others, as it does a check: "systemctl start" makes it the service manager's.
package script
