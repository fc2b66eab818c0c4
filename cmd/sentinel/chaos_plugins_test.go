package main

import (
	"fmt"
	"strings"
	"time"
)

// plugged is a tracker of a plugin with that name, which VI_1 tracks.
func plugged(types ...string) string {
	var b strings.Builder
	var names []string
	for _, name := range types {
		b.WriteString(block(fmt.Sprintf("tracker %q \"t\"", name), `weight = -50`))
		names = append(names, "tracker."+name+".t")
	}
	return b.String() + vi1(150, "track = ["+strings.Join(names, ", ")+"]")
}

// letLoose makes plugins go wrong for a time.
func letLoose(a *server, lasts time.Duration) {
	a.WriteFile(rampage, "")
	time.Sleep(lasts)
}

// flapping is a router that changes its state whenever a file does, so that hooks
// have something to do.
func flapping() string {
	return fileTracker(0) + router("flapping", `virtual_router_id = 63`, `virtual_addresses = ["192.0.2.122/24"]`, trackingFile)
}

// flap lets it change its state for a time.
func flap(a *server, lasts time.Duration) {
	a.WriteFile(rampage, "")
	for i, began := 0, time.Now(); time.Since(began) < lasts; i++ {
		a.WriteFile(number, fmt.Sprintln(i%2))
		time.Sleep(every)
	}
}

// pluginTroubles are about processes of plugins.
func pluginTroubles() []trouble {
	const (
		file    = "sentinel-tracker-rogue"
		tracker = `tracker\.rogue\.r`
	)
	does := func(name, do, says string) trouble {
		return trouble{
			name: name, plugins: []string{file}, config: rogue(do) + vi1(150, trackingRogue), disturb: letLoose, says: says,
		}
	}
	list := []trouble{
		does("plugin stopped", "", diedOf+`(the plugin hangs: there was no sign of life for 3s)`),
		does("plugin killed in a loop", "", diedOf+`(the plugin was killed by SIGKILL)`),
		does("plugin that forks, 50 at a time", "fork", ""),
		does("plugin that floods its log with lines", "flood lines", tooMuch),
		does("plugin that floods its log without lines", "flood without lines", ""),
		does("plugin that floods its log with bad JSON", "flood JSON", tooMuch),
		does("plugin that floods standard output", "flood output", tooMuch),
		does("check that panics", "panic", unableTo+`(panic: oops)`),
		does("plugin that panics as a whole", "crash", diedOf+`(the plugin exited with status 2: panic: all of it)`),
		does("plugin whose children keep its log", "abandon", diedOf+`(the plugin exited with status 4)`),
	}
	list[0].disturb, list[1].disturb = stopping(file, tracker), killing(file)
	return list
}

// messageTroubles are about what plugins say and do not hear.
func messageTroubles() []trouble {
	const text = `locals { text = "%s" }` + "\n"
	var mute strings.Builder
	fmt.Fprintf(&mute, text, strings.Repeat("x", 100<<10))
	for i := range 20 {
		mute.WriteString(block(fmt.Sprintf(`notify "mute" "m%d"`, i), `text = local.text`, `timeout = "200ms"`, forAll))
	}
	return []trouble{
		{
			name: "hook that panics", plugins: []string{"sentinel-notify-rogue"},
			config: flapping() + usual(), disturb: flap, says: `msg="hook rejected" .*err="?(panic: hoops)`,
		},
		{
			name: "hook that reads and answers nothing", plugins: []string{"sentinel-notify-mute"},
			config: mute.String() + flapping() + usual(), disturb: flap,
			says: `msg="hook (?:failed|expired)" .*err="(timed out after 200ms)`,
		},
		{
			name: "samples of 50 MB", plugins: []string{"sentinel-tracker-long"}, config: plugged("long"), disturb: letLoose,
			says: unableTo + `(the plugin sends a message that is too large|the plugin sent nothing for 3s)`, // which may take it long
		},
		{
			name: "errors of 50 MB", plugins: []string{"sentinel-tracker-wordy"}, config: plugged("wordy"), disturb: letLoose,
			says: unableTo + `(stream terminated by RST_STREAM)`,
		},
		{
			name: "answers of 50 MB to events", plugins: []string{"sentinel-notify-gabby", "sentinel-notify-wordy"},
			config: flapping() + usual(), disturb: flap,
			says: `msg="hook (?:failed|expired)" .*err="(the plugin sends a message that is too large)`,
		},
		{
			name: "samples that are no messages", plugins: []string{"sentinel-tracker-garbled"}, config: plugged("garbled"), disturb: letLoose,
			says: unableTo + `(the plugin sends what is no message)`,
		},
		{
			name: "a million samples a second", plugins: []string{"sentinel-tracker-endless", "sentinel-tracker-pushy"},
			config: plugged("endless", "pushy"), disturb: letLoose,
			says: unableTo + `(the plugin sends samples without end)`,
		},
	}
}
