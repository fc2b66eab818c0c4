package host

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk/internal/wire"
)

// entry is a line of a plugin as a log entry.
type entry struct {
	level      slog.Level
	message    string
	attributes []any
}

// parseLine understands one JSON object, as written by log/slog, hclog and
// others, the prefixes [WARN] and W!, and the trace of a panic; everything else
// is information. panicking: the lines of the process are such a trace.
func parseLine(line string, panicking bool) entry {
	if strings.HasPrefix(line, "{") {
		if e, ok := parseJSON(line); ok {
			return e
		}
	}
	if panicking || wire.IsPanic(line) {
		return entry{level: slog.LevelError, message: line}
	}
	for prefix, level := range prefixes {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return entry{level: level, message: strings.TrimSpace(rest)}
		}
	}
	return entry{level: slog.LevelInfo, message: line}
}

var prefixes = map[string]slog.Level{
	"[TRACE]": slog.LevelDebug, "[DEBUG]": slog.LevelDebug, "[INFO]": slog.LevelInfo, "[WARN]": slog.LevelWarn, "[ERROR]": slog.LevelError,
	"T!": slog.LevelDebug, "D!": slog.LevelDebug, "I!": slog.LevelInfo, "W!": slog.LevelWarn, "E!": slog.LevelError,
}

var levels = map[string]slog.Level{
	"trace": slog.LevelDebug, "debug": slog.LevelDebug, "info": slog.LevelInfo,
	"warn": slog.LevelWarn, "warning": slog.LevelWarn, "error": slog.LevelError, "fatal": slog.LevelError, "critical": slog.LevelError,
}

// parseJSON takes nothing for granted: any member may be of any type.
func parseJSON(line string) (e entry, ok bool) {
	var members map[string]any
	if json.Unmarshal([]byte(line), &members) != nil {
		return e, false
	}
	for _, key := range []string{"@message", "msg", "message"} {
		if text, is := members[key].(string); is {
			e.message, ok = text, true
			delete(members, key)
			break
		}
	}
	if !ok {
		return e, false
	}
	for _, key := range []string{"@level", "level"} {
		if name, is := members[key].(string); is {
			e.level = levels[strings.ToLower(name)]
			delete(members, key)
			break
		}
	}
	for _, key := range []string{"@timestamp", "time", "timestamp", "@module"} {
		delete(members, key)
	}
	if len(members) > 0 {
		var group []any
		for _, key := range slices.Sorted(maps.Keys(members)) {
			group = append(group, slog.Any(key, members[key]))
		}
		e.attributes = []any{slog.Group("fields", group...)} // so that they cannot pass for ours
	}
	return e, true
}
