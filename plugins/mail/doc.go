// Package mail is the notifier "mail": a message for every event, as keepalived's
// notification_email.
//
//	notify "mail" "admins" {
//	  server  = "192.0.2.25"                  # port 25
//	  from    = "keepalived@example.com"
//	  to      = ["admin@example.com", "oncall@example.com"]
//	  for_all = true
//	}
//
//	notify "mail" "provider" {
//	  server        = "smtp.example.com:587"
//	  username      = "ha@example.com"
//	  password_file = "/etc/sentinel/smtp.password"
//	  from          = "Sentinel <ha@example.com>"
//	  to            = ["admin@example.com"]
//	}
//
// The subject is keepalived's, with the node's name for its router_id:
//
//	[server1] VRRP Instance VI_1 - Entering MASTER state
//
// and the text says what happened, when and why.
//
// tls says how the connection is protected:
//
//	required       by STARTTLS, and by the server's certificate; else there is no
//	               mail. The default with a username
//	opportunistic  by STARTTLS if the server offers it, with any certificate. The
//	               default without, and forbidden with one
//	implicit       from the first byte. The default on port 465
//	off            not at all
//
// ca_file has the certificates to trust instead of the system's, and
// tls_skip_verify accepts any. The password, of which password_file has the first
// line, is sent by AUTH PLAIN or LOGIN, whichever the server has. A password_file that
// everybody can read is a warning in the log. helo is the name of this machine for
// the server.
//
// An answer of 4xx, and none, are tried again; 5xx is final. If some recipients
// are refused the others have their mail, and nothing is tried again. What was
// accepted although this end did not hear of it is sent twice, with one
// Message-ID.
package mail
