package plugintest

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// undisturbed is how long a plugin is watched after a signal.
const undisturbed = 300 * time.Millisecond

// signals: service managers and terminals send them to everything, and hooks have
// still to be told that the router stops.
func signals(ctx context.Context, s *subject) (string, error) {
	t, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		_ = syscall.Kill(t.pid, signal)
		if t.within(undisturbed) {
			return "", fmt.Errorf("%s ends it, although its standard input is open%s", unix.SignalName(signal), t.lastWords())
		}
	}
	limited, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	_, err = t.plugin.Describe(limited, &wire.DescribeRequest{}, grpc.MaxCallRecvMsgSize(wire.MaxDescription))
	if err != nil {
		return "", t.why("after signals, Describe", soon, err)
	}
	return "SIGTERM, SIGINT and SIGHUP do not end it", nil
}

// endOfInput: whoever has started it is gone, in the midst of its work.
func endOfInput(ctx context.Context, s *subject) (string, error) {
	t, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	working, err := s.work(ctx, t)
	if err != nil {
		return "", err
	}
	s.left = family(t.pid).except(nil)
	begun := time.Now()
	t.lifeLine.Close()
	if !t.within(soon) {
		s.endBare()
		return "", slow("it still runs %v after its standard input has ended", soon)
	}
	took := time.Since(begun)
	if working == 0 {
		return "it ends after " + rounded(took), nil
	}
	return fmt.Sprintf("it ends after %s, in the midst of its work", rounded(took)), nil
}

// work sets those trackers to work that can be, and returns how many.
func (s *subject) work(ctx context.Context, bare *talk) (working int, err error) {
	for _, of := range s.description.Trackers {
		t := trial{"tracker", of}
		values, err := t.configured(ctx, s)
		if err != nil {
			continue // it was said before
		}
		calls, err := t.track(ctx, s, bare, values, 0)
		if err != nil {
			return working, err
		}
		heard := make(chan error, 1)
		go func() {
			_, err := calls.Recv()
			heard <- err
		}()
		select {
		case err = <-heard:
		case <-time.After(midway):
		}
		if bare.hasEnded() || err != nil && bare.within(linger) {
			return working, fmt.Errorf("it has ended in Track%s", bare.lastWords())
		}
		if err == nil {
			working++
		}
	}
	return working, nil
}

// nothingLeft: what it has started ends with it.
func nothingLeft(_ context.Context, s *subject) (string, error) {
	if s.bare == nil || !s.bare.hasEnded() {
		return "", notApplicable("it did not end by itself")
	}
	living := func() (list []relative) {
		all := family(s.bare.pid)
		for _, r := range s.left {
			all[r.identity] = r
		}
		for _, r := range all.except(nil) {
			if r.lives() {
				list = append(list, r)
			}
		}
		return list
	}
	if left := await(soon, living); len(left) > 0 {
		return "", fmt.Errorf("%v after its end there is %s", soon, names(left))
	}
	return "of it and what it has started", nil
}
