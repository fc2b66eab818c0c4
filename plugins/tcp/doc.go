// Package tcp is the tracker "tcp": a TCP port that accepts connections.
//
//	tracker "tcp" "database" {
//	  address  = "127.0.0.1:5432"
//	  interval = "2s"
//	}
//
// With send something is said first, and with expect the answer has to contain a
// text, within its first 64 KiB:
//
//	tracker "tcp" "redis" {
//	  address = "127.0.0.1:6379"
//	  send    = "PING\r\n"
//	  expect  = "+PONG"
//	}
//
// A connection that is refused or does not come about, a name that cannot be
// resolved and an answer without the text are unhealthy. Unknown is what this
// machine lacks, such as file descriptors, free ports, or a right. What is sent is
// not shown in a reason.
//
// Every check makes a connection of its own. There is no TLS here: see http.
package tcp
