package agent

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
)

// levelTrace is one below slog's own levels.
const levelTrace = slog.LevelDebug - 4

// linesMissing is logged when the log could not keep up.
const linesMissing = "the log was stuck and lines are missing"

// newLogger returns the logger of a log block.
func newLogger(w io.Writer, c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: map[string]slog.Level{
		"trace": levelTrace, "debug": slog.LevelDebug, "info": slog.LevelInfo,
		"warn": slog.LevelWarn, "error": slog.LevelError,
	}[c.Level]}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// eventLog writes the engine's events to the log. The loop only hands them over.
type eventLog struct {
	log       *slog.Logger
	observing bool
	queue     chan stamped
	lost      atomic.Uint64
	closing   chan struct{}
	history   history
	// tell, if not nil, passes each event on; and missed says that some were lost,
	// when all others have been told.
	tell   func(time.Time, engine.Event)
	missed func()
}

type stamped struct {
	at    time.Time
	event engine.Event
}

// queueLength is how many events the log may be behind.
const queueLength = 4096

func newEventLog(log *slog.Logger, observing bool) *eventLog {
	return &eventLog{
		log: log, observing: observing, queue: make(chan stamped, queueLength), closing: make(chan struct{}),
	}
}

// Observe implements [engine.Observer].
func (l *eventLog) Observe(e engine.Event) {
	select {
	case l.queue <- stamped{at: time.Now(), event: e}:
	default:
		l.lost.Add(1)
	}
}

// close makes run return when it has written what is queued. What is observed
// later is forgotten.
func (l *eventLog) close() { close(l.closing) }

// run writes events until close.
func (l *eventLog) run() {
	gap := false
	for {
		select {
		case s := <-l.queue:
			gap = l.write(s) || gap
			continue
		default:
		}
		if gap && l.missed != nil {
			l.missed()
		}
		gap = false
		select {
		case s := <-l.queue:
			gap = l.write(s)
		case <-l.closing:
			return
		}
	}
}

// write writes an event, and reports whether others were lost before.
func (l *eventLog) write(s stamped) (gap bool) {
	lost := l.lost.Swap(0)
	if lost > 0 {
		l.log.Warn(linesMissing, "lines", lost)
	}
	l.history.add(s.at, s.event)
	if l.tell != nil {
		l.tell(s.at, s.event)
	}
	line := describe(s.event, l.observing)
	if !l.log.Enabled(context.Background(), line.level) {
		return lost > 0
	}
	record := slog.NewRecord(s.at, line.level, line.message, 0)
	record.AddAttrs(line.attributes...)
	_ = l.log.Handler().Handle(context.Background(), record)
	return lost > 0
}
