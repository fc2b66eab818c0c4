package main

import (
	"slices"
	"testing"
	"time"
)

// Somebody removes an address of the active router: it is put back in place and
// announced, without a transition.
func TestRepair(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	const other = "192.0.2.101"
	const addresses = `virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`
	a.startActive(vi1(150, addresses))
	b.startBackup(vi1(100, addresses))
	s.waitHeld(vip, a)
	s.waitHeld(other, a)

	var took []time.Duration
	for range 5 {
		robbed := time.Now()
		a.DeleteAddress(vip)
		gone := a.waitAddress(robbed, vip, false)
		took = append(took, a.waitAddress(gone.At, vip, true).At.Sub(gone.At))
		s.waitWire(since(gone.At, a.announced(vip)))
	}
	// A busy machine can delay any of them, but not all.
	t.Logf("put back after %v", took)
	if best := slices.Min(took); best > 100*time.Millisecond {
		t.Errorf("put back after %v at best", best)
	}
	a.mustLog(5, `level=WARN msg="somebody removed an address" router=VI_1 address=192.0.2.100/24 interface=eth0 times=[1-5]$`)
	a.waitLog(`msg="announcing addresses" .* reason="address repaired"`)
	a.mustLog(5, `msg="address put back" router=VI_1 address=192.0.2.100/24 interface=eth0`)
	a.mustLog(0, `from=active`)
	b.mustLog(0, `from=backup`)
	s.mustSee(0, "goodbye", a.resigned(vrid))
	s.mustBeHeld(vip, a)
	s.mustBeHeld(other, a)
	// The neighbour in the subnet was never away: the repair is about one address.
	removed := 0
	for _, c := range s.AddressChanges() {
		if c.Node == a.Node.Node && c.Prefix.Addr().String() == other && !c.Added {
			removed++
		}
	}
	if removed > 0 {
		t.Errorf("%s was removed %d times", other, removed)
	}
}

// The same over IPv6, where the address goes away with the others when the
// interface is switched off.
func TestRepairIPv6(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const address = "2001:db8::100"
	a.startActive(vi1(150, `virtual_addresses = ["2001:db8::100"]`, `track_link = false`))
	s.waitHeld(address, a)
	robbed := time.Now()
	a.DeleteAddress(address)
	gone := a.waitAddress(robbed, address, false)
	back := a.waitAddress(gone.At, address, true)
	s.waitWire(since(back.At, a.announced(address)))
	a.waitLog(`msg="address put back" router=VI_1 address=2001:db8::100/128`)
	a.mustLog(0, `from=active`)
}

// rob removes an address as soon as it is there, so many times.
func (v *server) rob(address string, times int) {
	v.site.t.Helper()
	for range times {
		robbed := time.Now()
		v.DeleteAddress(address)
		gone := v.waitAddress(robbed, address, false)
		v.waitAddress(gone.At, address, true)
	}
}

// Removed ten times within ten seconds, an address is a fault, and the peer serves.
// After ten more seconds the router tries again.
func TestRobbed(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	// A router only gives up if somebody else can serve: it must have heard a peer.
	b.startActive(vi1(100))
	a.startActive(vi1(150))
	s.waitHeld(vip, a)

	a.rob(vip, 9)
	a.mustLog(0, `from=active`)
	given := time.Now()
	a.DeleteAddress(vip)
	a.waitLog(`msg=fault router=VI_1 source=address:192.0.2.100 reason="removed by somebody 10 times in 10s; next try in 10s"`)
	s.mustSee(1, "goodbye", a.resigned(vrid))
	b.waitLogSince(given, toActive+`.* reason="active router 192.0.2.1 resigned"`)
	s.waitHeld(vip, b)

	a.waitLogSince(given, `msg="fault is over" router=VI_1 source=address:192.0.2.100`)
	took := s.waitWire(since(s.last(a.resigned(vrid)).At.Add(interval), a.advertised(vrid)))
	mustNotBeEarlier(t, "return", given, took.At, 10*time.Second+downInterval(150))
	s.waitHeld(vip, a)
}

// Nobody else was ever heard, so there is nobody else to serve: the router never
// gives up, but slows down.
func TestRobbedAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150))
	s.waitHeld(vip, a)
	a.rob(vip, 12)
	s.mustBeHeld(vip, a)
	a.mustLog(0, `msg=fault|from=active`)
	s.mustSee(0, "goodbye", a.resigned(vrid))
}

// A router that cannot put a single one of its addresses anywhere is of no use: it
// makes way for a peer that it has never heard, because that is in backup.
func TestNoRoomForAddresses(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	const directory = "/run/sentinel"
	a.Run("mkdir", "-p", directory)
	a.Run("mount", "-t", "tmpfs", "-o", "size=32k,mode=0755", "none", directory)
	a.Run("sh", "-c", "cat /dev/zero > "+directory+"/other || true")
	a.startActive(vi1(150))
	b.start(vi1(100))
	a.waitLog(`level=ERROR msg="address cannot be added" router=VI_1 .*no space left on device`)
	s.waitHeld(vip, b)
	a.waitLog(toFault + `.* reason="address:192.0.2.100: cannot be added: .*no space left on device; next try in 10s"`)

	a.Run("rm", directory+"/other")
	s.waitHeld(vip, a)
}

// What carries out the orders can be stuck, here because the record of the addresses
// cannot be written. Nor is a router of any use then that never gets an answer.
func TestStuckMachine(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	const directory = "/run/sentinel"
	const record = directory + "/addresses.json.tmp"
	a.Run("mkdir", "-p", directory)
	a.Run("mount", "-t", "tmpfs", "-o", "mode=0755", "none", directory)
	a.Run("mkfifo", record) // to open it is to wait for a reader
	a.startActive(vi1(150))
	b.start(vi1(100))
	a.waitLog(toFault + `.* reason="address:192.0.2.100: cannot be added: .* not answered for 5s; next try in 10s"`)
	s.waitHeld(vip, b)

	a.Run("cat", record)
	s.waitHeld(vip, a)
}
