package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/sentinel-ha/sentinel/core/vrrp"
)

// The limits of what the agent block says.
const (
	longest    = time.Hour   // of any delay
	maxRepeat  = 1000        // rounds of announcements
	maxSpacing = time.Second // between two frames
	// maxRuntimeDir leaves room for the longest name of a plugin's socket in a Unix
	// socket's address, which has 108 bytes with its end (unix(7)).
	maxRuntimeDir = 107 - len("/plugins/plugin-dir4294967295/plugin4294967295")
)

// defaultAgent returns the agent block's defaults. Plugins are beside the first
// path, or in it if that is a directory.
func defaultAgent(paths []string) Agent {
	agent := Agent{
		RuntimeDir: "/run/sentinel",
		Realtime:   true,
		Log:        Log{Level: "info", Format: "text"},
		Announce:   vrrp.Announce{Repeat: 5, Delay: 5 * time.Second, Refresh: time.Minute},
	}
	if len(paths) > 0 {
		dir := paths[0]
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		agent.PluginDir = absolute(filepath.Join(dir, "plugins"))
	}
	return agent
}

// absolute makes a path independent of the working directory, if that is known.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// readAgent reads the agent block, of which there is only one in a valid
// configuration.
func (l *loader) readAgent(b *block) {
	agent := &l.config.Agent
	agent.RuntimeDir = read(b, "runtime_dir", agent.RuntimeDir, runtimeDir).value
	dir := read(b, "plugin_dir", agent.PluginDir, b.path)
	agent.PluginDir = absolute(dir.value)
	if dir.typed && !dir.bad {
		l.pluginDirAt = dir.at
	}
	agent.HTTP = idle(b, read(b, "http", agent.HTTP, hostPort), "http", "serves no metrics and no web page")
	agent.StartupDelay = read(b, "startup_delay", agent.StartupDelay, duration(0, longest)).value
	agent.Realtime = read(b, "realtime", agent.Realtime, boolean).value
	for _, b := range b.all(logShape) {
		levels, formats := []string{"trace", "debug", "info", "warn", "error"}, []string{"text", "json"}
		agent.Log.Level = read(b, "level", agent.Log.Level, choice(levels, levels, map[string]string{"warning": `Write "warn".`})).value
		agent.Log.Format = read(b, "format", agent.Log.Format, choice(formats, formats, nil)).value
	}
	agent.Announce = b.announce(agent.Announce)
}

// idle returns the value of a setting that is part of the language, and checked,
// but has no effect yet. Whoever types it is told so.
func idle[T any](b *block, s setting[T], name, why string) T {
	if s.typed && !s.bad {
		b.report.warnf(s.at, "No effect yet", "%s has no effect: this version %s.", name, why)
	}
	return s.value
}

// announce reads the block's announce block; what it does not say stays as it is.
func (b *block) announce(a vrrp.Announce) vrrp.Announce {
	for _, b := range b.all(announceShape) {
		a.Repeat = read(b, "repeat", a.Repeat, whole(1, maxRepeat)).value
		a.Delay = read(b, "delay", a.Delay, duration(0, longest)).value
		a.Refresh = read(b, "refresh", a.Refresh, duration(0, longest)).value
		a.Spacing = read(b, "spacing", a.Spacing, duration(0, maxSpacing)).value
	}
	return a
}

func runtimeDir(v value) (string, string) {
	path, wrong := text(v)
	switch {
	case wrong != "":
		return "", wrong
	case !filepath.IsAbs(path):
		return "", fmt.Sprintf("%s is not an absolute path. It must begin with a slash, such as \"/run/sentinel\".", v)
	case !isText(path):
		return "", fmt.Sprintf("%s has characters that cannot be shown. Check for a line break at the end.", v)
	case len(filepath.Clean(path)) > maxRuntimeDir:
		return "", fmt.Sprintf("The path has %d bytes. It must have at most %d, because the address of a socket below it is limited.", len(path), maxRuntimeDir)
	}
	return filepath.Clean(path), ""
}

// hostPattern is a host name (RFC 1123 section 2.1).
var hostPattern = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

func hostPort(v value) (string, string) {
	written, wrong := text(v)
	if wrong != "" {
		return "", wrong
	}
	host, port, err := net.SplitHostPort(written)
	number, numberErr := strconv.ParseUint(port, 10, 16)
	if err != nil || numberErr != nil || number == 0 || host != "" && net.ParseIP(host) == nil && !hostPattern.MatchString(host) {
		return "", fmt.Sprintf(`%s is not a host and a port, which is a number from 1 to 65535. Write "127.0.0.1:9650", "[::1]:9650", or ":9650" for all addresses.`, v)
	}
	return written, ""
}
