package iface

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker tells whether a network interface is up and running.
var Tracker = sdk.Watch("interface", "a network interface that is up and has a carrier", watch)

type config struct {
	Interface string `sentinel:"interface,required" doc:"name of the interface"`
}

// Validate reports a name that no interface can have.
func (c *config) Validate() error {
	forbidden := func(r rune) bool { return r == '/' || r == ':' || unicode.IsSpace(r) || unicode.IsControl(r) }
	switch {
	case c.Interface == "":
		return sdk.At("interface", errors.New("must not be empty"))
	case len(c.Interface) >= unix.IFNAMSIZ:
		return sdk.At("interface", errors.New("is too long: at most 15 bytes"))
	case c.Interface == ".", c.Interface == "..", strings.ContainsFunc(c.Interface, forbidden):
		return sdk.At("interface", errors.New("is no interface's name: no slash, colon or white space"))
	}
	return nil
}

// retry is the time from one subscription to the next, unless the earlier one
// has lived longer.
const retry = 250 * time.Millisecond

// shared is the subscription of the whole process.
var shared = &hub{open: subscribe}

func watch(ctx context.Context, c config, report func(sdk.Result)) error {
	return shared.watch(ctx, c.Interface, report)
}

// watch reports what becomes of an interface until ctx ends.
func (h *hub) watch(ctx context.Context, name string, report func(sdk.Result)) error {
	tell := sdk.Changes(report)
	for {
		began := time.Now()
		err := h.follow(ctx, name, tell)
		if ctx.Err() != nil {
			return nil
		}
		wait := retry - time.Since(began)
		if wait <= 0 {
			continue
		}
		tell(sdk.CannotTell("the kernel does not tell of %s: %v", name, err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// follow reports what one subscription has to say about an interface, until it
// has ended or ctx has.
func (h *hub) follow(ctx context.Context, name string, tell func(sdk.Result)) error {
	w := &watcher{name: name, changed: make(chan struct{}, 1)}
	s, err := h.join(w)
	if err != nil {
		return err
	}
	defer h.leave(s, w)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.changed:
			tell(s.result(w))
		case <-s.done:
			return s.err
		}
	}
}
