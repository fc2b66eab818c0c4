package config

import (
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// shape is what a block may hold. Names are in the order in which messages list
// them.
type shape struct {
	name       string
	labels     []string // what the labels are, the name last
	example    string   // a header as it is written
	many       bool     // there may be several, even of one name
	free       bool     // attributes of any name
	attributes []attribute
	blocks     []*shape
	tracker    *sdk.Tracker  // whose block it is
	notifier   *sdk.Notifier // whose block it is
}

// attribute is a name and a value as one would write it.
type attribute struct{ name, example string }

// The blocks of the language. What stands at the top level is read by a function
// in the table of load.go.
var (
	rootShape = &shape{
		blocks: []*shape{agentShape, variableShape, localsShape, trackerShape, vrrpShape, syncGroupShape, notifyShape, pluginShape},
	}
	variablesShape = &shape{free: true} // the top level of a *.vars.hcl file

	variableShape = &shape{
		name: "variable", labels: []string{"the variable's name"}, example: `variable "peers" { ... }`,
		attributes: []attribute{{"default", `"1066"`}, {"sensitive", "true"}, {"description", `"what it is for"`}},
	}
	localsShape = &shape{name: "locals", example: "locals { ... }", many: true, free: true}

	agentShape = &shape{
		name: "agent", example: "agent { ... }",
		attributes: []attribute{
			{"runtime_dir", `"/run/sentinel"`}, {"plugin_dir", `"plugins"`},
			{"http", `"127.0.0.1:9650"`}, {"startup_delay", `"10s"`},
			{"realtime", "false"},
		},
		blocks: []*shape{logShape, announceShape},
	}
	logShape = &shape{
		name: "log", example: "log { ... }",
		attributes: []attribute{{"level", `"info"`}, {"format", `"text"`}},
	}
	announceShape = &shape{
		name: "announce", example: "announce { ... }",
		attributes: []attribute{{"repeat", "5"}, {"delay", `"5s"`}, {"refresh", `"60s"`}, {"spacing", `"0s"`}},
	}

	vrrpShape = &shape{
		name: "vrrp", labels: []string{"the router's name"}, example: `vrrp "VI_1" { ... }`,
		attributes: []attribute{
			{"interface", `"eth0"`}, {"version", "3"}, {"virtual_router_id", "51"}, {"family", `"ipv6"`},
			{"priority", "100"}, {"advert_interval", `"1s"`}, {"preempt", "true"}, {"preempt_delay", `"0s"`},
			{"accept", "true"}, {"adopt", "true"}, {"strict", "true"}, {"checksum", `"rfc9568"`},
			{"track_link", "true"}, {"source", `"192.0.2.11"`}, {"virtual_addresses", `["192.0.2.1/24"]`},
			{"track", "[tracker.process.httpd]"}, {"notify", "[notify.exec.logger]"},
		},
		blocks: []*shape{virtualAddressShape, unicastShape, authenticationShape, announceShape, trackOverrideShape},
	}
	virtualAddressShape = &shape{
		name: "virtual_address", labels: []string{"the address"}, example: `virtual_address "192.0.2.1/24" { ... }`, many: true,
		attributes: []attribute{
			{"interface", `"eth1"`}, {"label", `"eth1:web"`}, {"scope", `"global"`}, {"advertise", "true"}, {"track_link", "true"},
		},
	}
	trackOverrideShape = &shape{
		name: "track_override", labels: []string{"the tracker's type", "the tracker's name"},
		example: `track_override "file" "app" { ... }`, attributes: []attribute{{"weight", "-50"}},
	}
	unicastShape = &shape{
		name: "unicast", example: "unicast { ... }",
		attributes: []attribute{{"peers", `["192.0.2.11", "192.0.2.12"]`}, {"ttl", "255"}, {"min_ttl", "255"}},
	}
	authenticationShape = &shape{
		name: "authentication", example: "authentication { ... }",
		attributes: []attribute{
			{"type", `"simple_text"`}, {"password", "var.password"}, {"password_file", `"vrrp.password"`},
		},
	}
)

var (
	// trackerShape is what every tracker block has. That of a type has its own
	// attributes besides: see shapesOf.
	trackerShape = &shape{
		name: "tracker", labels: []string{"the tracker's type", "the tracker's name"},
		example: `tracker "process" "httpd" { ... }`,
		attributes: []attribute{
			{"weight", "-50"}, {"reverse", "true"}, {"interval", `"1s"`}, {"timeout", `"1s"`}, {"rise", "2"}, {"fall", "3"},
			{"rise_delay", `"5s"`}, {"fall_delay", `"5s"`}, {"on_start", `"wait"`}, {"on_unknown", `"hold"`}, {"hold_for", `"0s"`},
		},
	}
	syncGroupShape = &shape{
		name: "sync_group", labels: []string{"the group's name"}, example: `sync_group "G1" { ... }`,
		attributes: []attribute{{"members", "[vrrp.VI_1, vrrp.VI_2]"}, {"track", "[tracker.process.httpd]"}, {"notify", "[notify.exec.logger]"}},
	}
	// notifyShape is what every notify block has. That of a type has its own
	// attributes besides: see shapesOf.
	notifyShape = &shape{
		name: "notify", labels: []string{"the hook's type", "the hook's name"}, example: `notify "exec" "logger" { ... }`,
		attributes: []attribute{{"on", `["active", "backup"]`}, {"timeout", `"10s"`}, {"retries", "5"}, {"for_all", "true"}},
	}
	pluginShape = &shape{
		name: "plugin", labels: []string{"what it has: tracker or notify", "their type"}, example: `plugin "tracker" "mysql" { ... }`,
		attributes: []attribute{
			{"sha256", `"9f2c..."`}, {"user", `"nobody"`}, {"environment", `{ LANG = "C" }`}, {"start_timeout", `"5s"`},
		},
	}
)

// shapes are all blocks, for finding out where a name would belong.
var shapes = []*shape{
	rootShape, agentShape, logShape, announceShape, variableShape, localsShape,
	vrrpShape, virtualAddressShape, unicastShape, authenticationShape, trackOverrideShape,
	syncGroupShape, trackerShape, notifyShape, pluginShape,
}

// examples are the values of all attributes as one would write them.
var examples = func() map[string]string {
	all := make(map[string]string)
	for _, s := range shapes {
		for _, a := range s.attributes {
			if all[a.name] == "" {
				all[a.name] = a.example
			}
		}
	}
	return all
}()

// isSetting reports whether a name is an attribute anywhere.
func isSetting(name string) bool { return examples[name] != "" }

// own returns what the component declares whose block it is, or nil.
func (s *shape) own() *sdk.Schema {
	var schema sdk.Schema
	switch {
	case s.tracker != nil:
		schema = s.tracker.Schema()
	case s.notifier != nil:
		schema = s.notifier.Schema()
	default:
		return nil
	}
	return &schema
}

// anything returns a shape like s in which any name may be right: nobody knows what
// belongs there.
func (s *shape) anything() *shape {
	return &shape{name: s.name, labels: s.labels, example: s.example, free: true}
}

// refers reports whether such a block names trackers and hooks.
func (s *shape) refers() bool { return s.hasAttribute("track") || s.hasAttribute("notify") }

// title is how messages call such a block.
func (s *shape) title() string {
	if strings.ContainsRune("aeio", rune(s.name[0])) {
		return "an " + s.name + " block"
	}
	return "a " + s.name + " block"
}

// names lists everything that a block may hold.
func (s *shape) names() []string {
	var names []string
	for _, a := range s.attributes {
		names = append(names, a.name)
	}
	for _, b := range s.blocks {
		names = append(names, b.name)
	}
	return names
}

func (s *shape) hasAttribute(name string) bool {
	return slices.ContainsFunc(s.attributes, func(a attribute) bool { return a.name == name })
}

func (s *shape) block(name string) *shape {
	if i := slices.IndexFunc(s.blocks, func(b *shape) bool { return b.name == name }); i >= 0 {
		return s.blocks[i]
	}
	return nil
}

// homeOf returns the block that a misplaced name belongs in, or nil.
func homeOf(name string) *shape {
	if i := slices.IndexFunc(shapes, func(s *shape) bool { return s.hasAttribute(name) || s.block(name) != nil }); i >= 0 {
		return shapes[i]
	}
	return nil
}
