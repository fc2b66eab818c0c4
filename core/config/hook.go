package config

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// The limits of what a notify block says.
const (
	defaultHookTimeout = 10 * time.Second
	untilItWorks       = -1
	maxRetries         = 1000
)

// hook is a notify block as it was read.
type hook struct {
	*block
	config Hook
	meant  bool // by a name that is misspelt
}

// readHook reads a notify block: Sentinel's part of it, then the hook's.
func (l *loader) readHook(b *block) {
	h := &hook{block: b}
	if first := l.hooks[b.fullName()]; first == nil {
		l.hooks[b.fullName()] = h // of two with one name, which has been reported, the first counts
	}
	kind := b.shape.notifier
	if kind == nil {
		return // reported; it is there, so that a reference to it is no second mistake
	}
	h.config = Hook{
		Name: b.fullName(), Type: *kind,
		Timeout: read(b, "timeout", defaultHookTimeout, duration(time.Millisecond, longest)).value,
		Retries: read(b, "retries", untilItWorks, whole(0, maxRetries)).value,
		ForAll:  read(b, "for_all", false, boolean).value, Isolated: b.readIsolated(),
		Values: b.readOwn(kind.Schema(), kind.Validate),
	}
	h.config.On = h.readOn()
}

// hook brings hooks, routers and groups together: who tells what to whom.
func (l *loader) hook() {
	for _, r := range l.routers {
		for _, h := range l.hooksOf(r.block) {
			h.config.Instances = append(h.config.Instances, r.label)
		}
	}
	for _, g := range l.groups {
		for _, h := range l.hooksOf(g.block) {
			h.config.Groups = append(h.config.Groups, g.label)
		}
	}
	for _, b := range l.root.all(notifyShape) {
		h := l.hooks[b.fullName()]
		switch {
		case h == nil || h.block != b || b.shape.notifier == nil:
		case h.config.ForAll || len(h.config.Instances)+len(h.config.Groups) > 0:
			l.config.Hooks = append(l.config.Hooks, h.config)
		default:
			l.config.Idle.Hooks = append(l.config.Idle.Hooks, h.config)
			if l.scope.lost || h.meant {
				continue
			}
			l.report.warnf(b.named, "Never used", "No notify list has %s, so that it is never called. Write it into one, write for_all = true, or remove the block.", b.fullName())
		}
	}
}

// hooksOf returns the hooks in a block's notify list.
func (l *loader) hooksOf(b *block) []*hook {
	var list []*hook
	for _, r := range b.references("notify", "notify", "notify.exec.logger", 3) {
		h := l.hooks[r.name]
		switch {
		case h == nil && !l.scope.incomplete:
			names := slices.Sorted(maps.Keys(l.hooks))
			advice := didYouMean(r.name, names)
			if len(names) == 0 {
				advice = ` There is none at all. Write a block: notify "exec" "logger" { ... }`
			}
			l.report.errorf(r.at, "Unknown hook", "There is no %s.%s", r.name, advice)
			if meant := l.hooks[nearest(r.name, names)]; meant != nil {
				meant.meant = true
			}
		case h != nil && h.config.ForAll:
			l.report.warnf(r.at, "No effect", "%s has for_all = true and hears of everything already. Remove it from the list, or the line there.", fmt.Sprint(r.name))
		case h != nil:
			list = append(list, h)
		}
	}
	return list
}
