// Package plugins lists the first-party plugins. They are written with the sdk as
// everybody else's and run as everybody else's, in processes of their own; but
// they are linked into the program, which executes itself to run one.
package plugins

import (
	"github.com/sentinel-ha/sentinel/plugins/exec"
	"github.com/sentinel-ha/sentinel/plugins/fifo"
	"github.com/sentinel-ha/sentinel/plugins/http"
	"github.com/sentinel-ha/sentinel/plugins/mail"
	"github.com/sentinel-ha/sentinel/plugins/ping"
	"github.com/sentinel-ha/sentinel/plugins/script"
	"github.com/sentinel-ha/sentinel/plugins/tcp"
	"github.com/sentinel-ha/sentinel/plugins/webhook"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Trackers returns every first-party type of tracker that is a plugin.
func Trackers() []sdk.Tracker {
	return []sdk.Tracker{script.Tracker, http.Tracker, tcp.Tracker, ping.Tracker}
}

// Notifiers returns every first-party type of hook.
func Notifiers() []sdk.Notifier {
	return []sdk.Notifier{exec.Notifier, webhook.Notifier, mail.Notifier, fifo.Notifier}
}
