// Package http is the tracker "http": what a web server answers.
//
//	tracker "http" "app" {
//	  url      = "http://127.0.0.1:8080/healthz"
//	  interval = "2s"
//	  timeout  = "1s"
//	}
//
// Everything else is optional:
//
//	tracker "http" "shop" {
//	  url         = "https://192.0.2.10/status"
//	  method      = "GET"                     # the default
//	  host        = "shop.example.com"        # Host header, and the name in the certificate
//	  headers     = { Accept = "text/plain" }
//	  status_code = ["200", "300-399"]        # ["200-399"] by default
//	  regex       = "(?m)^database: ok$"      # in the first MiB of the body
//	  ca_file     = "/etc/ssl/shop-ca.pem"    # instead of the system's
//	}
//
// username and password are for basic authentication. tls_skip_verify accepts any
// certificate. Redirects are answers as others are, unless follow_redirects is
// true; then what the last one leads to is the answer. headers, username and password
// are for the host of the url only, and are not sent unprotected when it is https.
//
// Another status, a body that does not match, a certificate that is not trusted,
// and no answer are unhealthy. Unknown is what this machine lacks: a readable
// ca_file, file descriptors, free ports, a right.
//
// Every check makes a connection of its own, directly: a proxy in the environment
// is not used.
package http
