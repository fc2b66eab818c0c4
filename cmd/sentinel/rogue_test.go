package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/serve"
)

// rampage is the file that makes plugins go wrong, as long as it is there. Without
// it they are as good as any.
const rampage = "/run/rampage"

func rampant() bool {
	_, err := os.Stat(rampage)
	return err == nil
}

// pluginType returns the type of tracker or hook that a file of plugin_dir serves, by
// its name. Every such file that is a link to the test binary is a plugin.
func pluginType(file string) (name string, ok bool) {
	name = filepath.Base(file)
	for _, kind := range []string{"sentinel-tracker-", "sentinel-notify-"} {
		if rest, is := strings.CutPrefix(name, kind); is {
			return rest, true
		}
	}
	return "", false
}

// serveByName serves it.
func serveByName(name string) {
	if r := raws[name]; r != nil {
		r.serve(name)
	}
	switch name {
	case "probe":
		serveProbe()
	case "chat":
		serve.Main("0.0.1", serve.Notifier(sdk.Notify(name, "writes to a file, which only a block can name", chat)))
	case "pushy":
		serve.Main("0.0.1", serve.Tracker(sdk.Watch(name, "says without end that all is well", push)))
	}
	serve.Main("0.0.1", serve.Tracker(sdk.Check(name, "does something bad and says that all is well", misbehave)),
		serve.Notifier(sdk.Notify(name, "panics", burst)))
}

// rogue is a tracker whose plugin does something.
func rogue(do string, settings ...string) string {
	return block(`tracker "rogue" "r"`, append([]string{
		fmt.Sprintf("do = %q", do), fmt.Sprintf(`interval = "%v"`, every), `timeout = "10s"`, `weight = -50`,
	}, settings...)...)
}

// trackingRogue makes a router track it.
const trackingRogue = `track = [tracker.rogue.r]`

type rogueConfig struct {
	Do string `sentinel:"do" doc:"what it does at each check"`
}

func misbehave(_ context.Context, c rogueConfig) sdk.Result {
	if do := deeds[c.Do]; do != nil && rampant() {
		do()
	}
	return sdk.Pass("all is well")
}

const (
	// flood is how much is written in one check.
	flood = 5 << 20
	// brood is how many children there are at a time.
	brood = 50
)

// deeds are what a plugin may do.
var deeds = map[string]func(){
	"panic": func() { panic("oops") },
	"crash": func() {
		go func() { panic("all of it") }()
		select {}
	},
	"fork":                forking(),
	"abandon":             abandon,
	"flood lines":         func() { write(2, strings.Repeat("y", 99)+"\n") },
	"flood without lines": func() { write(2, strings.Repeat("y", 1<<16)) },
	"flood JSON": func() {
		write(2, `{"@message": 42}`+"\n"+`{"@level": {}, "@message": "x", "@timestamp": []}`+"\n{\n[{}]\n"+
			`{"msg": "`+strings.Repeat("x", 9000)+"\n"+`{"msg": "x", "plugin": "another", "level": [`+strings.Repeat("[", 5000)+"\n")
	},
	"flood output": func() { write(1, strings.Repeat("1|1|unix|/tmp/x|grpc\n", 100)) },
}

// write writes a text to a descriptor again and again.
func write(to int, text string) {
	text = strings.Repeat(text, 1+(1<<16)/len(text))
	for written := 0; written < flood; written += len(text) {
		_, _ = syscall.Write(to, []byte(text))
	}
}

// forking starts children all the time: the older half of the brood is killed each
// time.
func forking() func() {
	var children []*exec.Cmd
	return func() {
		for len(children) > brood/2 {
			_ = children[0].Process.Kill()
			_ = children[0].Wait()
			children = children[1:]
		}
		for len(children) < brood {
			child := exec.Command("/bin/sleep", "1000000")
			if child.Start() != nil {
				return
			}
			children = append(children, child)
		}
	}
}

// abandon starts two children that keep standard error, and dies. One is in a
// session of its own, where nobody finds it, and ends by itself.
func abandon() {
	for _, c := range []struct {
		sleep   string
		session bool
	}{{"1000000", false}, {"1", true}} {
		child := exec.Command("/bin/sleep", c.sleep)
		child.Stdout, child.Stderr = os.Stderr, os.Stderr
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: c.session}
		_ = child.Start()
	}
	os.Exit(4)
}

// push reports as fast as it can.
func push(ctx context.Context, _ struct{}, report func(sdk.Result)) error {
	report(sdk.Pass("all is well"))
	for ctx.Err() == nil {
		if !rampant() {
			time.Sleep(fast)
			continue
		}
		for range 10_000 {
			report(sdk.Pass("all is well"))
		}
	}
	return nil
}

// burst is a hook that panics.
func burst(_ context.Context, _ struct{}, e sdk.Event) error {
	if e.To == "active" {
		panic("hoops")
	}
	return nil
}

// link makes files of plugin_dir the plugin.
func (v *server) link(names ...string) {
	v.site.t.Helper()
	for _, name := range names {
		v.plug(dropIns + "/" + name)
	}
}
