// Package trackers lists the trackers that are built in. They are written with
// the sdk like all others, but run inside the agent.
package trackers

import (
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/trackers/file"
	"github.com/sentinel-ha/sentinel/trackers/iface"
	"github.com/sentinel-ha/sentinel/trackers/process"
)

// All returns every built-in type of tracker.
func All() []sdk.Tracker {
	return []sdk.Tracker{
		process.Tracker,
		iface.Tracker,
		file.Tracker,
	}
}
