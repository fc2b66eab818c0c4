package main

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"net/netip"
)

// An observer that waits for its configuration can be stopped.
func TestObserveStopped(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	a.Run("mkfifo", "/run/pipe")
	a.agent = a.Start(sentinel("agent", "-observe", "-config", "/run/pipe"))
	pipe, err := os.OpenFile(a.Path("/run/pipe"), os.O_WRONLY, 0) // waits for who reads
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	a.stop()
}

// agent -observe beside a live keepalived says what it hears, what does not fit,
// and what it would do; and does nothing.
func TestObserve(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	addresses := keepalivedList("virtual_ipaddress", vip+"/24")
	active := b.Keepalived(keepalivedConfig(3, "priority 150", addresses))
	active.WaitLog("Entering MASTER STATE", reach)
	s.waitHeld(vip, b)
	backup := a.Keepalived(keepalivedConfig(3, "priority 100", addresses))
	backup.WaitLog("Entering BACKUP STATE", reach)
	before, rules := a.Addresses(""), a.Run("nft", "list", "ruleset")
	began := time.Now()

	// Of the better priority: it would take over, and then be the only one.
	a.start(vi1(200, `virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`, `accept = false`), "-observe")
	a.waitLog(`msg="would be entering backup" router=VI_1`)
	a.waitLog(`msg="peer heard" router=VI_1 peer=192.0.2.2 priority=150`)
	a.waitLog(`msg="peer disagrees".* setting=virtual_addresses`)
	a.waitLog(`msg="would be transition to active".* reason="preempting 192.0.2.2: our priority 200 is higher than 150"`)
	if lock, err := os.Stat(a.Path("/run/sentinel")); err == nil {
		t.Errorf("it made %s", lock.Name())
	}
	time.Sleep(silence)
	s.mustSee(0, "advertisement", since(began, a.advertised(vrid)))
	s.mustSee(0, "announcement", since(began, a.announced(vip)))
	if diff := cmp.Diff(before, a.Addresses(""), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("addresses before and after (-want +got):\n%s", diff)
	}
	if now := a.Run("nft", "list", "ruleset"); now != rules {
		t.Errorf("rules before:\n%s\nand after:\n%s", rules, now)
	}
	a.stop()
	s.mustSee(0, "goodbye", since(began, a.advertised(vrid)))

	// Of the lower priority it would stay backup, also where the address is present:
	// that is what the other daemon is for.
	a.start(vi1(50), "-observe")
	a.waitLog(`msg="peer heard"`)
	b.start(vi1(50), "-observe")
	b.waitLog(`msg="would be entering backup"`)
	time.Sleep(silence)
	a.mustLog(0, `would be transition to active|msg=fault`)
	b.mustLog(0, `msg=fault`)
	a.stop()
	b.stop()
	s.mustBeHeld(vip, b)
	for name, daemon := range map[string]interface{ Running() bool }{"active": active, "backup": backup} {
		if !daemon.Running() {
			t.Errorf("the %s keepalived has ended", name)
		}
	}
	if got := lines(active, "Entering"); len(got) != 2 { // backup, then master
		t.Errorf("the active keepalived was disturbed: %v", got)
	}
	if got := lines(backup, "Entering"); len(got) != 1 {
		t.Errorf("the backup keepalived was disturbed: %v", got)
	}
}
