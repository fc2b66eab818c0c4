package wire

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Why a process has ended is in its last line, or in the one before its stack.
func TestLastWords(t *testing.T) {
	for _, c := range []struct {
		name     string
		written  string
		want     string
		panicked bool
	}{
		{"silence", "", "", false},
		{"last line", "starting\ncannot open /etc/secret\n\n", "cannot open /etc/secret", false},
		{"panic", "starting\npanic: oops\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:38 +0x51\n", "panic: oops", true},
		{"panic in a panic", "panic: one [recovered]\n\tpanic: two\n\ngoroutine 1 [running]:\n", "panic: one [recovered]", true},
		{"runtime", "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select (no cases)]:\n", "fatal error: all goroutines are asleep - deadlock!", true},
		{"only a word", "do not panic: all is well\n", "do not panic: all is well", false},
		{"too long", strings.Repeat("x", 2*MaxReason), strings.Repeat("x", MaxReason-3) + "...", false},
	} {
		var w LastWords
		for line := range strings.Lines(c.written) {
			w.Add(strings.TrimRight(line, "\n"))
		}
		if w.Line() != c.want || w.Panicked() != c.panicked {
			t.Errorf("%s: %q, panicked %v, want %q, %v", c.name, w.Line(), w.Panicked(), c.want, c.panicked)
		}
	}
}

// What a process has survived is not why it ends.
func TestSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w LastWords
		w.Add("panic: this one was caught")
		time.Sleep(time.Minute)
		if w.Panicked() {
			t.Error("it still panics after a minute")
		}
		if w.Add("no license"); w.Line() != "no license" {
			t.Error(w.Line())
		}
	})
}
