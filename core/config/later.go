package config

// advice is the answer to a name that is not ours to use.
type advice struct{ summary, detail string }

// reserved returns what there is to say about a name that the language does not
// have: it is planned, or it is keepalived's.
func reserved(name string) (advice, bool) {
	if why, ok := later[name]; ok {
		return advice{"Not supported yet", `"` + name + `" is not supported yet: ` + why}, true
	}
	if how, ok := keepalived(name); ok {
		return advice{"keepalived's word", `"` + name + `" is a word of keepalived's. ` + how}, true
	}
	return advice{}, false
}

// isForeign reports whether a block of that name is written in another language
// than ours, so that there is no point in complaining about its content.
func isForeign(name string) bool {
	_, ok := keepalived(name)
	return ok
}

// later are the names that are reserved for what Sentinel does not do yet, and
// why, or until when. They are never ignored.
var later = map[string]string{
	"tracker":        "this version watches interfaces and addresses only, and trackers are what comes next. Remove the block, and its name from every track list.",
	"track":          "this version has no trackers. Remove the line; the interface itself is watched anyway (track_link).",
	"track_override": "this version has no trackers. Remove the block.",
	"sync_group":     "this version moves every router on its own. Remove the block, or put all addresses into one vrrp block.",
	"notify":         "this version runs no hooks. Remove it; until hooks come, the agent's log says every transition.",
	"vmac":           "a virtual router uses the MAC address of its interface, and gratuitous ARP tells the neighbours. Remove it.",
	"virtual_route":  "only addresses move with a virtual router, routes do not. Remove it, and make the route with the system's network configuration.",
	"virtual_rule":   "only addresses move with a virtual router, routing rules do not. Remove it, and make the rule with the system's network configuration.",
	"auth_hmac":      "it is keepalived 2.4.2's extension of the protocol, and its draft is young. Remove it; keep the segment trusted, or use unicast.",
	"bfd":            "this version watches peers by their advertisements only. Remove it, and set a shorter advert_interval instead.",
	"linkbeat":       "the state of a link is taken from the kernel's events, without polling. Remove it.",
}
