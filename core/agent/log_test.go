package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

var (
	peer       = netip.MustParseAddr("192.0.2.9")
	virtual    = vrrp.Address{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Interface: "eth0"}
	errRefused = errors.New("operation not permitted")
)

// TestWording words every event there is. The lines are what operators search
// for, so a change of them is a change of the interface.
func TestWording(t *testing.T) {
	tests := []struct {
		event engine.Event
		want  string
	}{
		{engine.Transition{
			Router: "VI_1", VRID: 51, Interface: "eth0", From: vrrp.Initialize, To: vrrp.Backup,
			Cause: vrrp.Cause{Kind: vrrp.CauseStartup}, Priority: 100, Wait: 3609375 * time.Microsecond,
		}, `INFO msg="entering backup" router=VI_1 vrid=51 interface=eth0 from=initialize to=backup reason=startup priority=100 waits=3.609375s`},
		{engine.Transition{
			Router: "VI_1", VRID: 51, Interface: "eth0", From: vrrp.Backup, To: vrrp.Active, Priority: 100,
			Cause: vrrp.Cause{Kind: vrrp.CauseSilence, Peer: peer, Silence: 3609 * time.Millisecond},
		}, `INFO msg="transition to active" router=VI_1 vrid=51 interface=eth0 from=backup to=active reason="active router 192.0.2.9 silent for 3.61s" priority=100 peer=192.0.2.9`},
		{engine.Transition{
			Router: "VI_1", VRID: 51, Interface: "eth0", From: vrrp.Active, To: vrrp.Fault, Priority: 100,
			Cause: vrrp.Cause{Kind: vrrp.CauseFault, Detail: "interface:eth0: is down"},
		}, `WARN msg="entering fault" router=VI_1 vrid=51 interface=eth0 from=active to=fault reason="interface:eth0: is down" priority=100`},
		{engine.FaultRaised{Router: "VI_1", Fault: priority.Fault{Source: "interface:eth0", Reason: "is down"}},
			`WARN msg=fault router=VI_1 source=interface:eth0 reason="is down"`},
		{engine.FaultCleared{Router: "VI_1", Fault: priority.Fault{Source: "source"}, Remaining: 1},
			`INFO msg="fault is over" router=VI_1 source=source remaining=1`},
		{engine.AddressAdded{Router: "VI_1", Address: virtual},
			`INFO msg="address added" router=VI_1 address=192.0.2.100/24 interface=eth0`},
		{engine.AddressAdded{Router: "VI_1", Address: virtual, Repaired: true},
			`INFO msg="address put back" router=VI_1 address=192.0.2.100/24 interface=eth0`},
		{engine.AddressRemoved{Router: "VI_1", Address: virtual},
			`INFO msg="address removed" router=VI_1 address=192.0.2.100/24 interface=eth0`},
		{engine.AddressLost{Router: "VI_1", Address: virtual, Times: 2},
			`WARN msg="somebody removed an address" router=VI_1 address=192.0.2.100/24 interface=eth0 times=2`},
		{engine.AddressFailed{Router: "VI_1", Address: virtual, Add: true, Err: errRefused},
			`ERROR msg="address cannot be added" router=VI_1 address=192.0.2.100/24 interface=eth0 err="operation not permitted"`},
		{engine.AddressFailed{Router: "VI_1", Address: virtual, Err: errRefused},
			`ERROR msg="address cannot be removed" router=VI_1 address=192.0.2.100/24 interface=eth0 err="operation not permitted"`},
		{engine.Announced{Router: "VI_1", Addresses: []vrrp.Address{virtual}, Rounds: 5},
			`INFO msg="announcing addresses" router=VI_1 addresses=192.0.2.100 rounds=5 reason="taking over"`},
		{engine.Announced{Router: "VI_1", Addresses: []vrrp.Address{virtual}, Rounds: 1, Why: vrrp.Refresh},
			`DEBUG msg="announcing addresses" router=VI_1 addresses=192.0.2.100 rounds=1 reason=refresh`},
		{engine.AnnounceFailed{Router: "VI_1", Interface: "eth0", Err: errRefused},
			`ERROR msg="announcement cannot be sent" router=VI_1 interface=eth0 err="operation not permitted"`},
		{engine.ConflictRaised{Router: "VI_1", Conflict: engine.Conflict{
			Peer: peer, Subject: engine.OnVersion, Ours: "3", Theirs: "2", Dropped: true}},
			`WARN msg="peer disagrees" router=VI_1 peer=192.0.2.9 setting=version reason="192.0.2.9 disagrees about version: it has 2, we have 3; its advertisements are rejected, so that both may become active"`},
		{engine.ConflictCleared{Router: "VI_1", Conflict: engine.Conflict{Peer: peer, Subject: engine.OnVersion}},
			`INFO msg="peer agrees" router=VI_1 peer=192.0.2.9 setting=version`},
		{engine.ConflictCleared{Router: "VI_1", Conflict: engine.Conflict{Peer: peer, Subject: engine.AlsoActive}, Gone: true},
			`INFO msg="disagreeing peer is silent" router=VI_1 peer=192.0.2.9 setting=active`},
		{engine.PeerHeard{Router: "VI_1", Peer: peer, Priority: 150, Interval: time.Second},
			`INFO msg="peer heard" router=VI_1 peer=192.0.2.9 priority=150 interval=1s`},
		{engine.SendFailed{Router: "VI_1", Destination: peer, Err: errRefused},
			`ERROR msg="advertisement cannot be sent" router=VI_1 to=192.0.2.9 err="operation not permitted"`},
		{engine.SendRecovered{Router: "VI_1", Destination: peer, Failed: 3},
			`INFO msg="advertisements can be sent again" router=VI_1 to=192.0.2.9 failed=3`},
		{engine.PacketFilterFailed{Err: errRefused},
			`ERROR msg="packets to addresses cannot be dropped" err="operation not permitted"`},
		{engine.PacketFilterFailed{}, `DEBUG msg="packets to addresses are dropped"`},
		{engine.Reloaded{}, `INFO msg=reloaded changes=none`},
		{engine.Reloaded{Changes: []engine.Change{{Name: "VI_1", Kind: engine.Updated, Settings: []string{"priority"}}}},
			`INFO msg=reloaded changes="VI_1 updated (priority)"`},
		{engine.PriorityChanged{Router: "VI_1", From: 254, Changes: 2, Priority: priority.Compose(250, []priority.Contribution{
			{Source: "tracker.file.a", Value: -6},
		})}, `INFO msg=priority router=VI_1 from=254 to=244 sum="244 = 250 - 6 tracker.file.a" changes=2`},
		{engine.TrackerChanged{Tracker: "tracker.file.a", Changes: 1, Reading: priority.Reading{Verdict: priority.Healthy, Reason: "holds 5"}},
			`INFO msg="tracker healthy" tracker=tracker.file.a reason="holds 5"`},
		{engine.TrackerChanged{Tracker: "tracker.file.a", Changes: 3, Reading: priority.Reading{Verdict: priority.Unhealthy, Reason: "gone"}},
			`WARN msg="tracker unhealthy" tracker=tracker.file.a reason=gone changes=3`},
		{engine.TrackerChanged{Tracker: "tracker.file.a", Changes: 1, Reading: priority.Reading{Verdict: priority.Healthy, Held: true, Doubt: "no such file"}},
			`WARN msg="tracker cannot tell" tracker=tracker.file.a counts=healthy held=true reason="no such file"`},
		{engine.TrackerDoubted{Tracker: "tracker.file.a", Reading: priority.Reading{Verdict: priority.Healthy, Held: true, Doubt: "no such file"}},
			`WARN msg="tracker still cannot tell" tracker=tracker.file.a counts=healthy held=true reason="no such file"`},
		{engine.CarriedOut{Router: "VI_1"}, `DEBUG msg="carried out" router=VI_1`},
		{engine.CarriedOut{Group: "G1"}, `DEBUG msg="carried out" group=G1`},
		{engine.GroupTransition{Group: "G1", From: vrrp.Backup, To: vrrp.Fault}, `INFO msg="sync group" group=G1 from=backup to=fault`},
	}
	for _, test := range tests {
		var out bytes.Buffer
		l := newEventLog(newLogger(&out, config.Log{Level: "trace", Format: "text"}), false)
		l.Observe(test.event)
		l.close()
		l.run()
		_, got, _ := strings.Cut(strings.TrimSpace(out.String()), "level=")
		if got != test.want {
			t.Errorf("%T\n got %s\nwant %s", test.event, got, test.want)
		}
	}
}

// TestStuckLog: a log that nobody reads costs lines, counts them, and never the
// loop's time.
func TestStuckLog(t *testing.T) {
	stuck := &valve{}
	stuck.Lock()
	l := newEventLog(newLogger(stuck, config.Log{Level: "info", Format: "json"}), false)
	told, toldBefore := 0, 0
	l.tell = func(time.Time, engine.Event) { told++ }
	l.missed = func() { toldBefore = told }
	done := make(chan struct{})
	go func() { l.run(); close(done) }()
	const events = queueLength + 1000
	for range events {
		l.Observe(engine.PeerHeard{Router: "VI_1", Peer: peer})
	}
	stuck.Unlock()
	// The next event is when the loss is noticed.
	for l.lost.Load() == 0 && len(l.queue) == queueLength {
		time.Sleep(time.Millisecond)
	}
	l.Observe(engine.PeerHeard{Router: "VI_1", Peer: peer})
	l.close()
	<-done
	written, lost := 0, 0
	for line := range strings.Lines(stuck.String()) {
		var record struct {
			Msg   string
			Lines int
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if record.Msg == "peer heard" {
			written++
		} else {
			lost += record.Lines
		}
	}
	if lost == 0 || written+lost != events+1 {
		t.Errorf("%d events: %d written, %d lost", events+1, written, lost)
	}
	if toldBefore < queueLength { // whoever missed some has been told all others first
		t.Errorf("told that some were missed after %d of %d", toldBefore, told)
	}
}

// valve is a writer that can be shut.
type valve struct {
	sync.Mutex
	bytes.Buffer
}

func (v *valve) Write(p []byte) (int, error) {
	v.Lock()
	defer v.Unlock()
	return v.Buffer.Write(p)
}

func TestOneAgentPerDirectory(t *testing.T) {
	path := t.TempDir() + "/runtime"
	first, err := lockDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockDirectory(path); err == nil || !strings.Contains(err.Error(), "another agent (pid ") {
		t.Errorf("the second got: %v", err)
	}
	first.close()
	second, err := lockDirectory(path)
	if err != nil {
		t.Fatalf("after the first had gone: %v", err)
	}
	second.close()
}
