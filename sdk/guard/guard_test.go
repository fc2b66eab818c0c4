package guard

import (
	"os"
	"strings"
	"testing"
)

// TestGuarded: a group that was removed is not guarded, and there is room for so
// many and no more.
func TestGuarded(t *testing.T) {
	Remove(Add(os.Getpid()))
	if got := strings.TrimSpace(string(guarded.list)); len(guarded.list) != maxGuarded*slotSize || got != "" {
		t.Fatalf("%d bytes: %q", len(guarded.list), got)
	}
	g := guard{list: make([]byte, 2*slotSize)}
	for i := range g.list {
		g.list[i] = ' '
	}
	a, b, none := g.add(2), g.add(4194304), g.add(5)
	if got, want := string(g.list), "-2              -4194304        "; a != 0 || b != 1 || none != -1 || got != want {
		t.Errorf("%d, %d, %d: %q, want %q", a, b, none, got, want)
	}
	g.remove(a)
	g.remove(none)
	if again := g.add(32768); again != a {
		t.Errorf("%d is free, got %d", a, again)
	}
	if got, want := string(g.list), "-32768          -4194304        "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
