package command

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "exit 0"},
		{"echo", "exit 0"},
		{"echo a; echo b", "exit 0: b"},
		{"printf 'a\\nb'", "exit 0: b"},
		{"echo a; echo; printf ' \\t\\n\\r\\n'", "exit 0: a"},
		{"printf 'a\\tb\\033[1mc\\0d\\r\\n'", "exit 0: a b [1mc d"},
		{"printf 'a\\377b'", "exit 0: ab"},
		{"echo out; echo err >&2", "exit 0: err"},
		{"exec >&- 2>&-; sleep 0.1; exit 3", "exit 3"},
		{"head -c 5000 /dev/zero | tr '\\0' x; exit 1", "exit 1: " + strings.Repeat("x", longestLine) + "..."},
		{"head -c 100000 /dev/zero | tr '\\0' x; echo; echo end; exit 1", "exit 1: end"},
	} {
		if r := sh(t, t.Context(), c.line); r.String() != c.want {
			t.Errorf("%s: %q, want %q", c.line, r, c.want)
		}
	}
}

// TestFlood: a gigabyte costs no memory and not much time.
func TestFlood(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	r := sh(t, t.Context(), "head -c 1G /dev/zero; echo; echo end")
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	if r.String() != "exit 0: end" || len(r.Output) != maxOutput {
		t.Errorf("%d, %d bytes", r.Ending, len(r.Output))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
	t.Logf("%v", took)
	if took > patience {
		t.Errorf("took %v", took)
	}
}

// TestTail: of what is written in whatever pieces the end is kept.
func TestTail(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var kept tail
		var all strings.Builder
		for range random.IntN(8) {
			piece := make([]byte, random.IntN(3*maxOutput))
			for i := range piece {
				piece[i] = byte(random.Uint32())
			}
			kept.write(piece)
			all.Write(piece)
			want := all.String()
			if want = want[max(0, len(want)-maxOutput):]; kept.String() != want {
				t.Fatalf("%d bytes are kept of %d, or others", len(kept.String()), all.Len())
			}
		}
		if cap(kept) > 4*maxOutput {
			t.Fatalf("%d bytes are held", cap(kept))
		}
	}
}
