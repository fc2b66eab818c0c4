package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Directory is what a directory of plugins was found to be.
type Directory struct {
	// Path is [Agent.PluginDir]. Empty: nothing was looked for.
	Path string
	// Names are those of all that is in it; that of a directory ends in a slash.
	Names []string
	// Err is why there may be more, or nothing. That it does not exist is none by
	// default, and one if it is configured.
	Err error
	// Lost: Err is an error of the configuration, too. It may pass, and whatever was
	// found there before would be given up.
	Lost bool
}

// checkPluginDir warns if there was nowhere to look for plugins.
func (l *loader) checkPluginDir() {
	switch d := l.found.Directory; {
	case d.Err == nil:
	case d.Lost:
		l.report.errorf(l.pluginDirAt, "Unreadable plugin_dir", "What plugins and hooks there are is not known, because of %v. Is its file system there?", reason(d.Path, d.Err))
	case errors.Is(d.Err, fs.ErrNotExist):
		l.report.warnf(l.pluginDirAt, "No plugin_dir", "There is no directory %s, so that no plugin and no hook is found. Make it, or write where they are.", d.Path)
	default:
		l.report.warnf(l.pluginDirAt, "Unreadable plugin_dir", "No plugin and no hook is found, because of %v.", reason(d.Path, d.Err))
	}
}

// pluginName is what the name of a plugin's file can end in.
var pluginName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// wanted ends a sentence that lists the types of trackers or hooks that there are:
// which file would be one more, and what in the directory may be meant to be that.
func (d *Directory) wanted(kind, typ string, types []string) string {
	prefix := "sentinel-" + kind + "-"
	advice, file := ".", prefix+typ
	if d.Path != "" && pluginName.MatchString(typ) {
		advice = "; or put a plugin " + file + " into " + d.Path + "."
	}
	var near []string
	for _, name := range d.Names {
		of, isPlugin := strings.CutPrefix(name, prefix)
		known := isPlugin && slices.Contains(types, of)
		if !known && (nearest(file, []string{name}) != "" || nearest(typ, []string{stem(name)}) != "") {
			near = append(near, name)
		}
	}
	if len(near) > 0 {
		advice += " Of nearly that name there is " + listed(near) + "."
	}
	return advice
}

// stem is what is left of a file's name without what makes it that of a plugin, and
// without what makes it that of none.
func stem(file string) string {
	name := strings.ToLower(strings.TrimSuffix(file, "/"))
	name = strings.TrimSuffix(name, filepath.Ext(name))
	for _, prefix := range []string{"sentinel-", trackerShape.name + "-", notifyShape.name + "-", "hook-"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}
