package config

import (
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
	// maxRuntimeDir leaves room for "/sentinel.sock" in a Unix socket's address,
	// which is 107 bytes and a zero (unix(7)).
	maxRuntimeDir = 107 - len("/sentinel.sock")
)

// readAgent makes the agent of its defaults and its block, of which there is
// only one in a valid configuration.
func (l *loader) readAgent(paths []string) Agent {
	agent := defaultAgent()
	agent.PluginDir = l.pluginDir(paths)
	for _, b := range l.agents {
		agent = readAgent(reader{b, l.scope}, agent)
	}
	return agent
}

func readAgent(r reader, agent Agent) Agent {
	agent.RuntimeDir = read(r, "runtime_dir", agent.RuntimeDir, runtimeDir).value
	agent.PluginDir = idle(r, read(r, "plugin_dir", agent.PluginDir, r.directory), "plugin_dir", "runs no plugins")
	agent.HTTP = idle(r, read(r, "http", agent.HTTP, hostPort), "http", "serves no metrics and no web page")
	agent.StartupDelay = read(r, "startup_delay", agent.StartupDelay, duration(0, longest)).value
	agent.Realtime = read(r, "realtime", agent.Realtime, boolean).value
	for _, b := range r.all("log") {
		agent.Log = readLog(reader{b, r.scope}, agent.Log)
	}
	for _, b := range r.all("announce") {
		agent.Announce = readAnnounce(reader{b, r.scope}, agent.Announce)
	}
	return agent
}

// idle returns the value of a setting that is part of the language, and checked,
// but has no effect yet. Whoever types it is told so.
func idle[T any](r reader, s setting[T], name, why string) T {
	if s.typed && !s.bad {
		r.report.warnf(s.at, "No effect yet", "%s has no effect: this version %s.", name, why)
	}
	return s.value
}

// pluginDir is plugins beside the first path, or in it if that is a directory.
func (l *loader) pluginDir(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	dir := paths[0]
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	return absolute(filepath.Join(dir, "plugins"))
}

// absolute makes a path independent of the working directory, if that is known.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

func readLog(r reader, otherwise Log) Log {
	levels := []string{"trace", "debug", "info", "warn", "error"}
	formats := []string{"text", "json"}
	return Log{
		Level:  read(r, "level", otherwise.Level, choice(levels, levels, map[string]string{"warning": `Write "warn".`})).value,
		Format: read(r, "format", otherwise.Format, choice(formats, formats, nil)).value,
	}
}

// readAnnounce reads an announce block; what it does not say stays as it is.
func readAnnounce(r reader, otherwise vrrp.Announce) vrrp.Announce {
	return vrrp.Announce{
		Repeat:  read(r, "repeat", otherwise.Repeat, whole(1, maxRepeat)).value,
		Delay:   read(r, "delay", otherwise.Delay, duration(0, longest)).value,
		Refresh: read(r, "refresh", otherwise.Refresh, duration(0, longest)).value,
		Spacing: read(r, "spacing", otherwise.Spacing, duration(0, maxSpacing)).value,
	}
}

func runtimeDir(v value) (string, complaint) {
	path, wrong := text(v)
	switch {
	case wrong != "":
		return "", wrong
	case !filepath.IsAbs(path):
		return "", complaintf("%s is not an absolute path. It must begin with a slash, such as \"/run/sentinel\".", v)
	case !isText(path):
		return "", complaintf("%s has characters that cannot be shown. Check for a line break at the end.", v)
	case len(filepath.Clean(path)) > maxRuntimeDir:
		return "", complaintf("The path has %d bytes. It must have at most %d, because the address of the control socket in it is limited.", len(path), maxRuntimeDir)
	}
	return filepath.Clean(path), ""
}

// directory takes a path, relative to the file that says it.
func (r reader) directory(v value) (string, complaint) {
	path, wrong := text(v)
	if wrong != "" {
		return "", wrong
	}
	if path == "" || !isText(path) {
		return "", complaintf("%s is not a path.", v)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.src.dir, path)
	}
	return absolute(path), ""
}

// hostPattern is a host name (RFC 1123 section 2.1).
var hostPattern = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

func hostPort(v value) (string, complaint) {
	written, wrong := text(v)
	if wrong != "" {
		return "", wrong
	}
	host, port, err := net.SplitHostPort(written)
	if err != nil {
		return "", complaintf(`%s is not a host and a port. Write "127.0.0.1:9650", "[::1]:9650", or ":9650" for all addresses.`, v)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", complaintf("%s has no valid port. It must be a number from 1 to 65535.", v)
	}
	if host != "" && net.ParseIP(host) == nil && !hostPattern.MatchString(host) {
		return "", complaintf("%s has no valid host. It must be an IP address or a host name.", v)
	}
	return written, ""
}
