package config

import (
	"time"

	"github.com/sentinel-ha/sentinel/core/priority"
	"github.com/sentinel-ha/sentinel/core/vrrp"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Options is what decides a configuration besides its files. The zero value is
// valid.
type Options struct {
	// Node is node.name in expressions; empty means the short host name.
	Node string
	// Vars are -var flags, name=value, in order; the last one wins.
	Vars []string
	// VarFiles are -var-file flags, in order; the last one wins.
	VarFiles []string
	// Trackers and Notifiers are the types of tracker and of hook that can be
	// configured.
	Trackers  []sdk.Tracker
	Notifiers []sdk.Notifier
	// Internal are the names of those trackers that run inside of the agent.
	Internal []string
	// Environ is the environment as [os.Environ] gives it. SENTINEL_VAR_name and
	// the function env read it, and nothing else does.
	Environ []string
}

// Config is a validated configuration. It is immutable: a reload builds another
// one and compares.
type Config struct {
	// Node is what node.name was.
	Node string
	// Agent is the agent block with its defaults.
	Agent Agent
	// Routers are the vrrp blocks, in the order of the files and then as written.
	Routers []vrrp.Config
	// Trackers are the tracker blocks that any router uses, in the same order.
	Trackers []Tracker
	// Terms are, by router, what its trackers mean to it: those that it names, and
	// those that its sync group brings along.
	Terms map[string][]priority.Term
	// Groups are the sync_group blocks, in the same order.
	Groups []vrrp.GroupConfig
	// Hooks are the notify blocks that anything is delivered to, in the same order,
	// and then those that have no block.
	Hooks []Hook
	// Plugins are the plugin blocks, in the same order.
	Plugins []Plugin
	// Unused are the plugins with a hook that would need a block, and have none.
	Unused []UnusedPlugin
	// Idle are the tracker and notify blocks that nothing uses. They do not run; a
	// person may try them before they do.
	Idle Idle
}

// Idle are blocks that nothing uses, in the order of the files.
type Idle struct {
	Trackers []Tracker
	Hooks    []Hook
}

// Hook is one notify block, or a hook without one.
type Hook struct {
	// Name is the block's, "notify.exec.logger".
	Name string
	// Type is what kind of hook it is, Values its own part of the block.
	Type   sdk.Notifier
	Values sdk.Values
	// On lists the states and the kinds of event that it is for. Without a line that
	// says so, they are those that its own part has something for, or all states.
	On []string
	// Timeout bounds one delivery, and Retries is how often one that failed, and was
	// not rejected, is tried again; -1 is until it works or there is something newer.
	Timeout time.Duration
	Retries int
	// ForAll: it hears of every instance and group; otherwise of these.
	ForAll            bool
	Instances, Groups []string
	// Isolated: it has a process of its own.
	Isolated bool
}

// Tracker is one tracker block.
type Tracker struct {
	// Type is what kind of tracker it is.
	Type sdk.Tracker
	// Rules are Sentinel's part of the block. Their Subject stands for the rest.
	Rules priority.Rules
	// Values are the tracker's own part.
	Values sdk.Values
	// Schedule says when it is polled, if it is.
	Schedule sdk.Schedule
	// Isolated: it has a process of its own.
	Isolated bool
}

// Agent is the agent block. Two of them can be compared with ==.
type Agent struct {
	// RuntimeDir is the absolute directory of the control socket and of
	// addresses.json.
	RuntimeDir string
	// PluginDir is the absolute directory of drop-in plugins. It need not exist.
	PluginDir string
	// HTTP is the host:port of metrics and web page; empty is off.
	HTTP string
	// StartupDelay holds every election for this long after start.
	StartupDelay time.Duration
	// Realtime lets the protocol's thread run before all ordinary ones, where the
	// system permits it.
	Realtime bool
	// Log is how the agent logs.
	Log Log
	// Announce is the default for routers without a block of their own. It is
	// already part of every router's configuration.
	Announce vrrp.Announce
}

// Log is the log block.
type Log struct {
	// Level is trace, debug, info, warn or error.
	Level string
	// Format is text or json.
	Format string
}
