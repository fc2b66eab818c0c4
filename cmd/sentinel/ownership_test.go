package main

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An address that is there already and was not put there by Sentinel might be
// somebody's: that is a fault, and it is not touched, neither then nor at the end.
func TestForeignAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.AddAddress("eth0", vip+"/24")
	a.start(vi1(150))
	a.waitLog(toFault + `.* reason="address:192.0.2.100: present, not put there by Sentinel"`)
	a.stop()
	s.mustBeHeld(vip, a)
	s.mustSee(0, "advertisement in fault", a.advertised(vrid))

	// When whoever put it there takes it away, there is nothing in the way any more.
	a.start(vi1(150))
	a.waitLog(toFault)
	a.DeleteAddress(vip)
	a.waitLog(toBackup + `.* reason=recovered`)
	a.waitLog(toActive)
	s.waitHeld(vip, a)

	// And it is ours now.
	a.stop()
	s.waitHeld(vip)
}

// Somebody adds the address to a backup: two servers would have it.
func TestForeignAddressInBackup(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150))
	b.startBackup(vi1(100))
	b.AddAddress("eth0", vip+"/24")
	b.waitLog(toFault + `.* from=backup to=fault reason="address:192.0.2.100: present, not put there by Sentinel"`)
	a.stop()
	time.Sleep(silence)
	s.mustSee(0, "advertisement in fault", b.advertised(vrid))
	b.DeleteAddress(vip)
	b.waitLog(toActive)
}

// adopt = true: the address is ours from now on, a backup has none, and a stop
// leaves none.
func TestAdopt(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.AddAddress("eth0", vip+"/24")
	b.AddAddress("eth0", vip+"/24")
	a.startActive(vi1(150, `adopt = true`))
	s.waitHeld(vip, a, b)
	b.startBackup(vi1(100, `adopt = true`))
	s.waitHeld(vip, a)
	b.waitLog(`msg="address removed" router=VI_1 address=192.0.2.100/24`)
	b.mustLog(0, `msg=fault`)
	a.stop()
	b.waitLog(toActive)
	b.stop()
	s.waitHeld(vip)
}

// The owner's addresses are the machine's own. They are served and never removed;
// one that was not there is ours.
func TestOwnersAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(255, `virtual_addresses = ["192.0.2.1/24", "192.0.2.100/24"]`))
	s.waitHeld(vip, a)
	a.stop()
	s.mustBeHeld(a.ip, a)
	s.mustBeHeld(vip)
	s.mustSee(1, "goodbye", a.resigned(vrid))
}

// What a killed agent has left is removed by the next one, also if it is not
// configured any more; what others put there is not.
func TestCleanUp(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.startActive(vi1(150, `virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`,
		`virtual_address "2001:db8::100/64" { advertise = false }`))
	s.waitHeld("192.0.2.101", a)
	s.waitHeld("2001:db8::100", a)
	a.kill()
	a.AddAddress("eth0", "192.0.2.103/24")

	type entry struct{ Interface, Address, Router string }
	var record struct{ Addresses []entry }
	text, err := os.ReadFile(a.Path("/run/sentinel/addresses.json"))
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{"eth0", "192.0.2.100/24", "VI_1"}, {"eth0", "192.0.2.101/24", "VI_1"}, {"eth0", "2001:db8::100/64", "VI_1"},
	}
	if diff := cmp.Diff(want, record.Addresses); diff != "" {
		t.Errorf("the record of the dead agent (-want +got):\n%s", diff)
	}

	again := time.Now()
	a.start(vi1(150, `virtual_addresses = ["192.0.2.102/24"]`))
	for _, address := range []string{vip, "192.0.2.101", "2001:db8::100"} {
		a.waitAddress(again, address, false)
	}
	a.waitLog(toActive)
	s.waitHeld("192.0.2.102", a)
	s.mustBeHeld(vip)
	s.mustBeHeld("192.0.2.101")
	s.mustBeHeld("2001:db8::100")
	s.mustBeHeld("192.0.2.103", a)
	a.mustLog(1, `removed what an earlier process had left: 192.0.2.100/24 on eth0, 192.0.2.101/24 on eth0, 2001:db8::100/64 on eth0`)
	a.mustLog(0, `msg=fault`)
}
