package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// Limits of what a plugin may say in the log.
const (
	longestLine    = 8 << 10
	linesPerSecond = 100
	linesAtOnce    = 200
	linesKept      = 20
	// Every so many lines that are dropped the plugin is made to wait, so that a
	// flood costs it more than us.
	droppedAtOnce = 1000
	pause         = 5 * time.Millisecond
	// How often dropped lines are mentioned.
	mention = 10 * time.Second
)

// pump brings the lines of a plugin's output to the log.
type pump struct {
	log *slog.Logger

	mu        sync.Mutex
	bucket    *bucket        // guarded by mu
	dropped   int            // since mentioned; guarded by mu
	mentioned time.Time      // guarded by mu
	last      []string       // the last lines of standard error; guarded by mu
	words     wire.LastWords // guarded by mu
}

func newPump(log *slog.Logger) *pump {
	return &pump{log: log, bucket: newBucket(linesPerSecond, linesAtOnce)}
}

// drain reads until the end and never stops before. Lines that are too long are
// cut.
func (p *pump) drain(r *bufio.Reader, keep bool) {
	for {
		line, err := readLine(r)
		if len(line) > 0 || err == nil {
			if p.line(line, keep) {
				time.Sleep(pause)
			}
		}
		if err != nil {
			return
		}
	}
}

// readLine returns the next line without its end, cut at longestLine. The rest of
// it is skipped.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if room := longestLine - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}

// line logs one line, if it may. It reports whether the plugin is to be slowed
// down.
func (p *pump) line(text string, keep bool) (slow bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text = strings.ToValidUTF8(text, "?")
	if keep && text != "" {
		if len(p.last) == linesKept {
			p.last = append(p.last[:0], p.last[1:]...)
		}
		p.last = append(p.last, text)
		p.words.Add(text)
	}
	if !p.bucket.take() {
		p.dropped++
		return p.dropped%droppedAtOnce == 0
	}
	p.mention()
	e := parseLine(text, p.words.Panicked())
	if e.message != "" || len(e.attributes) > 0 {
		p.log.Log(context.Background(), e.level, e.message, e.attributes...)
	}
	return false
}

// mention says how many lines are missing, now and then. mu is held.
func (p *pump) mention() {
	if p.dropped > 0 && time.Since(p.mentioned) >= mention {
		p.log.Warn("the plugin writes too much, lines were dropped", "lines", p.dropped)
		p.dropped, p.mentioned = 0, time.Now()
	}
}

// end mentions what was not mentioned yet.
func (p *pump) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mentioned = time.Time{}
	p.mention()
}

// tail returns the last lines of standard error.
func (p *pump) tail() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.last...)
}

// lastWords returns what of that may say why the process ends.
func (p *pump) lastWords() wire.LastWords {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.words
}

// lines wraps a plugin's output for reading.
func lines(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, longestLine) }
