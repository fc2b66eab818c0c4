package host

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// plain is a log without times.
func plain(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestLines: whatever a line looks like, it is logged as what it is meant to be,
// and cannot pass for ours.
func TestLines(t *testing.T) {
	for line, want := range map[string]string{
		"hello": `level=INFO msg=hello`,
		`{"time":"2026-01-01T00:00:00Z","level":"WARN","msg":"slow","took":"3s","plugin":"me"}`: `level=WARN msg=slow fields.plugin=me fields.took=3s`,
		`{"@level":"error","@message":"no","@module":"m","@timestamp":"x"}`:                     `level=ERROR msg=no`,
		`{"@message": 42}`:               `level=INFO msg="{\"@message\": 42}"`,
		`{"msg":"x","level":7}`:          `level=INFO msg=x fields.level=7`,
		`{"msg":"x","level":"shouting"}`: `level=INFO msg=x`,
		`{"msg":`:                        `level=INFO msg="{\"msg\":"`,
		`[WARN] careful`:                 `level=WARN msg=careful`,
		`E! broken`:                      `level=ERROR msg=broken`,
		"\xff\x00":                       `level=INFO msg="?\x00"`,
	} {
		var b bytes.Buffer
		p := newPump(plain(&b))
		p.line(line, true)
		if got := strings.TrimSpace(b.String()); got != want {
			t.Errorf("%s:\n%s, want\n%s", line, got, want)
		}
	}
}

func TestPanicIsOneError(t *testing.T) {
	var b bytes.Buffer
	p := newPump(plain(&b))
	p.drain(lines(strings.NewReader("one\npanic: oops\n\ngoroutine 1 [running]:\nmain.main()")), true)
	want := `level=INFO msg=one
level=ERROR msg="panic: oops"
level=ERROR msg="goroutine 1 [running]:"
level=ERROR msg=main.main()
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "panic: oops", "goroutine 1 [running]:", "main.main()"}, p.tail()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPanicSurvived: who lives on after a panic has gone on to other things.
func TestPanicSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := newPump(plain(&b))
		p.line("panic: recovered from", true)
		time.Sleep(time.Minute)
		p.line("all is well", true)
		want := `level=ERROR msg="panic: recovered from"
level=INFO msg="all is well"
`
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestRate: of a flood 200 lines are logged, then 100 a second; what is missing is
// mentioned.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := newPump(plain(&b))
		slow := 0
		for range 10_000 {
			if p.line("x", true) {
				slow++
			}
		}
		if got := strings.Count(b.String(), "msg=x"); got != linesAtOnce || slow != 9 {
			t.Errorf("%d lines at once, made to wait %d times", got, slow)
		}
		b.Reset()
		time.Sleep(time.Second)
		for range 1000 {
			p.line("y", true)
		}
		if got := strings.Count(b.String(), "msg=y"); got != linesPerSecond {
			t.Errorf("%d lines a second later", got)
		}
		if want := `level=WARN msg="the plugin writes too much, lines were dropped" lines=9800`; strings.Count(b.String(), want) != 1 {
			t.Errorf("it is not mentioned:\n%s", b.String()[:200])
		}
		b.Reset()
		p.end()
		if want := "level=WARN msg=\"the plugin writes too much, lines were dropped\" lines=900\n"; b.String() != want {
			t.Errorf("in the end: %s", b.String())
		}
	})
}

// TestLongLine: a line is cut, and what follows is a line again.
func TestLongLine(t *testing.T) {
	r := lines(strings.NewReader(strings.Repeat("x", 3*longestLine) + "\r\nnext\nlast"))
	for _, want := range []string{strings.Repeat("x", longestLine), "next", "last"} {
		if got, _ := readLine(r); got != want {
			t.Errorf("%d bytes, want %d", len(got), len(want))
		}
	}
}

func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var l lease
		var expired []time.Duration
		ctx := t.Context()
		go l.watch(ctx, 3*time.Second, func() { expired = append(expired, time.Since(began)) })
		for range 5 {
			time.Sleep(2900 * time.Millisecond)
			l.renew()
		}
		time.Sleep(time.Minute) // it expires once
		l.renew()
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(expired) != 2 || expired[0] < 17500*time.Millisecond || expired[0] > 17750*time.Millisecond {
			t.Errorf("it expired after %v", expired)
		}
	})
}

func TestHello(t *testing.T) {
	for line, want := range map[string]string{
		"1|1|unix|/run/d/s|grpc":                             "",
		"1|1|unix|/run/d/s|grpc|" + strings.Repeat("A", 600): "",
		"1|1|unix|/run/d/s|grpc||true":                       "",
		"1|1|unix|/run/d/../s|grpc":                          "must listen on a unix socket in the directory",
		"1|1|unix|/run/d/e/s|grpc":                           "must listen on a unix socket in the directory",
		"1|1|tcp|127.0.0.1:80|grpc":                          "must listen on a unix socket in the directory",
		"1|1|unix|/run/d/s|netrpc":                           `it speaks "netrpc", and must speak grpc`,
		"1|1|unix|/run/d/s":                                  "has 4 fields, and must be 1|1|unix|PATH|grpc",
		"1|x|unix|/run/d/s|grpc":                             `names version "x" of the protocol, which is no number`,
		"1|0|unix|/run/d/s|grpc":                             "it speaks version 0 of the plugin protocol and this Sentinel speaks 1: update the plugin",
		"1|2|unix|/run/d/s|grpc":                             "this Sentinel speaks 1: update Sentinel, or install an older version of the plugin",
	} {
		h, err := parseHello(line, "/run/d")
		if want == "" && (err != nil || h.socket != "/run/d/s" || h.tls != (len(line) > 100)) {
			t.Errorf("%s: %+v, %v", line, h, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
