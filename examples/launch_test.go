package examples_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/host"
)

// launched launches a plugin until the test is over.
func launched(t *testing.T, program string) *host.Plugin {
	t.Helper()
	p, err := host.Launch(t.Context(), options(t, program))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		p.Stop(ctx)
	})
	return p
}

// options make a program a plugin.
func options(t *testing.T, path string) host.Options {
	t.Helper()
	program, err := host.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return host.Options{
		Name: filepath.Base(path), Program: program, RuntimeDir: runtimeDir(t), StartTimeout: 30 * time.Second,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// runtimeDir makes a directory for sockets, whose paths are short.
func runtimeDir(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "sn")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

// event is one that every hook hears of.
var event = sdk.Event{
	ID: "18c2f-7", Kind: sdk.Transition, Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Node: "server1",
	Instance: "VI_1", Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 150,
	Addresses: []string{"192.168.1.100/24", "2001:db8::1/64"}, Reason: "active router silent for 3.61s",
}

// text returns what is in a file, nothing if there is none.
func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}
