package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// TestScenarios plays the stories in testdata: one engine on a machine that the
// story plays with, and everything the engine sent, ordered and reported. To
// rewrite the outputs, run
//
//	go test ./core/engine -run TestScenarios -rewrite
//
// and read the difference before you commit it.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var m *machine
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "machine" {
				m = newMachine()
			}
			m.t, m.d = t, d
			command, ok := commands[d.Cmd]
			if !ok {
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			command(m)
			return m.flush()
		})
	})
}

// commands are the scenario language.
var commands = map[string]func(*machine){
	// machine: a new one, without interfaces.
	"machine": func(*machine) {},
	// routers [startup-delay=D] [observing]: start an engine with what the lines
	// that follow say; see parseSetup.
	"routers": func(m *machine) { m.begin() },
	// link NAME [index=N] [down] [no-carrier] [loopback] [hardware=A] [address=PREFIX...]:
	// the interface is like this from now on. Index 0 is gone.
	"link": (*machine).setLink,
	// advance D.
	"advance": (*machine).advance,
	// hear IF from=A priority=N [vrid=N] [version=N] [interval=D] [ttl=N]
	// [address=A...] [password=P] [checksum=F] [age=D] [times=N] [broken]
	"hear": (*machine).hear,
	// sample NAME healthy|unhealthy|unknown [value=N] [reason=TEXT]: what a
	// tracker says.
	"sample": (*machine).sample,
	// rob IF ADDRESS: somebody removes an address. foreign IF PREFIX: somebody
	// adds one.
	"rob":     func(m *machine) { m.rob() },
	"foreign": func(m *machine) { m.foreign() },
	// clock by=D: somebody sets the wall clock. Ages are what it makes of them.
	"clock": func(m *machine) { m.ahead += m.duration("by", 0) },
	// refuse add|remove|socket|send|filter TEXT: the kernel answers with an error
	// from now on; refuse nothing ends that.
	"refuse": (*machine).refuse,
	// stick: the machine carries out no order until loosen.
	"stick":  func(m *machine) { m.stuck = true },
	"loosen": (*machine).loosen,
	// carried: that a change of state is carried out is printed from now on.
	"carried": func(m *machine) { m.done = true },
	// freeze: the loop does not run until thaw.
	"freeze": func(m *machine) { m.frozen = true },
	"thaw":   func(m *machine) { m.frozen = false; m.turns() },
	// reload: another list of routers.
	"reload": func(m *machine) {
		m.engine.Post(engine.Reload{Setup: m.parseSetup()})
		m.turns()
	},
	"stop": func(m *machine) { m.engine.Post(engine.Stop{}); m.turns() },
	// status: what a query answers.
	"status": (*machine).status,
	// quietly: everything of the commands up to loudly is not printed.
	"quietly": func(m *machine) { m.quiet = true },
	"loudly":  func(m *machine) { m.quiet = false },
}

// machine is the world of one engine: it implements every interface that the
// engine needs, and obeys at once.
type machine struct {
	t      *testing.T
	d      *datadriven.TestData
	engine *engine.Engine
	now    time.Time
	next   time.Time
	ahead  time.Duration // what the wall clock was set by
	frozen bool
	stuck  bool
	orders []func() // that wait
	quiet  bool
	done   bool
	out    []string
	links  map[string]*engine.Link
	watch  []string
	buffer []engine.Datagram
	socket map[string]engine.SocketID
	errs   map[string]error
	lastID uint64
	asOf   uint64 // the last address order carried out
}

var beginning = time.Unix(5000, 0)

func newMachine() *machine {
	return &machine{
		now: beginning, links: map[string]*engine.Link{},
		socket: map[string]engine.SocketID{}, errs: map[string]error{},
	}
}

func (m *machine) begin() {
	config := engine.Config{Setup: m.parseSetup(), Observing: m.d.HasArg("observing")}
	if m.d.HasArg("startup-delay") {
		config.StartupDelay = m.duration("startup-delay", 0)
	}
	m.engine = engine.New(config, m, m, m, m, nil)
	m.turns()
}

// Now implements engine.Clock.
func (m *machine) Now() time.Time { return m.now }

// Wall implements engine.Clock.
func (m *machine) Wall() time.Time { return m.now.Add(m.ahead) }

// turns lets the loop run until it has nothing to do at this time.
func (m *machine) turns() {
	if m.frozen || m.engine == nil {
		return
	}
	for range 1000 {
		m.next = m.engine.Turn()
		if len(m.buffer) == 0 && (m.next.IsZero() || m.next.After(m.now)) && !m.pending() {
			return
		}
	}
	m.d.Fatalf(m.t, "the engine does not come to rest")
}

// pending is true once after each input that the machine posted itself.
func (m *machine) pending() bool {
	posted := m.lastID
	m.lastID = 0
	return posted != 0
}

func (m *machine) post(in engine.Input) {
	m.lastID++
	m.engine.Post(in)
}

func (m *machine) advance() {
	d, err := time.ParseDuration(m.d.CmdArgs[0].Key)
	if err != nil {
		m.d.Fatalf(m.t, "%v", err)
	}
	end := m.now.Add(d)
	for !m.frozen && !m.next.IsZero() && !m.next.After(end) {
		m.now = m.next
		m.turns()
	}
	m.now = end
}

func (m *machine) setLink() {
	name := m.d.CmdArgs[0].Key
	link := &engine.Link{Name: name, Index: m.number("index", 2), Up: !m.d.HasArg("down"), Loopback: m.d.HasArg("loopback")}
	if m.d.HasArg("hardware") {
		m.d.ScanArgs(m.t, "hardware", &link.Hardware)
	}
	link.Running = link.Up && !m.d.HasArg("no-carrier")
	if old := m.links[name]; old != nil {
		link.Addresses = old.Addresses
	}
	if list := m.list("address"); list != nil {
		link.Addresses = nil
		for _, text := range list {
			prefix, note, _ := strings.Cut(text, "!")
			link.Addresses = append(link.Addresses, engine.LinkAddress{Prefix: netip.MustParsePrefix(prefix), Usable: note != "tentative"})
		}
	}
	if link.Index == 0 {
		link.Addresses, link.Up, link.Running = nil, false, false
	}
	m.links[name] = link
	m.report(name)
	m.turns()
}

// report tells the engine about an interface, if it wants to know.
func (m *machine) report(name string) {
	if !slices.Contains(m.watch, name) {
		return
	}
	link := engine.Link{Name: name}
	if known := m.links[name]; known != nil {
		link = *known
		link.Addresses = slices.Clone(known.Addresses)
	}
	link.AsOf = m.asOf
	m.post(engine.LinkChanged{Link: link})
}

func (m *machine) rob() {
	name, address := m.d.CmdArgs[0].Key, netip.MustParseAddr(m.d.CmdArgs[1].Key)
	m.remove(m.links[name], address)
	m.report(name)
	m.turns()
}

func (m *machine) foreign() {
	name := m.d.CmdArgs[0].Key
	link := m.links[name]
	link.Addresses = append(link.Addresses, engine.LinkAddress{Prefix: netip.MustParsePrefix(m.d.CmdArgs[1].Key), Usable: true})
	m.report(name)
	m.turns()
}

func (m *machine) remove(link *engine.Link, address netip.Addr) bool {
	before := len(link.Addresses)
	link.Addresses = slices.DeleteFunc(link.Addresses, func(a engine.LinkAddress) bool { return a.Addr() == address })
	return len(link.Addresses) < before
}

func (m *machine) refuse() {
	kind := m.d.CmdArgs[0].Key
	if kind == "nothing" {
		m.errs = map[string]error{}
		return
	}
	m.errs[kind] = errors.New(m.d.CmdArgs[1].Key)
}

// loosen carries out what was ordered meanwhile.
func (m *machine) loosen() {
	m.stuck = false
	for _, do := range m.orders {
		do()
	}
	m.orders = nil
	m.turns()
}

// waits reports whether an order has to wait, which it then does.
func (m *machine) waits(do func()) bool {
	if m.stuck {
		m.orders = append(m.orders, do)
	}
	return m.stuck
}

// Watch implements engine.Host.
func (m *machine) Watch(names []string) {
	m.watch = names
	for _, name := range names {
		m.report(name)
	}
}

// OpenSocket implements engine.Host.
func (m *machine) OpenSocket(s engine.Socket) {
	if m.waits(func() { m.OpenSocket(s) }) {
		return
	}
	m.print("open socket on %s (index %d, %v)", s.Interface, s.Index, s.Family)
	m.socket[s.Interface] = s.ID
	m.post(engine.SocketOpened{ID: s.ID, Err: m.errs["socket"]})
}

// CloseSocket implements engine.Host.
func (m *machine) CloseSocket(id engine.SocketID) {
	for name, open := range m.socket {
		if open == id {
			m.print("close socket on %s", name)
			delete(m.socket, name)
		}
	}
}

// ChangeAddresses implements engine.Host, by the rules that netio keeps.
func (m *machine) ChangeAddresses(o engine.AddressOrder) {
	if m.waits(func() { m.ChangeAddresses(o) }) {
		return
	}
	answer := engine.AddressesChanged{Seq: o.Seq, Router: o.Router, Add: o.Add}
	for _, a := range o.Addresses {
		result := engine.AddressResult{Address: a}
		if link := m.links[a.Interface]; link != nil {
			result.Changed, result.Err = m.change(link, a, o)
		} else if o.Add {
			result.Err = errors.New("no such device")
		}
		m.print("%s %v on %s: %s", map[bool]string{true: "add", false: "remove"}[o.Add], a.Prefix, a.Interface, outcome(result))
		answer.Results = append(answer.Results, result)
	}
	m.asOf = o.Seq
	m.post(answer)
	for _, a := range o.Addresses {
		m.report(a.Interface)
	}
}

func (m *machine) change(link *engine.Link, a vrrp.Address, o engine.AddressOrder) (changed bool, err error) {
	i := slices.IndexFunc(link.Addresses, func(b engine.LinkAddress) bool { return b.Addr() == a.Prefix.Addr() })
	switch {
	case o.Add && m.errs["add"] != nil:
		return false, m.errs["add"]
	case !o.Add && m.errs["remove"] != nil:
		return false, m.errs["remove"]
	case o.Add && i < 0:
		link.Addresses = append(link.Addresses, engine.LinkAddress{Prefix: a.Prefix, Ours: true, Usable: true})
		return true, nil
	case o.Add && !link.Addresses[i].Ours && o.Own == engine.Foreign:
		return false, engine.ErrForeign
	case o.Add:
		link.Addresses[i].Ours = link.Addresses[i].Ours || o.Own == engine.Adopted
		return false, nil
	case i >= 0 && (link.Addresses[i].Ours || o.Own == engine.Adopted):
		return m.remove(link, a.Prefix.Addr()), nil
	}
	return false, nil
}

func outcome(r engine.AddressResult) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case r.Changed:
		return "done"
	}
	return "nothing to do"
}

// Announce implements engine.Host.
func (m *machine) Announce(o engine.AnnounceOrder) {
	m.print("announce %d addresses of %s x%d: %v", len(o.Addresses), o.Router, o.Rounds, o.Why)
}

// DropPacketsTo implements engine.Host.
func (m *machine) DropPacketsTo(addresses []vrrp.Address) {
	if len(addresses) == 0 {
		return
	}
	m.print("drop packets to %d addresses", len(addresses))
	m.post(engine.PacketsDropped{Err: m.errs["filter"]})
}

// Receive implements engine.Network.
func (m *machine) Receive(d *engine.Datagram) bool {
	if len(m.buffer) == 0 {
		return false
	}
	*d = m.buffer[0]
	m.buffer = m.buffer[1:]
	return true
}

// Send implements engine.Network.
func (m *machine) Send(msg *engine.Message) error {
	if err := m.errs["send"]; err != nil {
		return err
	}
	if open := slices.Collect(maps.Values(m.socket)); !slices.Contains(open, msg.Socket) {
		m.d.Fatalf(m.t, "the engine sends on socket %d, open are %v", msg.Socket, open)
	}
	var advert packet.Advertisement
	d := packet.Datagram{Source: msg.Source, Destination: msg.Destination, TTL: msg.TTL, Payload: msg.Payload}
	if reason := advert.Decode(&d, &packet.Expect{Version: msg.Payload[0] >> 4, MinTTL: 1, AuthType: packet.AuthType(authType(msg.Payload)), Password: password(msg.Payload), Interval: v2Interval(msg.Payload)}); reason != packet.Accepted {
		m.d.Fatalf(m.t, "the engine sent what it would drop: %v: %x", reason, msg.Payload)
	}
	m.print("send v%d vrid=%d priority=%d interval=%v %v -> %v ttl=%d %v", advert.Version, advert.VRID, advert.Priority,
		advert.Interval, msg.Source, msg.Destination, msg.TTL, advert.Addresses)
	return nil
}

func authType(payload []byte) byte {
	if payload[0]>>4 == 2 {
		return payload[4]
	}
	return 0
}

func password(payload []byte) (p packet.Password) {
	if payload[0]>>4 == 2 {
		copy(p[:], payload[len(payload)-8:])
	}
	return p
}

func v2Interval(payload []byte) time.Duration { return time.Duration(payload[5]) * time.Second }

// Observe implements engine.Observer.
func (m *machine) Observe(e engine.Event) {
	switch e := e.(type) {
	case engine.Transition:
		wait := ""
		if e.Wait > 0 {
			wait = fmt.Sprintf(" (takes over in %v)", e.Wait)
		}
		m.print("EVENT %s: %v -> %v, priority %d: %v%s", e.Router, e.From, e.To, e.Priority, e.Cause, wait)
	case engine.FaultRaised:
		m.print("EVENT %s: fault %s: %s", e.Router, e.Fault.Source, e.Fault.Reason)
	case engine.FaultCleared:
		m.print("EVENT %s: fault %s is over, %d remaining", e.Router, e.Fault.Source, e.Remaining)
	case engine.PriorityChanged:
		m.print("EVENT %s: priority %d -> %v%s", e.Router, e.From, e.Priority, changes(e.Changes))
	case engine.TrackerChanged:
		m.print("EVENT %s: %v%s", e.Tracker, reading(e.Reading), changes(e.Changes))
	case engine.TrackerDoubted:
		m.print("EVENT %s: still %v", e.Tracker, reading(e.Reading))
	case engine.GroupTransition:
		m.print("EVENT group %s: %v -> %v", e.Group, e.From, e.To)
	case engine.ConflictRaised:
		m.print("EVENT %s: %v", e.Router, e.Conflict)
	case engine.ConflictCleared:
		m.print("EVENT %s: over (gone: %v): %v", e.Router, e.Gone, e.Conflict)
	case engine.AddressLost:
		m.print("EVENT %s: somebody removed %v, %d times", e.Router, e.Address.Prefix, e.Times)
	case engine.AddressFailed:
		m.print("EVENT %s: %v failed (add: %v): %v", e.Router, e.Address.Prefix, e.Add, e.Err)
	case engine.AddressAdded, engine.AddressRemoved, engine.Announced: // seen as orders
	case engine.CarriedOut:
		if m.done {
			m.print("EVENT %s%s: carried out", e.Router, e.Group)
		}
	case engine.PeerHeard:
		m.print("EVENT %s: heard %v, priority %d, interval %v", e.Router, e.Peer, e.Priority, e.Interval)
	case engine.SendFailed:
		m.print("EVENT %s: cannot send to %v: %v", e.Router, e.Destination, e.Err)
	case engine.SendRecovered:
		m.print("EVENT %s: sending to %v works again after %d failures", e.Router, e.Destination, e.Failed)
	case engine.PacketFilterFailed:
		if e.Err != nil {
			m.print("EVENT packets to the addresses cannot be dropped: %v", e.Err)
		}
	case engine.Reloaded:
		if len(e.Changes) == 0 {
			m.print("EVENT reload: nothing to change")
		}
		for _, change := range e.Changes {
			m.print("EVENT reload: %v", change)
		}
	default:
		m.print("EVENT %T%+v", e, e)
	}
}

func (m *machine) sample() {
	s := priority.Sample{Value: int64(m.number("value", 0))}
	for _, v := range []priority.Verdict{priority.Healthy, priority.Unhealthy} {
		if v.String() == m.d.CmdArgs[1].Key {
			s.Verdict = v
		}
	}
	if m.d.HasArg("reason") {
		m.d.ScanArgs(m.t, "reason", &s.Reason)
	}
	m.engine.Post(engine.Sampled{Tracker: m.d.CmdArgs[0].Key, Sample: s})
	m.turns()
}

func changes(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d changes)", n)
}

func reading(r priority.Reading) string {
	text := fmt.Sprintf("%v %d", r.Verdict, r.Value)
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if r.Doubt != "" {
		text += fmt.Sprintf(" (held: %v, assumed: %v, cannot tell: %s)", r.Held, r.Assumed, r.Doubt)
	}
	if r.Next.Verdict != priority.Unknown {
		text += fmt.Sprintf(" (next: %v %d, %d of %d)", r.Next.Verdict, r.Next.Value, r.Next.Have, r.Next.Need)
	}
	return text
}

func (m *machine) status() {
	status := m.engine.Status()
	for _, r := range status.Routers {
		m.print("%s: %v since +%v because: %v", r.Config.Name, r.State, r.Since.Sub(beginning), r.Cause)
		for _, a := range r.Addresses {
			m.print("  %v on %s present=%v", a.Prefix, a.Interface, a.Present)
		}
		for _, f := range r.Faults {
			m.print("  fault since +%v: %s: %s", f.Since.Sub(beginning), f.Source, f.Reason)
		}
		if len(r.Priority.Contributions) > 0 {
			m.print("  priority %v", r.Priority)
		}
		for _, c := range r.Priority.Contributions {
			m.print("  %s: %+d: %s", c.Source, c.Value, c.Reason)
		}
		for _, c := range r.Conflicts {
			m.print("  conflict since +%v: %v", c.Since.Sub(beginning), c)
		}
		m.print("  received %d, sent %d, drops %s", r.Counters.Received, r.Counters.Sent, drops(r.Counters.Dropped))
	}
	for _, g := range status.Groups {
		m.print("group %s: %v since +%v", g.Config.Name, g.State, g.Since.Sub(beginning))
	}
	for _, t := range status.Trackers {
		m.print("%s: %v", t.Rules.Name, reading(t.Reading))
	}
	m.print("unclaimed drops %s", drops(status.Unclaimed))
}

func drops(list engine.Drops) string {
	var text []string
	for reason, n := range list {
		if n > 0 {
			text = append(text, packet.DropReason(reason).String()+"="+strconv.FormatUint(n, 10))
		}
	}
	if text == nil {
		return "none"
	}
	return strings.Join(text, " ")
}

func (m *machine) print(format string, args ...any) {
	if !m.quiet {
		m.out = append(m.out, fmt.Sprintf("+%.3fs ", m.now.Sub(beginning).Seconds())+fmt.Sprintf(format, args...))
	}
}

// flush returns the output, equal lines but for their time as one.
func (m *machine) flush() string {
	if len(m.out) == 0 {
		return "(silence)\n"
	}
	var b strings.Builder
	for i := 0; i < len(m.out); {
		_, text, _ := strings.Cut(m.out[i], " ")
		last := i
		for last+1 < len(m.out) && strings.HasSuffix(m.out[last+1], "s "+text) {
			last++
		}
		b.WriteString(m.out[i])
		if last > i {
			at, _, _ := strings.Cut(m.out[last], " ")
			fmt.Fprintf(&b, " (%d times until %s)", last-i+1, at)
		}
		b.WriteByte('\n')
		i = last + 1
	}
	m.out = nil
	return b.String()
}
