package command

import (
	"os"
	"testing"
)

// TestBadness: a plugin whose programs start services is as good as Sentinel.
func TestBadness(t *testing.T) {
	own, err := badnessOf(os.Getpid())
	must(t, err)
	parents, err := badnessOf(os.Getppid())
	must(t, err)
	defer func() { _ = setBadness(own) }()
	must(t, setBadness(1000))
	asParent()
	if now, err := badnessOf(os.Getpid()); now != parents {
		t.Errorf("%d, %v, want %d", now, err, parents)
	}
}
