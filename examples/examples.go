// Package examples holds configurations that validate and run. It embeds the
// quick-start, so that `sentinel lab` needs no file.
package examples

import _ "embed"

// Quickstart is the text of quickstart/ha.hcl: two nodes, server1 and server2, on
// eth0, that share 192.168.1.100/24.
//
//go:embed quickstart/ha.hcl
var Quickstart []byte
