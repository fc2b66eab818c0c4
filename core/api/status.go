package api

import (
	"encoding/json"
	"time"
)

// StatusSchema is the schema of [Status].
const StatusSchema = "sentinel.status/1"

// Status is everything the agent knows, at one moment.
type Status struct {
	Schema    string     `json:"schema"`
	Node      string     `json:"node"`
	Version   string     `json:"version"`
	Started   time.Time  `json:"started"`
	Now       time.Time  `json:"now"`
	Instances []Instance `json:"instances"`
	Groups    []Group    `json:"groups"`
	Trackers  []Tracker  `json:"trackers"`
	Hooks     []Hook     `json:"hooks"`
	// HookTotals count what the counters of Hooks do, for these and for all that are
	// no more.
	HookTotals map[string]uint64 `json:"hook_totals"`
	HookRecord HookRecord        `json:"hook_record"`
	Plugins    []Plugin          `json:"plugins"`
}

// Instance is one virtual router.
type Instance struct {
	Name  string    `json:"name"`
	Group *string   `json:"group"`
	State string    `json:"state"`
	Since time.Time `json:"since"`
	// Reason is why it is in this state.
	Reason          string `json:"reason"`
	Interface       string `json:"interface"`
	VirtualRouterID int    `json:"virtual_router_id"`
	// Family is ipv4 or ipv6, Version that of the protocol, 2 or 3.
	Family         string        `json:"family"`
	Version        int           `json:"version"`
	AdvertInterval string        `json:"advert_interval"`
	Preempt        bool          `json:"preempt"`
	Source         *string       `json:"source"`
	Priority       Priority      `json:"priority"`
	Addresses      []Address     `json:"addresses"`
	ActiveRouter   *ActiveRouter `json:"active_router"`
	// Takeover is when it becomes active if it hears nothing; null unless it is a
	// backup.
	Takeover  *time.Time `json:"takeover"`
	Conflicts []Conflict `json:"conflicts"`
	// Counters have the names of RFC 8347 where it has one.
	Counters map[string]uint64 `json:"counters"`
}

// Priority is how an effective priority came about.
type Priority struct {
	Base          int            `json:"base"`
	Effective     int            `json:"effective"`
	Contributions []Contribution `json:"contributions"`
	Clamped       bool           `json:"clamped"`
	Faults        []Fault        `json:"faults"`
}

// Contribution is what one tracker adds.
type Contribution struct {
	Source string     `json:"source"`
	Weight int        `json:"weight"`
	Value  int        `json:"value"`
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since"`
}

// Fault is one thing that keeps an instance from serving.
type Fault struct {
	Source string    `json:"source"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Address is one virtual address.
type Address struct {
	Address    string `json:"address"`
	Interface  string `json:"interface"`
	Advertised bool   `json:"advertised"`
	// Present: it is on the interface, as last reported.
	Present bool `json:"present"`
}

// ActiveRouter is who serves, as far as it is known.
type ActiveRouter struct {
	Address  string `json:"address"`
	Priority int    `json:"priority"`
	// Self: it is this instance.
	Self      bool       `json:"self"`
	LastHeard *time.Time `json:"last_heard"`
}

// Conflict is a peer that disagrees with this instance.
type Conflict struct {
	Peer    string    `json:"peer"`
	Setting string    `json:"setting"`
	Reason  string    `json:"reason"`
	Since   time.Time `json:"since"`
}

// Group is one sync group.
type Group struct {
	Name    string    `json:"name"`
	State   string    `json:"state"`
	Since   time.Time `json:"since"`
	Members []string  `json:"members"`
}

// Tracker is one tracker.
type Tracker struct {
	Name string `json:"name"`
	// Verdict is what counts: healthy, unhealthy, or unknown before the first one.
	Verdict string `json:"verdict"`
	// Held: it cannot tell any more, and what it said last counts.
	Held bool `json:"held"`
	// Value is the number of a tracker that measures.
	Value  *int64     `json:"value"`
	Reason string     `json:"reason"`
	Since  *time.Time `json:"since"`
	// LastSample is when it last said anything.
	LastSample *time.Time `json:"last_sample"`
	// Doubt is why it cannot tell at present.
	Doubt *string `json:"doubt"`
	// Next is what it says that does not count yet, in words.
	Next *string `json:"next"`
}

// Hook is what a notify block does for one instance or group.
type Hook struct {
	Name string `json:"name"`
	// Subject is "vrrp.VI_1" or "sync_group.G1".
	Subject string `json:"subject"`
	// State is idle, delivering, retrying, or overdue.
	State string `json:"state"`
	// Told is the state that it was told last; null if that is not certain.
	Told    *string `json:"told"`
	Pending int     `json:"pending"`
	// Error is why the last call failed, until one succeeds.
	Error    *string           `json:"error"`
	Counters map[string]uint64 `json:"counters"`
}

// HookRecord is how it is with the file that says what hooks were told last, so that
// they are not told again after a restart.
type HookRecord struct {
	// Failures counts the attempts to write it that failed. Error is why the last one
	// did; null if it did not.
	Failures uint64  `json:"failures"`
	Error    *string `json:"error"`
}

// Plugin is one plugin that runs, or one file in plugin_dir.
type Plugin struct {
	Name string `json:"name"`
	// State is starting, running, waiting, broken or stopped; of a file, refused, unused,
	// hook (an executable that the exec plugin runs), or ignored: it is none of a plugin;
	// of plugin_dir itself, unreadable or missing. Where no agent was asked (plugin list
	// -config) it is "part of the program", or usable.
	State string `json:"state"`
	// Since is null for a file.
	Since *time.Time `json:"since"`
	// Reason is why it does not run, and what has become of its file.
	Reason string `json:"reason"`
	// Path is empty for what is part of the program.
	Path string `json:"path"`
	// Version is what it says of itself, empty before it has.
	Version string `json:"version"`
	// PID is 0 if no process runs. Starts is how many have.
	PID    int `json:"pid"`
	Starts int `json:"starts"`
	// Changed: the file is not any more what was started.
	Changed bool `json:"changed"`
}

// ReloadSchema is the schema of [Reload].
const ReloadSchema = "sentinel.reload/1"

// Reload is what became of the request to read the configuration again.
type Reload struct {
	Schema string `json:"schema"`
	// Reloaded: it is in force. Otherwise the old one is.
	Reloaded bool `json:"reloaded"`
	// Diagnostics are as of validate -output json, Text is that and NotRun for people.
	Diagnostics json.RawMessage `json:"diagnostics"`
	// NotRun is what is in plugin_dir and cannot be used, with the reasons.
	NotRun []string `json:"not_run"`
	Text   string   `json:"text"`
}

// ExplanationSchema is the schema of [Explanation].
const ExplanationSchema = "sentinel.explain/1"

// Explanation is why one instance is what it is.
type Explanation struct {
	Schema   string   `json:"schema"`
	Node     string   `json:"node"`
	Instance Instance `json:"instance"`
	// Summary is the state in one sentence.
	Summary string `json:"summary"`
	// History is what led to it, oldest first.
	History []Happening `json:"history"`
	// Arithmetic is how the priority comes about, a line for each step.
	Arithmetic []string `json:"arithmetic"`
	// Outlook is what would have to happen for it to become active, or to lose
	// that.
	Outlook []string `json:"outlook"`
	// Hooks are those of it and of its group that are busy or have failed, in words.
	Hooks []string `json:"hooks"`
}

// Happening is one thing that happened.
type Happening struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}
