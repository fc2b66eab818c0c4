package pluginhost

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

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

// findTakes is how long Find may take.
const findTakes = 5 * time.Second

// Find returns the plugins and hooks in a directory, in the order of their names.
// Whatever else is there (.bak, ~, .dpkg-old) is ignored, and returned for whoever
// wonders why. That the file system does not answer is an error after five seconds.
func Find(directory string) (found []File, ignored []Other, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), findTakes)
	defer cancel()
	c, ok := answered(ctx, func() (c contents) {
		c.err = c.read(directory)
		return c
	})
	if !ok {
		return nil, nil, fmt.Errorf("%s: no answer for %v", directory, findTakes)
	}
	return c.found, c.ignored, c.err
}

// contents are what a directory holds.
type contents struct {
	found   []File
	ignored []Other
	err     error
}

func (c *contents) read(directory string) error {
	list, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range list {
		kind, name, ok := Named(entry.Name())
		if !ok || entry.IsDir() {
			c.ignored = append(c.ignored, Other{entry.Name(), entry.IsDir()})
			continue
		}
		path := filepath.Join(directory, entry.Name())
		info, _ := os.Stat(path) // before it is verified, and what is wrong with it is said there
		c.found = append(c.found, File{Kind: kind, Name: name, Path: path, Err: Verify(path), info: info})
	}
	return nil
}
