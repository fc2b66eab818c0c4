package pluginhost

import (
	"os"
	"path/filepath"
	"regexp"

	"github.com/sentinel-ha/sentinel/sdk/host"
)

// Kind is what a file in the directory of plugins is, by its name.
type Kind string

// The kinds of file.
const (
	// TrackerFile is sentinel-tracker-NAME, a plugin with a tracker of that type.
	TrackerFile Kind = "tracker"
	// NotifierFile is sentinel-notify-NAME, a plugin with a notifier of that type.
	NotifierFile Kind = "notify"
	// HookFile is hook-NAME, any executable that is run for every transition.
	HookFile Kind = "hook"
)

// File is a file that was found.
type File struct {
	Kind Kind
	Name string
	Path string
	// Err is why it must not be run: [Verify]. nil: it may.
	Err error

	info os.FileInfo
}

// Replaced reports whether the file is not any more what was found.
func (f *File) Replaced() bool { return !host.IsStill(f.Path, f.info) }

// Other is something in the directory that is neither a plugin nor a hook.
type Other struct {
	Name      string
	Directory bool // whatever its name is
}

var dropIn = regexp.MustCompile(`^(sentinel-tracker|sentinel-notify|hook)-([a-z0-9][a-z0-9_-]*)$`)

var kinds = map[string]Kind{"sentinel-tracker": TrackerFile, "sentinel-notify": NotifierFile, "hook": HookFile}

// Named returns what a file of a name is, and the name of that; ok is false if it is
// nothing.
func Named(file string) (kind Kind, name string, ok bool) {
	words := dropIn.FindStringSubmatch(file)
	if words == nil {
		return "", "", false
	}
	return kinds[words[1]], words[2], true
}

// Find returns the plugins and hooks in a directory, in the order of their names.
// Whatever else is there (.bak, ~, .dpkg-old) is ignored, and returned for whoever
// wonders why.
func Find(directory string) (found []File, ignored []Other, err error) {
	list, err := os.ReadDir(directory)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range list {
		kind, name, ok := Named(entry.Name())
		if !ok || entry.IsDir() {
			ignored = append(ignored, Other{entry.Name(), entry.IsDir()})
			continue
		}
		path := filepath.Join(directory, entry.Name())
		info, _ := os.Stat(path) // before it is verified, and what is wrong with it is said there
		found = append(found, File{Kind: kind, Name: name, Path: path, Err: Verify(path), info: info})
	}
	return found, ignored, nil
}
