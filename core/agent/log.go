package agent

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
)

// levelTrace is one below slog's own levels.
const levelTrace = slog.LevelDebug - 4

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

// eventLog writes the engine's events to the log. The loop hands them over and
// never waits: a log that is stuck costs lines, not advertisements.
type eventLog struct {
	log       *slog.Logger
	observing bool
	queue     chan stamped
	lost      atomic.Uint64
	closing   sync.Once
}

type stamped struct {
	at    time.Time
	event engine.Event
}

// queueLength is how many events a stuck log may be behind.
const queueLength = 4096

func newEventLog(log *slog.Logger, observing bool) *eventLog {
	return &eventLog{log: log, observing: observing, queue: make(chan stamped, queueLength)}
}

// Observe implements [engine.Observer].
func (l *eventLog) Observe(e engine.Event) {
	select {
	case l.queue <- stamped{at: time.Now(), event: e}:
	default:
		l.lost.Add(1)
	}
}

// close makes run return when it has written what is queued. The loop must have
// ended.
func (l *eventLog) close() { l.closing.Do(func() { close(l.queue) }) }

// run writes events until close.
func (l *eventLog) run() {
	for s := range l.queue {
		if lost := l.lost.Swap(0); lost > 0 {
			l.log.Warn("the log was stuck and lines are missing", "lines", lost)
		}
		line := describe(s.event, l.observing)
		if !l.log.Enabled(context.Background(), line.level) {
			continue
		}
		record := slog.NewRecord(s.at, line.level, line.message, 0)
		record.AddAttrs(line.attributes...)
		_ = l.log.Handler().Handle(context.Background(), record)
	}
}
