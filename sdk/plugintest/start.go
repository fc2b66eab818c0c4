package plugintest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk/host"
	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// soon is how long what is done at once may take, on a machine that has much else to
// do.
const soon = 3 * time.Second

// byHand: without the cookie a person has started it, who is to be told so.
func byHand(_ context.Context, s *subject) (string, error) {
	p, err := start(s.path, s.options.Args, s.environment())
	if err != nil {
		return "", err
	}
	ended := p.within(soon)
	words := p.lastWords()
	var g greeting
	if ended {
		select {
		case g = <-p.greeting:
		case <-time.After(linger):
		}
	}
	fate := p.close()
	switch {
	case !ended:
		return "", slow("started without SENTINEL_PLUGIN_COOKIE it still runs after %v, and must say what it is and exit", soon)
	case fate != "exited with status 1" && fate != "exited with status 2":
		return "", fmt.Errorf("started without SENTINEL_PLUGIN_COOKIE it %s, and must exit with 1 or 2%s", fate, words)
	case words.Panicked():
		return "", fmt.Errorf("started without SENTINEL_PLUGIN_COOKIE it panics, and must say what it is%s", words)
	case words.Line() == "" && g.before == "":
		return "", fmt.Errorf("started without SENTINEL_PLUGIN_COOKIE it %s, and does not say why", fate)
	}
	return fmt.Sprintf("it %s, and says why", fate), nil
}

func handshake(ctx context.Context, s *subject) (string, error) {
	begun := time.Now()
	before, err := s.greet(ctx)
	took := time.Since(begun)
	if err != nil {
		return "", err
	}
	if before != "" {
		return "", fmt.Errorf("it prints %q before the handshake, which must be the first line on standard output", shortened(before))
	}
	return "after " + rounded(took), nil
}

// launch: the agent's own code looks at the handshake and the description.
func launch(ctx context.Context, s *subject) (string, error) {
	p, err := s.host(ctx)
	if err != nil {
		return "", err
	}
	d := p.Description()
	return fmt.Sprintf("version %s, written with %s", orNone(d.Version), orNone(d.SDK)), nil
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}

// describe: whoever asks twice hears the same twice.
func describe(ctx context.Context, s *subject) (string, error) {
	t, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	var answers [2]*wire.DescribeResponse
	var longest time.Duration
	for i := range answers {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(ctx, soon)
		answers[i], err = t.plugin.Describe(ctx, &wire.DescribeRequest{}, grpc.MaxCallRecvMsgSize(wire.MaxDescription))
		cancel()
		if err != nil {
			return "", t.why("Describe", soon, err)
		}
		longest = max(longest, time.Since(begun))
	}
	if !proto.Equal(answers[0], answers[1]) {
		return "", errors.New("it describes itself in another way when it is asked again")
	}
	return fmt.Sprintf("after %s, twice the same", rounded(longest)), nil
}

// why says what is wrong with a call that has failed.
func (t *talk) why(call string, limit time.Duration, err error) error {
	s, _ := status.FromError(err)
	switch {
	case s.Code() == codes.Unavailable && t.within(linger):
		return fmt.Errorf("it has ended in %s%s", call, t.lastWords())
	case errors.Is(err, io.EOF):
		return fmt.Errorf("it ends %s by itself", call)
	case s.Code() == codes.DeadlineExceeded:
		return slow("%s has no answer within %v", call, limit)
	case s.Code() == codes.Unimplemented:
		return errors.New(call + " " + wire.Unserved)
	}
	return fmt.Errorf("%s: %s", call, shortened(s.Message()))
}

// documented: what a person reads before they configure it.
func documented(_ context.Context, s *subject) (string, error) {
	if s.noHosted != nil {
		return "", notApplicable("it cannot be launched")
	}
	var without []string
	count := 0
	for kind, types := range map[string][]host.Type{"tracker": s.description.Trackers, "notify": s.description.Notifiers} {
		for _, t := range types {
			count++
			if t.Doc == "" {
				without = append(without, kind+"."+t.Name)
			}
			for _, a := range t.Schema.Attributes {
				count++
				if a.Doc == "" {
					without = append(without, kind+"."+t.Name+"."+a.Name)
				}
			}
		}
	}
	if len(without) > 0 {
		return "", fmt.Errorf("there is no documentation of %s: its doc is empty", strings.Join(without, ", "))
	}
	return fmt.Sprintf("of %d types and attributes", count), nil
}

// fileName: the agent finds a type by the name of the file.
func fileName(_ context.Context, s *subject) (string, error) {
	name := filepath.Base(s.path)
	tracker, isTracker := strings.CutPrefix(name, "sentinel-tracker-")
	notifier, isNotifier := strings.CutPrefix(name, "sentinel-notify-")
	switch {
	case s.noHosted != nil:
		return "", notApplicable("it cannot be launched")
	case s.options.Path == "":
		return "", notApplicable("it is part of the program")
	case isTracker && s.description.Tracker(tracker) == nil:
		return "", fmt.Errorf("the file is called %s, and offers no tracker %q", name, tracker)
	case isNotifier && s.description.Notifier(notifier) == nil:
		return "", fmt.Errorf("the file is called %s, and offers no notifier %q", name, notifier)
	case !isTracker && !isNotifier:
		return "", notApplicable("to be found in plugin_dir it would be called sentinel-tracker-NAME or sentinel-notify-NAME")
	}
	return name + " offers it" + others(name, "sentinel-tracker-", s.description.Trackers) +
		others(name, "sentinel-notify-", s.description.Notifiers), nil
}

// others says which other names the file needs for its types.
func others(name, prefix string, types []host.Type) (text string) {
	for _, t := range types {
		if other := prefix + t.Name; other != name {
			text += ", and is to be " + other + " too, as by a symbolic link"
		}
	}
	return text
}

// noSuchType is a type that no plugin has.
const noSuchType = "no-such-type"

// unknownType: a question about something that is not there is answered.
func unknownType(ctx context.Context, s *subject) (string, error) {
	if s.noHosted != nil {
		return "", notApplicable("it cannot be launched")
	}
	t, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	answer, err := t.plugin.Validate(limited, &wire.ValidateRequest{Tracker: noSuchType})
	if err == nil && len(answer.GetProblems()) == 0 {
		return "", errors.New("it finds nothing wrong in Validate of a tracker that it does not have")
	}
	calls, err := t.tracker.Track(limited, &wire.TrackRequest{Type: noSuchType, Interval: durationpb.New(soon), Timeout: durationpb.New(soon)})
	if err == nil {
		_, err = calls.Recv()
	}
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return "", errors.New("it takes Track of a type that it does not have")
	case status.Code(err) == codes.DeadlineExceeded:
		return "", slow("Track of a type that it does not have has no answer within %v", soon)
	}
	if t.within(linger) {
		return "", fmt.Errorf("it has ended when it was asked for a type that it does not have%s", t.lastWords())
	}
	return "an error, and it lives on", nil
}

// beats and beat are how many pulses are waited for, and at which interval.
const (
	beats = 4
	beat  = 100 * time.Millisecond
)

// pulse: it shows at once and again and again that it lives.
func pulse(ctx context.Context, s *subject) (string, error) {
	t, err := s.talk(ctx)
	if err != nil {
		return "", err
	}
	limited, cancel := context.WithTimeout(ctx, beats*beat+soon)
	defer cancel()
	stream, err := t.plugin.Pulse(limited, &wire.PulseRequest{Interval: durationpb.New(beat)})
	for i := 0; i < beats && err == nil; i++ {
		_, err = stream.Recv()
	}
	switch {
	case status.Code(err) == codes.Unimplemented:
		return "", notApplicable("it has no pulse, and is only watched by its process and its streams")
	case err != nil:
		return "", t.why("Pulse", beats*beat+soon, err)
	}
	return fmt.Sprintf("%d in time", beats), nil
}

func rounded(d time.Duration) string { return d.Round(time.Millisecond).String() }
