// Package keepalived holds the words by which keepalived tells its scripts and the
// readers of its FIFOs what has happened.
package keepalived

import (
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// States are its words for ours.
var States = map[string]string{
	"active":     "MASTER",
	"backup":     "BACKUP",
	"fault":      "FAULT",
	"stopped":    "STOP",
	"initialize": "INIT",
}

// State returns its word for what an event is about: the state, and behind it the
// kind of an event that is no transition, as in MASTER_PRIORITY.
func State(e sdk.Event) string {
	state := States[e.To]
	if !e.Kind.IsState() {
		state = strings.TrimPrefix(state+"_"+strings.ToUpper(string(e.Kind)), "_")
	}
	return state
}
