// Package webhook is the notifier "webhook": an HTTP request for every event.
//
//	notify "webhook" "pager" {
//	  url    = "https://hooks.example.com/ha"
//	  secret = var.hook_secret
//	}
//
// The event is sent by POST as JSON, with the names that exec gives to a program
// on standard input, and
//
//	Content-Type          application/json
//	X-Sentinel-Event-Id   the same when the event is delivered again
//	X-Sentinel-Signature  sha256= and the HMAC-SHA256 of the body in hexadecimal
//
// The signature is there with a secret, which both ends know: who makes it from
// the bytes received and compares knows where they come from. headers are more
// headers, such as Authorization; username and password are for basic
// authentication. ca_file has the certificates to trust instead of the system's,
// and tls_skip_verify accepts any.
//
// 2xx is done. What is tried again is no answer at all, 408, 425, 429 and 5xx, after
// what Retry-After says if it is there. Everything else is final: redirects, which
// are not followed, and requests that the server will never like. The answer's
// body is not looked at.
//
// A proxy in the environment is not used. Errors hold neither the URL, which with
// many services is a secret itself, nor a header.
package webhook
