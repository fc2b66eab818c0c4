package command

import (
	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk/orphan"
)

// draining leaves behind what reads an output to its end. A signal to all processes
// does not end that, as those who write may take their time after it.
const draining = `trap '' HUP INT TERM; cat <&3 3<&- >/dev/null &`

// bequeath makes a process read an output for as long as somebody holds it. That
// process is nobody's child, is not in our group, and outlives us. The output is not
// closed here.
func bequeath(output int) error {
	if err := unix.SetNonblock(output, false); err != nil { // who reads it now waits
		return wrap("change the output", err)
	}
	err := orphan.Start("sentinel-output", draining, output)
	if err != nil {
		_ = unix.SetNonblock(output, true)
	}
	return err
}
