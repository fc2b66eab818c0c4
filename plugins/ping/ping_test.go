package ping

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }

// patience is how long a check may take whose result does not depend on it.
const patience = 10 * time.Second

// network returns a namespace at 192.0.2.1 and 2001:db8::1 with a router at .2 and
// ::2, beyond which nothing can be reached.
func network(t *testing.T) *netnstest.Namespace {
	t.Helper()
	here, there := netnstest.New(t), netnstest.New(t)
	netnstest.Connect(t, here, "v0", there, "v1")
	for _, address := range []string{"192.0.2.1/24", "2001:db8::1/64"} {
		here.Run("ip", "addr", "add", address, "dev", "v0")
	}
	for _, address := range []string{"192.0.2.2/24", "2001:db8::2/64", "fe80::2/64"} {
		there.Run("ip", "addr", "add", address, "dev", "v1")
	}
	there.Sysctl("net/ipv4/ip_forward", "1")
	there.Sysctl("net/ipv6/conf/all/forwarding", "1")
	here.Run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2")
	here.Run("ip", "route", "add", "2001:db8:1::/64", "via", "2001:db8::2")
	there.Run("ip", "route", "add", "unreachable", "198.51.100.0/24")
	there.Run("ip", "route", "add", "unreachable", "2001:db8:1::/64")
	return here
}

// checked returns the result of a check in a namespace.
func checked(t *testing.T, n *netnstest.Namespace, address string, timeout time.Duration) (result sdk.Result) {
	t.Helper()
	c := config{Address: address}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	n.Do(func() {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		result = check(ctx, c)
	})
	return result
}

func TestVerdicts(t *testing.T) {
	n := network(t)
	for socket, users := range map[string]string{"raw": "1 0", "unprivileged": "0 0"} {
		n.Sysctl("net/ipv4/ping_group_range", users)
		for address, want := range map[string]sdk.Result{
			"127.0.0.1":   sdk.Pass("127.0.0.1 answered"),
			"::1":         sdk.Pass("::1 answered"),
			"192.0.2.2":   sdk.Pass("192.0.2.2 answered"),
			"2001:db8::2": sdk.Pass("2001:db8::2 answered"),
			"fe80::2%v0":  sdk.Pass("fe80::2%%v0 answered"),
			"localhost":   sdk.Pass("localhost answered"),
			"203.0.113.1": sdk.Fail("203.0.113.1: network is unreachable"),
		} {
			if got := checked(t, n, address, patience); got != want {
				t.Errorf("%s: %+v, want %+v", socket, got, want)
			}
		}
		for _, address := range []string{"192.0.2.9", "2001:db8::9"} {
			if got, want := checked(t, n, address, 200*time.Millisecond), sdk.Fail("%s: no answer", address); got != want {
				t.Errorf("%s: %+v, want %+v", socket, got, want)
			}
		}
	}
}

// TestRouterSays: with the right to read them, what routers say is the reason.
func TestRouterSays(t *testing.T) {
	n := network(t)
	n.Sysctl("net/ipv4/ping_group_range", "1 0")
	for address, router := range map[string]string{"198.51.100.1": "192.0.2.2", "2001:db8:1::1": "2001:db8::2"} {
		if got, want := checked(t, n, address, patience), sdk.Fail("%s: %s says that it is unreachable", address, router); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestOthers: answers for somebody else at the same time are not taken.
func TestOthers(t *testing.T) {
	n := network(t)
	n.Sysctl("net/ipv4/ping_group_range", "1 0")
	stop := make(chan struct{})
	other := n.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				check(t.Context(), config{Address: "192.0.2.2"})
			}
		}
	})
	got := checked(t, n, "192.0.2.9", 500*time.Millisecond)
	close(stop)
	<-other
	if want := sdk.Fail("192.0.2.9: no answer"); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestNoRight(t *testing.T) {
	n := network(t)
	n.Sysctl("net/ipv4/ping_group_range", "1 0")
	for _, address := range []string{"127.0.0.1", "::1"} {
		var got sdk.Result
		n.Do(func() {
			// These are the thread's, which ends with this function.
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var none [2]unix.CapUserData
			if err := unix.Capset(&header, &none[0]); err != nil {
				t.Fatal(err)
			}
			got = check(t.Context(), config{Address: address})
		})
		want := sdk.CannotTell("cannot ask %s: no right to send ICMP: it takes net.ipv4.ping_group_range, or CAP_NET_RAW", address)
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestTracker: a check ends with its timeout.
func TestTracker(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var got sdk.Result
	err := Tracker.Run(ctx, sdk.Values{"address": "no.such.invalid"}, sdk.Schedule{Interval: time.Minute},
		func(r sdk.Result) { got = r; cancel() })
	if err != nil || got.Verdict != sdk.Unhealthy || !strings.HasPrefix(got.Reason, "no.such.invalid: ") {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestValidate(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":       "",
		"2001:db8::1":     "",
		"fe80::1%eth0":    "",
		"gw.example.com":  "",
		"3com":            "",
		"fe80::1":         "address: fe80::1 needs its interface: fe80::1%eth0",
		"224.0.0.18":      "address: 224.0.0.18 is not the address of one host",
		"0.0.0.0":         "address: 0.0.0.0 is not the address of one host",
		"255.255.255.255": "address: 255.255.255.255 is not the address of one host",
		"192.0.2":         `address: "192.0.2" is neither an IP address nor a name`,
		"192.0.2.1/24":    `address: "192.0.2.1/24" is neither an IP address nor a name`,
		"192.0.2.1:80":    `address: "192.0.2.1:80" is neither an IP address nor a name`,
		"":                `address: "" is neither an IP address nor a name`,
	} {
		sdktest.Validates(t, address, Tracker, sdk.Values{"address": address}, want)
	}
	if !Tracker.Polled() || Tracker.Measures() || Tracker.Name() != "ping" {
		t.Error("it is another kind of tracker")
	}
}
