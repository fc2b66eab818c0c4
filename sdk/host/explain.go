package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/status"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// How long it may take to learn that a process has died, after a call of it has
// failed and, on a busy machine, after its connection has broken.
const (
	deathTakes       = 100 * time.Millisecond
	deathTakesAtMost = time.Second
)

// ErrTimedOut is the error of a call that was not answered in time, by our clock or
// by the plugin's.
var ErrTimedOut = errors.New("timed out")

// explain says why a call has failed. If it is because the plugin is done, that
// is the reason; a connection that broke while the process lives is the end of
// the plugin, too.
func (p *Plugin) explain(ctx context.Context, err error) error {
	if p.alive.Err() != nil {
		return p.Err()
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrTimedOut
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status.Code(err) == codes.Unavailable {
		if p.diesWithin(deathTakes) {
			return p.Err()
		}
		if p.conn.GetState() != connectivity.Ready {
			if p.diesWithin(deathTakesAtMost) {
				return p.Err()
			}
			err = fmt.Errorf("the connection to the plugin broke: %w", reason(err))
			p.fail(err)
			p.process.kill()
			return err
		}
	}
	return reason(err)
}

// diesWithin waits for the end of the plugin for a while, and reports it.
func (p *Plugin) diesWithin(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.alive.Done():
		return true
	case <-timer.C:
		return false
	}
}

// reason is an error of gRPC as a person would say it.
func reason(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the plugin ended the call")
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	message := wire.Shorten(s.Message())
	switch s.Code() {
	case codes.ResourceExhausted:
		if strings.Contains(message, "larger than max") {
			return errors.New("the plugin sends a message that is too large")
		}
	case codes.Internal:
		if strings.Contains(message, "invalid UTF-8") {
			return errors.New("the plugin sends a text that is not UTF-8")
		}
		if strings.Contains(message, "failed to unmarshal") {
			return errors.New("the plugin sends what is no message")
		}
	case codes.Unimplemented:
		return errors.New("the call " + wire.Unserved)
	case codes.DeadlineExceeded:
		return ErrTimedOut // also if the plugin's clock was first to say so
	}
	if message == "" {
		message = "the plugin gives no reason (" + s.Code().String() + ")"
	}
	return errors.New(message)
}

func isUnimplemented(err error) bool { return err != nil && status.Code(err) == codes.Unimplemented }
