package engine_test

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/packet"
	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// parseSetup reads the lines of a command, with the names of the configuration
// language and lists separated by commas:
//
//	NAME key=value... [track=TRACKER[*WEIGHT][!reverse]...]   a router
//	tracker NAME key=value...
//	group NAME MEMBER...
func (m *machine) parseSetup() engine.Setup {
	setup := engine.Setup{Terms: map[string][]priority.Term{}}
	for line := range strings.Lines(m.d.Input) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "tracker":
			setup.Trackers = append(setup.Trackers, m.parseTracker(fields[1:]))
			continue
		case "group":
			setup.Groups = append(setup.Groups, vrrp.GroupConfig{Name: fields[1], Members: fields[2:]})
			continue
		}
		config := vrrp.Config{
			Name: fields[0], Interface: "eth0", Family: packet.IPv4, Version: 3, VRID: 51, Priority: 100,
			AdvertInterval: time.Second, Preempt: true, Accept: true, TrackLink: true,
			Announce: vrrp.Announce{Repeat: 5, Delay: 5 * time.Second},
		}
		for _, field := range fields[1:] {
			key, value, _ := strings.Cut(field, "=")
			if key == "track" {
				setup.Terms[config.Name] = m.parseTerms(value)
				continue
			}
			m.set(&config, key, value)
		}
		for i := range config.Addresses {
			if config.Addresses[i].Interface == "" {
				config.Addresses[i].Interface = config.Interface
			}
		}
		setup.Routers = append(setup.Routers, config)
	}
	return setup
}

func (m *machine) parseTracker(fields []string) priority.Rules {
	rules := priority.Rules{Name: fields[0], OnStart: priority.Wait, StartWait: time.Second}
	policies := map[string]priority.Policy{
		"hold": priority.Hold, "wait": priority.Wait, "pass": priority.Pass, "fail": priority.Fail,
	}
	for _, field := range fields[1:] {
		key, value, _ := strings.Cut(field, "=")
		number, _ := strconv.Atoi(value)
		duration, _ := time.ParseDuration(value)
		switch key {
		case "measures":
			rules.Measures = true
		case "subject":
			rules.Subject = value
		case "rise":
			rules.Rise = number
		case "fall":
			rules.Fall = number
		case "rise_delay":
			rules.RiseDelay = duration
		case "fall_delay":
			rules.FallDelay = duration
		case "hold_for":
			rules.HoldFor = duration
		case "on_start":
			rules.OnStart = policies[value]
		case "on_unknown":
			rules.OnUnknown = policies[value]
		default:
			m.d.Fatalf(m.t, "unknown setting %q", key)
		}
	}
	return rules
}

func (m *machine) parseTerms(text string) []priority.Term {
	var list []priority.Term
	for item := range strings.SplitSeq(text, ",") {
		item, reverse := strings.CutSuffix(item, "!reverse")
		name, weight, _ := strings.Cut(item, "*")
		number, _ := strconv.Atoi(weight)
		list = append(list, priority.Term{Tracker: name, Weight: number, Reverse: reverse})
	}
	return list
}

func (m *machine) set(c *vrrp.Config, key, value string) {
	number := func() uint8 {
		n, err := strconv.ParseUint(value, 10, 8)
		if err != nil {
			m.d.Fatalf(m.t, "%s: %v", key, err)
		}
		return uint8(n)
	}
	duration := func() time.Duration {
		d, err := time.ParseDuration(value)
		if err != nil {
			m.d.Fatalf(m.t, "%s: %v", key, err)
		}
		return d
	}
	switch key {
	case "interface":
		c.Interface = value
	case "version":
		c.Version = number()
	case "vrid":
		c.VRID = number()
	case "priority":
		c.Priority = number()
	case "interval":
		c.AdvertInterval = duration()
	case "preempt":
		c.Preempt = value == "true"
	case "accept":
		c.Accept = value == "true"
	case "adopt":
		c.Adopt = value == "true"
	case "track_link":
		c.TrackLink = value == "true"
	case "source":
		c.Source = netip.MustParseAddr(value)
	case "password":
		c.AuthType = packet.AuthSimpleText
		copy(c.Password[:], value)
	case "peers":
		c.Unicast = &vrrp.Unicast{TTL: 255, MinTTL: 255}
		for peer := range strings.SplitSeq(value, ",") {
			c.Unicast.Peers = append(c.Unicast.Peers, netip.MustParseAddr(peer))
		}
	case "checksum":
		c.Checksums = map[string][]packet.ChecksumForm{
			"rfc9568": {packet.ChecksumRFC9568}, "both": {packet.ChecksumRFC5798, packet.ChecksumRFC9568},
		}[value]
	case "addresses":
		c.Addresses = m.addresses(value)
		if len(c.Addresses) > 0 && c.Addresses[0].Prefix.Addr().Is6() {
			c.Family = packet.IPv6
		}
	default:
		m.d.Fatalf(m.t, "unknown setting %q", key)
	}
}

// addresses reads PREFIX[@INTERFACE][!untracked], separated by commas.
func (m *machine) addresses(text string) []vrrp.Address {
	var list []vrrp.Address
	for item := range strings.SplitSeq(text, ",") {
		item, untracked := strings.CutSuffix(item, "!untracked")
		prefix, name, _ := strings.Cut(item, "@")
		list = append(list, vrrp.Address{
			Prefix: netip.MustParsePrefix(prefix), Interface: name, Advertise: true, TrackLink: !untracked,
		})
	}
	return list
}

// hear puts an advertisement, good or bad, into the kernel's buffer.
func (m *machine) hear() {
	var from string
	m.d.ScanArgs(m.t, "from", &from)
	source := netip.MustParseAddr(from)
	family := packet.FamilyOf(source)
	advert := packet.Advertisement{
		Version: uint8(m.number("version", 3)), VRID: uint8(m.number("vrid", 51)), Priority: uint8(m.number("priority", 100)),
		Interval: m.duration("interval", time.Second),
	}
	for _, text := range m.list("address") {
		advert.Addresses = append(advert.Addresses, netip.MustParseAddr(text))
	}
	if m.d.HasArg("password") {
		var password string
		m.d.ScanArgs(m.t, "password", &password)
		advert.AuthType = packet.AuthSimpleText
		copy(advert.Password[:], password)
	}
	if m.d.HasArg("message-only") {
		advert.Checksum = packet.ChecksumRFC9568
	}
	destination := family.Group()
	if m.d.HasArg("to") {
		var to string
		m.d.ScanArgs(m.t, "to", &to)
		destination = netip.MustParseAddr(to)
	}
	payload, err := advert.Append(nil, source, destination)
	if err != nil {
		m.d.Fatalf(m.t, "%v", err)
	}
	if m.d.HasArg("broken") {
		payload[6] ^= 0xff
	}
	d := engine.Datagram{Socket: m.socket[m.d.CmdArgs[0].Key], Age: m.duration("age", 0)}
	d.Source, d.Destination, d.TTL, d.Payload = source, destination, uint8(m.number("ttl", 255)), payload
	for range m.number("times", 1) {
		m.buffer = append(m.buffer, d)
	}
	m.turns()
}

func (m *machine) number(key string, otherwise int) int {
	if m.d.HasArg(key) {
		m.d.ScanArgs(m.t, key, &otherwise)
	}
	return otherwise
}

func (m *machine) duration(key string, otherwise time.Duration) time.Duration {
	if !m.d.HasArg(key) {
		return otherwise
	}
	var text string
	m.d.ScanArgs(m.t, key, &text)
	d, err := time.ParseDuration(text)
	if err != nil {
		m.d.Fatalf(m.t, "%v", err)
	}
	return d
}

// list reads key=(a,b) or key=a.
func (m *machine) list(key string) []string {
	for _, arg := range m.d.CmdArgs {
		if arg.Key == key {
			return arg.Vals
		}
	}
	return nil
}
