package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// What the test binary is when a file of such a name is a link to it, or a copy: a
// plugin of somebody else.
const (
	probeTracker  = dropIns + "/sentinel-tracker-probe"
	probeNotifier = dropIns + "/sentinel-notify-probe"
)

// broken ends the name of a file beside the plugin that keeps it from starting.
const broken = ".broken"

// serveProbe serves it.
func serveProbe() {
	if _, err := os.Stat(os.Args[0] + broken); err == nil {
		fmt.Fprintln(os.Stderr, "no license")
		os.Exit(1)
	}
	serve.Main("1.2.3", serve.Tracker(sdk.Check("probe", "what a file says", readProbe)), serve.Notifier(sdk.Notify("probe", "writes events to a file", writeProbe)))
}

type probeConfig struct {
	File  string `sentinel:"file,required" doc:"file with one word"`
	Limit int    `sentinel:"limit" default:"3" min:"1" max:"9"`
	Token string `sentinel:"token,secret"`
}

// Validate is asked in the plugin.
func (c *probeConfig) Validate() error {
	if !filepath.IsAbs(c.File) {
		return sdk.At("file", errors.New("must be absolute"))
	}
	return nil
}

func readProbe(_ context.Context, c probeConfig) sdk.Result {
	text, err := os.ReadFile(c.File)
	for err == nil && len(text) == 0 { // it is being written
		text, err = os.ReadFile(c.File)
	}
	if err != nil {
		return sdk.CannotTell("%v", err)
	}
	if strings.TrimSpace(string(text)) == "0" {
		return sdk.Pass("by process %d", os.Getpid())
	}
	return sdk.Fail("%s", strings.TrimSpace(string(text)))
}

type probeLog struct {
	File string `sentinel:"file" default:"/run/notes" doc:"where events are appended"`
	Die  string `sentinel:"die" doc:"the state at which it dies"`
}

// writeProbe writes as the hooks of other tests do. One that is to die does so
// once, before it has done anything.
func writeProbe(_ context.Context, c probeLog, e sdk.Event) error {
	once := c.File + ".died"
	if _, err := os.Stat(once); c.Die == e.To && err != nil {
		if err := os.WriteFile(once, nil, 0o600); err != nil {
			return err
		}
		os.Exit(3)
	}
	f, err := os.OpenFile(c.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "probe %s%s %s\n", e.Instance, e.Group, e.To)
	return err
}

type chatConfig struct {
	File string `sentinel:"file,required" doc:"where events are appended"`
}

func chat(ctx context.Context, c chatConfig, e sdk.Event) error {
	return writeProbe(ctx, probeLog{File: c.File}, e)
}

// plug makes a file that is the plugin.
func (v *server) plug(path string) {
	v.site.t.Helper()
	program, err := os.Executable()
	if err != nil {
		v.site.t.Fatal(err)
	}
	v.Run("mkdir", "-p", filepath.Dir(path))
	v.Run("ln", "-sf", program, path)
}

// plugBroken makes a file that is the plugin, which does not start until it is mended.
func (v *server) plugBroken(path string) {
	v.site.t.Helper()
	v.plug(path)
	v.WriteFile(path+broken, "")
}

func (v *server) mend(path string) { v.remove(path + broken) }

// probe is a tracker of that plugin.
func probe(settings ...string) string {
	return block(`tracker "probe" "p"`, append([]string{
		fmt.Sprintf("file = %q", outcome), fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`,
	}, settings...)...)
}

// trackingProbe makes a router track it.
const trackingProbe = `track = [tracker.probe.p]`
