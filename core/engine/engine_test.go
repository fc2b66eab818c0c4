package engine_test

import (
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestPlanSeesEverySetting changes each field of a configuration in turn: a field
// that a reload does not look at would be ignored silently.
func TestPlanSeesEverySetting(t *testing.T) {
	fields := reflect.TypeFor[vrrp.Config]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Name == "Name" {
			continue // the identity
		}
		from, to := vrrp.Config{Name: "VI_1"}, vrrp.Config{Name: "VI_1"}
		alter(t, reflect.ValueOf(&to).Elem().Field(i))
		changes := engine.Plan(&engine.Setup{Routers: []vrrp.Config{from}}, &engine.Setup{Routers: []vrrp.Config{to}})
		if len(changes) != 1 || len(changes[0].Settings) != 1 {
			t.Errorf("a change of %s is planned as %v", field.Name, changes)
		}
	}
	same := []vrrp.Config{{Name: "VI_1", Addresses: []vrrp.Address{{Label: "a"}}, Unicast: &vrrp.Unicast{TTL: 3}}}
	again := []vrrp.Config{{Name: "VI_1", Addresses: []vrrp.Address{{Label: "a"}}, Unicast: &vrrp.Unicast{TTL: 3}}}
	if changes := engine.Plan(&engine.Setup{Routers: same}, &engine.Setup{Routers: again}); changes != nil {
		t.Errorf("equal configurations are planned as %v", changes)
	}
}

// alter sets a field to something else than its zero value.
func alter(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.MustParseAddr("192.0.2.1")))
		return
	case packet.Password:
		v.Set(reflect.ValueOf(packet.Password{1}))
		return
	case vrrp.Announce:
		v.Set(reflect.ValueOf(vrrp.Announce{Repeat: 1}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Int64:
		v.SetInt(1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	default:
		t.Fatalf("how to alter a %v?", v.Type())
	}
}

// void is a world in which everything works and nothing happens.
type void struct {
	now  time.Time
	sent int
	in   []engine.Datagram
	post func(engine.Input)
}

func (v *void) Now() time.Time                { return v.now }
func (v *void) Wall() time.Time               { return v.now }
func (v *void) Send(*engine.Message) error    { v.sent++; return nil }
func (v *void) Announce(engine.AnnounceOrder) {}
func (v *void) DropPacketsTo([]vrrp.Address)  {}
func (v *void) CloseSocket(engine.SocketID)   {}
func (v *void) Observe(engine.Event)          {}
func (v *void) OpenSocket(s engine.Socket)    { v.post(engine.SocketOpened{ID: s.ID}) }
func (v *void) Watch(names []string) {
	for _, name := range names {
		v.post(engine.LinkChanged{Link: engine.Link{
			Name: name, Index: 2, Up: true, Running: true,
			Addresses: []engine.LinkAddress{{Prefix: netip.MustParsePrefix("192.0.2.1/24"), Usable: true}},
		}})
	}
}

func (v *void) ChangeAddresses(o engine.AddressOrder) {
	answer := engine.AddressesChanged{Seq: o.Seq, Router: o.Router, Add: o.Add}
	for _, a := range o.Addresses {
		answer.Results = append(answer.Results, engine.AddressResult{Address: a, Changed: true})
	}
	v.post(answer)
}

func (v *void) Receive(d *engine.Datagram) bool {
	if len(v.in) == 0 {
		return false
	}
	*d, v.in = v.in[0], v.in[1:]
	return true
}

func newVoid(setup engine.Setup, wake func()) (*void, *engine.Engine) {
	v := &void{now: time.Unix(1000, 0)}
	e := engine.New(engine.Config{Setup: setup}, v, v, v, v, wake)
	v.post = e.Post
	for range 5 {
		e.Turn()
	}
	return v, e
}

// setupOf returns one router.
func setupOf(priority uint8) engine.Setup {
	return engine.Setup{Routers: []vrrp.Config{{
		Name: "VI_1", Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: 51, Priority: priority,
		AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
		Addresses: []vrrp.Address{{Prefix: netip.MustParsePrefix("192.0.2.100/24"), Interface: "eth0", Advertise: true}},
		Announce:  vrrp.Announce{Repeat: 1},
	}}}
}

// TestNoAllocationPerAdvertisement: an active router's advertisement and a
// backup's reception leave the garbage collector alone.
func TestNoAllocationPerAdvertisement(t *testing.T) {
	// With a tracker, and in a sync group, too.
	setup := setupOf(255)
	setup.Trackers = []priority.Rules{{Name: "tracker.a", OnStart: priority.Pass}}
	setup.Terms = map[string][]priority.Term{"VI_1": {{Tracker: "tracker.a"}}}
	second := setup.Routers[0]
	second.Name, second.VRID, second.Addresses = "VI_2", 52, nil
	setup.Routers = append(setup.Routers, second)
	setup.Groups = []vrrp.GroupConfig{{Name: "G1", Members: []string{"VI_1", "VI_2"}}}
	v, active := newVoid(setup, nil)
	before := v.sent
	if n := testing.AllocsPerRun(100, func() {
		v.now = v.now.Add(time.Second)
		active.Turn()
	}); n != 0 {
		t.Errorf("%v allocations per advertisement sent", n)
	}
	if v.sent-before < 100 {
		t.Errorf("only %d advertisements", v.sent-before)
	}

	w, backup := newVoid(setupOf(100), nil)
	advert := packet.Advertisement{
		Version: 3, VRID: 51, Priority: 200, Interval: time.Second,
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.100")},
	}
	d := engine.Datagram{Socket: 1}
	d.Source, d.Destination, d.TTL = netip.MustParseAddr("192.0.2.9"), packet.GroupIPv4, 255
	d.Payload, _ = advert.Append(nil, d.Source, d.Destination)
	arriving := []engine.Datagram{d}
	if n := testing.AllocsPerRun(100, func() {
		w.now = w.now.Add(time.Second)
		w.in = arriving
		backup.Turn()
	}); n != 0 {
		t.Errorf("%v allocations per advertisement received", n)
	}
	if got := backup.Status().Routers[0].Counters.Received; got < 100 {
		t.Errorf("only %d advertisements accepted", got)
	}

	// A flood of several kinds of what must be rejected, for good reasons in turn.
	checksum, version := d, d
	checksum.Payload = slices.Clone(d.Payload)
	checksum.Payload[6] ^= 0xff
	advert.Version = 2
	version.Payload, _ = advert.Append(nil, d.Source, d.Destination)
	flood := []engine.Datagram{checksum, version, checksum, version}
	if n := testing.AllocsPerRun(100, func() {
		w.now = w.now.Add(time.Millisecond)
		w.in = flood
		backup.Turn()
	}); n != 0 {
		t.Errorf("%v allocations per %d advertisements rejected", n, len(flood))
	}
	if got := backup.Status().Routers[0].Counters.Dropped; got[packet.DropChecksum] < 200 || got[packet.DropVersion] < 200 {
		t.Errorf("rejected: %v", got)
	}
}

// TestConflictInFlood: what could be nobody's setting does not hide what is somebody's.
func TestConflictInFlood(t *testing.T) {
	w, backup := newVoid(setupOf(100), nil)
	advert := packet.Advertisement{
		Version: 2, VRID: 51, Priority: 200, Interval: time.Second,
		Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.100")},
	}
	older := engine.Datagram{Socket: 1}
	older.Source, older.Destination, older.TTL = netip.MustParseAddr("192.0.2.9"), packet.GroupIPv4, 255
	older.Payload, _ = advert.Append(nil, older.Source, older.Destination)
	garbage := older
	garbage.Payload = slices.Clone(older.Payload)
	garbage.Payload[0] = 0x71 // version 7
	w.in = []engine.Datagram{garbage, older, garbage}
	backup.Turn()
	list := backup.Status().Routers[0].Conflicts
	if len(list) != 1 || list[0].Subject != engine.OnVersion || list[0].Theirs != "2" {
		t.Errorf("%+v", list)
	}
}

// TestPostFromAnywhere: inputs of many goroutines all arrive, and each wakes the
// loop.
func TestPostFromAnywhere(t *testing.T) {
	var mu sync.Mutex
	woken := 0
	_, e := newVoid(setupOf(100), func() { mu.Lock(); woken++; mu.Unlock() })
	before, answers := woken, 0
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				e.Post(engine.Query{Reply: func(engine.Status) { answers++ }})
			}
		})
	}
	group.Wait()
	e.Turn()
	if answers != 800 || woken-before != 800 {
		t.Errorf("%d answers, woken %d times; want 800", answers, woken-before)
	}
}

// BenchmarkTurn is the loop's cost with many routers, one of which has something
// to say.
func BenchmarkTurn(b *testing.B) {
	v := &void{now: time.Unix(1000, 0)}
	var routers []vrrp.Config
	for vrid := range 255 {
		routers = append(routers, vrrp.Config{
			Name: string(rune('A' + vrid)), Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: uint8(vrid + 1),
			Priority: 255, AdvertInterval: 100 * time.Millisecond, Announce: vrrp.Announce{Repeat: 1},
			Addresses: []vrrp.Address{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, 0, byte(vrid)}), 32), Interface: "eth0", Advertise: true}},
		})
	}
	e := engine.New(engine.Config{Setup: engine.Setup{Routers: routers}}, v, v, v, v, nil)
	v.post = e.Post
	for range 5 {
		e.Turn()
	}
	b.ReportAllocs()
	for b.Loop() {
		v.now = v.now.Add(100 * time.Millisecond / 8)
		e.Turn()
	}
	b.ReportMetric(float64(v.sent)/float64(b.N), "adverts/op")
}
