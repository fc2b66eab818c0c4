package exec_test

import (
	"os"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/exec"
	"github.com/sentinel-ha/sentinel/sdk"
)

// script is one as people have it for keepalived.
const script = `
TYPE=$1
NAME=$2
STATE=$3
PRIORITY=$4

echo "$TYPE $NAME is in $STATE state" > status

case $STATE in
"MASTER") echo "$NAME: service started, priority $PRIORITY"
          (while sleep 0.02; do echo heartbeat || exit; echo >> beats; done) &
          echo $! > service
          exit 0
          ;;
"BACKUP"|"FAULT"|"STOP")
          [ -e service ] && kill $(cat service)
          rm -f service
          exit 0
          ;;
*)        echo "unknown state"
          exit 1
          ;;
esac
`

// TestKeepalivedScript: such a script works unchanged, and so does the service
// that it starts in the background, though that goes on writing.
func TestKeepalivedScript(t *testing.T) {
	path, dir := program(t, script)
	for _, c := range []struct{ to, want string }{
		{"backup", "INSTANCE VI_1 is in BACKUP state\n"},
		{"active", "INSTANCE VI_1 is in MASTER state\n"},
		{"fault", "INSTANCE VI_1 is in FAULT state\n"},
		{"stopped", "INSTANCE VI_1 is in STOP state\n"},
	} {
		began := time.Now()
		must(t, exec.Notifier.Deliver(t.Context(), argv(path), with(event, func(e *sdk.Event) { e.To = c.to })))
		if got := read(t, dir+"/status"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: the service was waited for, %v", c.to, took)
		}
		if c.to != "active" {
			continue
		}
		for beats := int64(0); beats < 3; {
			if info, err := os.Stat(dir + "/beats"); err == nil {
				beats = info.Size()
			}
			if time.Since(began) > 10*time.Second {
				t.Fatal("the service does not run on")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
