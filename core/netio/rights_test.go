package netio

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
)

// rightsVariable makes this test binary print what CheckRights says, in a process
// that has lost capabilities.
const rightsVariable = "SENTINEL_TEST_CHECK_RIGHTS"

// Where a program is missing, the tests that need it say so, or fail.
func TestProgramsMissing(t *testing.T) {
	netnstest.Require(t)
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(ip, filepath.Join(dir, "ip")); err != nil {
		t.Fatal(err)
	}
	for test, program := range map[string]string{"TestOtherVRRP": "keepalived", "TestCheckRights": "setpriv"} {
		for _, required := range []string{"", "1"} {
			file := filepath.Join(t.TempDir(), "not-run")
			cmd := exec.Command(executable, "-test.run=^"+test+"$")
			cmd.Env = append(os.Environ(), "PATH="+dir, netnstest.NotRunVariable+"="+file,
				netnstest.RequireVariable+"="+required, "GORACE=atexit_sleep_ms=0")
			output, err := cmd.CombinedOutput()
			heard, _ := os.ReadFile(file)
			if line := test + ": " + program + " is not installed\n"; required == "" && !strings.HasSuffix(string(heard), line) {
				t.Errorf("heard %q, want %q; it printed\n%s", heard, line, output)
			}
			if failed := err != nil; failed != (required == "1") {
				t.Errorf("%s, required %q: error %v; it printed\n%s", test, required, err, output)
			}
		}
	}
}

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
		netnstest.NotRun(t, "setpriv is not installed")
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
