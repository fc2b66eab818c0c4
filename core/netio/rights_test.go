package netio

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// rightsVariable makes this test binary print what CheckRights says, in a process
// that has lost capabilities.
const rightsVariable = "SENTINEL_TEST_CHECK_RIGHTS"

func TestCheckRights(t *testing.T) {
	if os.Getenv(rightsVariable) != "" {
		fmt.Println(CheckRights())
		os.Exit(0)
	}
	netnstest.Require(t)
	if err := CheckRights(); err != nil {
		t.Errorf("with all rights: %v", err)
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("setpriv is not installed")
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ drop, want string }{
		{"-net_raw", "no right to run: lacking CAP_NET_RAW (VRRP sockets and gratuitous ARP); run as root, " +
			"or give them by AmbientCapabilities=CAP_NET_RAW in the systemd unit or by setcap cap_net_raw+ep on the program"},
		{"-net_admin", "lacking CAP_NET_ADMIN (virtual addresses and packet filters); run"},
		{"-net_admin,-net_raw", "lacking CAP_NET_RAW (VRRP sockets and gratuitous ARP) and CAP_NET_ADMIN (virtual addresses and packet filters); " +
			"run as root, or give them by AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN in the systemd unit or by setcap cap_net_raw,cap_net_admin+ep"},
		{"-sys_time", "<nil>"},
	}
	for _, test := range tests {
		t.Run(test.drop, func(t *testing.T) {
			cmd := exec.Command("setpriv", "--bounding-set", test.drop, "--inh-caps", test.drop,
				executable, "-test.run=^TestCheckRights$")
			cmd.Env = append(os.Environ(), rightsVariable+"=1", "GORACE=atexit_sleep_ms=0")
			output, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(output), test.want) {
				t.Errorf("error %v, output\n%swant\n%s", err, output, test.want)
			}
		})
	}
}
