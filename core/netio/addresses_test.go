package netio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sentinel-ha/sentinel/core/netio/netnstest"
	"golang.org/x/sys/unix"
)

// shown returns the line that "ip -o addr" prints for an address on an interface,
// without the number and with single spaces, or the empty string.
func shown(n *netnstest.Namespace, name, prefix string) string {
	for line := range strings.Lines(n.Run("ip", "-o", "addr", "show", "dev", name)) {
		fields := strings.Fields(strings.ReplaceAll(line, `\`, " "))
		if len(fields) > 3 && fields[3] == prefix {
			return strings.Join(fields[1:], " ")
		}
	}
	return ""
}

// list returns the addresses of an interface as "ip addr" lists them, exactly but
// for lifetimes that run.
func list(n *netnstest.Namespace, name string) string {
	return n.Run("ip", "-d", "addr", "show", "dev", name)
}

func TestAddAndRemove(t *testing.T) {
	p := newPair(t)
	netnstest.Connect(t, p.here, "eth1", p.there, "eth1")
	h := startHost(t, p.here, t.TempDir())
	tests := []struct {
		name    string
		address Address
		want    string
	}{
		{"IPv4", on("eth0", "192.0.2.100/24"),
			"eth0 inet 192.0.2.100/24 scope global secondary eth0 valid_lft forever preferred_lft forever"},
		{"IPv4 alone", on("eth0", "192.0.2.100/32"),
			"eth0 inet 192.0.2.100/32 scope global eth0 valid_lft forever preferred_lft forever"},
		{"label and scope", Address{netip.MustParsePrefix("198.51.100.100/24"), "eth0", "eth0:web", ScopeLink},
			"eth0 inet 198.51.100.100/24 scope link eth0:web valid_lft forever preferred_lft forever"},
		{"scope host", Address{netip.MustParsePrefix("198.51.100.100/24"), "eth0", "", ScopeHost},
			"eth0 inet 198.51.100.100/24 scope host eth0 valid_lft forever preferred_lft forever"},
		{"another interface", on("eth1", "198.51.100.1/24"),
			"eth1 inet 198.51.100.1/24 scope global eth1 valid_lft forever preferred_lft forever"},
		{"IPv6", on("eth0", "2001:db8::100/64"),
			"eth0 inet6 2001:db8::100/64 scope global nodad valid_lft forever preferred_lft forever"},
		{"IPv6 alone", on("eth0", "2001:db8::100/128"),
			"eth0 inet6 2001:db8::100/128 scope global nodad deprecated valid_lft forever preferred_lft 0sec"},
		{"IPv6 link-local", on("eth0", "fe80::100/64"),
			"eth0 inet6 fe80::100/64 scope link nodad valid_lft forever preferred_lft forever"},
	}
	// Without this the kernel would do duplicate address detection of none.
	p.here.Sysctl("net/ipv6/conf/eth0/accept_dad", "1")
	p.here.Sysctl("net/ipv6/conf/eth0/dad_transmits", "1")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := list(p.here, test.address.Interface)
			h.t = t
			h.add(test.address)
			if got := shown(p.here, test.address.Interface, test.address.Prefix.String()); got != test.want {
				t.Errorf("the kernel has\n%q, want\n%q", got, test.want)
			}
			again := h.change(AddressOrder{Add: true, Addresses: []Address{test.address}})
			if r := again.Results[0]; r.Err != nil || r.Changed {
				t.Errorf("added again: changed %t, error %v", r.Changed, r.Err)
			}
			h.remove(test.address)
			if diff := cmp.Diff(before, list(p.here, test.address.Interface)); diff != "" {
				t.Errorf("after removal (-before +after):\n%s", diff)
			}
			gone := h.change(AddressOrder{Addresses: []Address{test.address}})
			if r := gone.Results[0]; r.Err != nil || r.Changed {
				t.Errorf("removed again: changed %t, error %v", r.Changed, r.Err)
			}
		})
	}
}

// What is on the interface and not in the record is somebody else's, adopted, or
// the machine's own.
func TestOwnership(t *testing.T) {
	for _, address := range []string{"192.0.2.100", "2001:db8::100"} {
		single, subnet, flags := "/32", "/24", []string(nil)
		if strings.Contains(address, ":") {
			single, subnet, flags = "/128", "/64", []string{"nodad"}
		}
		for _, present := range []string{single, subnet} {
			for _, test := range []struct {
				own     Ownership
				err     error
				removed bool
			}{
				{Foreign, ErrForeign, false},
				{Adopted, nil, true},
				{MachinesOwn, nil, false},
			} {
				name := address + present + "/" + map[Ownership]string{Foreign: "foreign", Adopted: "adopted", MachinesOwn: "machine's"}[test.own]
				t.Run(name, func(t *testing.T) {
					n := netnstest.New(t)
					netnstest.Connect(t, n, "eth0", netnstest.New(t), "eth0")
					n.Run("ip", append([]string{"addr", "add", address + present, "dev", "eth0"}, flags...)...)
					before := list(n, "eth0")
					h := startHost(t, n, t.TempDir())
					order := AddressOrder{Add: true, Own: test.own, Addresses: []Address{on("eth0", address+single)}}
					if r := h.change(order).Results[0]; r.Err != test.err || r.Changed {
						t.Errorf("added: changed %t, error %v, want %v", r.Changed, r.Err, test.err)
					}
					if diff := cmp.Diff(before, list(n, "eth0")); diff != "" {
						t.Errorf("after adding (-before +after):\n%s", diff)
					}
					order.Add = false
					if r := h.change(order).Results[0]; r.Err != nil || r.Changed != test.removed {
						t.Errorf("removed: changed %t, error %v", r.Changed, r.Err)
					}
					if there := strings.Contains(list(n, "eth0"), address+"/"); there == test.removed {
						t.Errorf("after removal it is there: %t", there)
					}
				})
			}
		}
	}
}

// Somebody else puts the address there before we have heard of it.
func TestAddIsOvertaken(t *testing.T) {
	for _, test := range []struct {
		own  Ownership
		err  error
		ours bool
	}{
		{Foreign, ErrForeign, false},
		{Adopted, nil, true},
		{MachinesOwn, nil, false},
	} {
		p := newPair(t)
		h, events := startWorker(t, p.here)
		h.Watch([]string{"eth0"})
		h.link("eth0", anyLink)
		events.close() // there will be none
		p.here.Run("ip", "addr", "add", "192.0.2.100/24", "dev", "eth0")
		r := h.change(AddressOrder{Add: true, Own: test.own, Addresses: []Address{on("eth0", "192.0.2.100/24")}}).Results[0]
		if r.Err != test.err || r.Changed {
			t.Errorf("own %d: changed %t, error %v, want %v", test.own, r.Changed, r.Err, test.err)
		}
		link := h.link("eth0", func(l Link) bool { return l.AsOf == h.seq })
		for _, a := range link.Addresses {
			if a.String() == "192.0.2.100/24" && a.Ours != test.ours {
				t.Errorf("own %d: ours %t", test.own, a.Ours)
			}
		}
		h.end()
	}
}

// The kernel adds an address, or does not, and its answer is lost: the record has
// the address if it is there, or may be.
func TestAnswerIsLost(t *testing.T) {
	const acknowledgements, everything = true, false
	for _, test := range []struct {
		name      string
		address   Address
		lose      bool
		err       string // empty: none
		thereToo  bool
		staysOurs bool
	}{
		{"added", on("eth0", "192.0.2.100/24"), acknowledgements, "", true, true},
		{"refused", Address{on("", "192.0.2.100/24").Prefix, "eth0", "", ScopeLink}, acknowledgements, "temporarily", false, false},
		{"unknown", on("eth0", "192.0.2.100/24"), everything, "perhaps added", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPair(t)
			dir := t.TempDir()
			h := newTestHost(t, dir)
			p.here.Do(func() {
				w, err := newWorker(h.Host)
				if err != nil {
					t.Fatal(err)
				}
				defer w.close()
				if _, err := w.links.fresh("eth0"); err != nil {
					t.Fatal(err)
				}
				timeout := unix.NsecToTimeval(silence.Nanoseconds())
				_ = w.kernel.socket.SetReceiveTimeout(&timeout)
				loseAnswers(t, w.kernel.socket.GetFd(), test.lose)
				order := AddressOrder{Add: true, Addresses: []Address{test.address}}
				r := w.add(order)[0]
				if r.Changed != (test.err == "") || r.Err == nil != (test.err == "") ||
					r.Err != nil && !strings.Contains(r.Err.Error(), test.err) {
					t.Errorf("changed %t, error %v", r.Changed, r.Err)
				}
			})
			if there := shown(p.here, "eth0", "192.0.2.100/24") != ""; there != test.thereToo {
				t.Errorf("there: %t", there)
			}
			if file := readRecord(t, dir); (file != nil) != test.staysOurs {
				t.Errorf("record %+v", file)
			}
		})
	}
}

// loseAnswers makes a netlink socket lose what the kernel sends to it.
func loseAnswers(t *testing.T, fd int, onlyAcknowledgements bool) {
	t.Helper()
	acknowledgement := uint32(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.NLMSG_ERROR)))
	program := []unix.SockFilter{ // see socket(7) and bpf_asm
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: 4}, // struct nlmsghdr's nlmsg_type
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: acknowledgement, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: math.MaxUint32},
	}
	if !onlyAcknowledgements {
		program = program[2:3]
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &filter); err != nil {
		t.Fatal(err)
	}
}

// No answer is waited for for ever.
func TestAnswerTimeout(t *testing.T) {
	kernel, err := openRTNL()
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.close()
	if send, receive := kernel.socket.GetTimeouts(); send != answerTimeout || receive != answerTimeout {
		t.Errorf("rtnetlink waits for %v and %v", send, receive)
	}
	for want, errs := range map[bool][]error{
		true:  {unix.ENOBUFS, fmt.Errorf("do it: %w", unix.EAGAIN), os.ErrDeadlineExceeded, errors.New("what came is no answer")},
		false: {nil, unix.EINVAL, fmt.Errorf("%w: Invalid scope value", unix.EINVAL), os.NewSyscallError("socket", unix.EPROTONOSUPPORT)},
	} {
		for _, err := range errs {
			if got := lost(err); got != want {
				t.Errorf("lost is %t for %v", got, err)
			}
		}
	}
}

// A router that adopts takes off what it finds, also without having added it.
func TestAdoptedIsRemoved(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	order := AddressOrder{Own: Adopted, Addresses: []Address{on("eth0", "192.0.2.1/32"), on("nowhere", "192.0.2.1/32")}}
	report := h.change(order)
	if r := report.Results[0]; r.Err != nil || !r.Changed || shown(p.here, "eth0", "192.0.2.1/24") != "" {
		t.Errorf("changed %t, error %v", r.Changed, r.Err)
	}
	if r := report.Results[1]; r.Err != nil || r.Changed {
		t.Errorf("on no interface: changed %t, error %v", r.Changed, r.Err)
	}
}

// One of ours whose prefix length is another now is replaced.
func TestPrefixLengthChanges(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	for _, prefix := range []string{"192.0.2.100/24", "192.0.2.100/32", "2001:db8::100/64", "2001:db8::100/128"} {
		h.add(on("eth0", prefix))
	}
	if shown(p.here, "eth0", "192.0.2.100/24") != "" || shown(p.here, "eth0", "192.0.2.100/32") == "" ||
		shown(p.here, "eth0", "2001:db8::100/64") != "" || shown(p.here, "eth0", "2001:db8::100/128") == "" {
		t.Errorf("the kernel has\n%s", list(p.here, "eth0"))
	}
}

// Each address of an order has its own result.
func TestPartialFailure(t *testing.T) {
	p := newPair(t)
	p.here.Run("ip", "addr", "add", "192.0.2.101/24", "dev", "eth0")
	p.here.Sysctl("net/ipv6/conf/lo/disable_ipv6", "1")
	h := startHost(t, p.here, t.TempDir())
	report := h.change(AddressOrder{Add: true, Addresses: []Address{
		on("eth0", "192.0.2.100/24"), on("nowhere", "192.0.2.100/24"), on("eth0", "192.0.2.101/24"),
		on("lo", "2001:db8::100/64"), on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.102/24"),
		{Prefix: netip.MustParsePrefix("192.0.2.103/24"), Interface: "eth0", Scope: ScopeLink},
	}})
	want := []string{"<nil>", "no such interface", ErrForeign.Error(), "IPv6 is disabled", "<nil>", "<nil>", "Invalid scope value"}
	for i, r := range report.Results {
		got := "<nil>"
		if r.Err != nil {
			got = r.Err.Error()
		}
		if !strings.Contains(got, want[i]) {
			t.Errorf("%v on %s: %v, want %s", r.Address.Prefix, r.Address.Interface, r.Err, want[i])
		}
	}
	h.remove(on("eth0", "192.0.2.100/24"), on("eth0", "192.0.2.102/24")) // both are in the record
}

// Removing the primary address of a subnet takes no other address with it.
func TestRemoveKeepsSecondaries(t *testing.T) {
	for _, promote := range []string{"0", "1"} {
		t.Run("promote_secondaries="+promote, func(t *testing.T) {
			p := newPair(t)
			p.here.Sysctl("net/ipv4/conf/eth0/promote_secondaries", promote)
			h := startHost(t, p.here, t.TempDir())
			h.add(on("eth0", "203.0.113.1/24"), on("eth0", "203.0.113.2/24"), on("eth0", "203.0.113.3/32"))
			p.here.Run("ip", "addr", "add", "203.0.113.4/24", "brd", "203.0.113.255", "dev", "eth0",
				"label", "eth0:theirs", "valid_lft", "1000", "preferred_lft", "500", "metric", "77")
			p.here.Run("ip", "addr", "add", "203.0.113.5/24", "dev", "eth0", "noprefixroute")
			theirs := shown(p.here, "eth0", "203.0.113.4/24")
			h.remove(on("eth0", "203.0.113.1/24"))
			want := strings.Replace(theirs, " secondary", "", 1)
			got := strings.Replace(shown(p.here, "eth0", "203.0.113.4/24"), " secondary", "", 1)
			if seconds := strings.NewReplacer("999sec", "1000sec", "499sec", "500sec"); seconds.Replace(got) != seconds.Replace(want) {
				t.Errorf("the kernel has\n%q, want\n%q", got, want)
			}
			for _, prefix := range []string{"203.0.113.2/24", "203.0.113.3/32", "203.0.113.5/24"} {
				if shown(p.here, "eth0", prefix) == "" {
					t.Errorf("%s is gone", prefix)
				}
			}
			h.remove(on("eth0", "203.0.113.2/24"), on("eth0", "203.0.113.3/32")) // still in the record
			if shown(p.here, "eth0", "203.0.113.4/24") == "" || shown(p.here, "eth0", "203.0.113.5/24") == "" {
				t.Errorf("the kernel has\n%s", list(p.here, "eth0"))
			}
		})
	}
}

// When all addresses of a subnet go, none comes back.
func TestRemoveAllOfASubnet(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	addresses := []Address{on("eth0", "203.0.113.1/24"), on("eth0", "203.0.113.2/24"), on("eth0", "203.0.113.3/24")}
	h.add(addresses...)
	h.remove(addresses...)
	if got := list(p.here, "eth0"); strings.Contains(got, "203.0.113.") {
		t.Errorf("the kernel has\n%s", got)
	}
}

// An address is found on its interface under whatever name, and one on a new
// interface of the old name is not ours.
func TestRemoveAfterRename(t *testing.T) {
	p := newPair(t)
	h := startHost(t, p.here, t.TempDir())
	h.add(on("eth0", "192.0.2.100/24"))
	p.here.Run("ip", "link", "set", "eth0", "down")
	p.here.Run("ip", "link", "set", "eth0", "name", "lan0")
	netnstest.Connect(t, p.here, "eth0", p.there, "eth1")
	p.here.Run("ip", "addr", "add", "192.0.2.100/24", "dev", "eth0")
	h.remove(on("eth0", "192.0.2.100/24"))
	if shown(p.here, "lan0", "192.0.2.100/24") != "" {
		t.Error("ours is still there")
	}
	if shown(p.here, "eth0", "192.0.2.100/24") == "" {
		t.Error("theirs is gone")
	}
}

// An interface that is gone has taken its addresses with it.
func TestRemoveAfterDelete(t *testing.T) {
	p := newPair(t)
	dir := t.TempDir()
	h := startHost(t, p.here, dir)
	h.add(on("eth0", "192.0.2.100/24"))
	p.here.Run("ip", "link", "del", "eth0")
	if r := h.change(AddressOrder{Addresses: []Address{on("eth0", "192.0.2.100/24")}}).Results[0]; r.Err != nil || r.Changed {
		t.Errorf("changed %t, error %v", r.Changed, r.Err)
	}
	if _, err := os.Stat(filepath.Join(dir, recordName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the record is still there: %v", err)
	}
}
