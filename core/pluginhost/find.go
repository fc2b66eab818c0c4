package pluginhost

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
}

var dropIn = regexp.MustCompile(`^(sentinel-tracker|sentinel-notify|hook)-([a-z0-9][a-z0-9_-]*)$`)

// Find returns the plugins and hooks in a directory, in the order of their names.
// Other files (.bak, ~, .dpkg-old) are ignored, and returned for whoever wonders
// why. A directory that does not exist has none.
func Find(directory string) (found []File, ignored []string, err error) {
	list, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	kinds := map[string]Kind{"sentinel-tracker": TrackerFile, "sentinel-notify": NotifierFile, "hook": HookFile}
	for _, entry := range list {
		words := dropIn.FindStringSubmatch(entry.Name())
		if words == nil || entry.IsDir() {
			ignored = append(ignored, entry.Name())
			continue
		}
		path := filepath.Join(directory, entry.Name())
		found = append(found, File{Kind: kinds[words[1]], Name: words[2], Path: path, Err: Verify(path)})
	}
	return found, ignored, nil
}
