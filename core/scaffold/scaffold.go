package scaffold

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
)

//go:embed all:common all:tracker all:notify next.txt.tmpl
var templates embed.FS

// module is the path of the module that plugins are written with.
const module = "github.com/sentinel-ha/sentinel"

// Plugin is a plugin to be written.
type Plugin struct {
	// Kind is "tracker" or "notify".
	Kind string
	// Name is the type's.
	Name string
	// Module is the path of its module. Empty: as the file is called.
	Module string
	// Version is that of Sentinel, which it is written for.
	Version string
	// SDK is a directory with Sentinel's source to use instead of the published
	// module, or empty.
	SDK string
}

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// check completes the plugin, and says what is wrong with it.
func (p *Plugin) check() (err error) {
	switch {
	case p.Kind != "tracker" && p.Kind != "notify":
		return fmt.Errorf("a plugin is a tracker or a notify, not a %q", p.Kind)
	case !name.MatchString(p.Name):
		return fmt.Errorf("name %q must be of a-z, 0-9, _ and -, and must not begin with _ or -", p.Name)
	case strings.ContainsAny(p.Module, " \t\n\"'`\\"):
		return fmt.Errorf("%q is no path of a module", p.Module)
	}
	p.Module = cmp.Or(p.Module, p.File())
	if p.SDK == "" {
		return nil
	}
	if p.SDK, err = filepath.Abs(p.SDK); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(p.SDK, "go.mod"))
	if err != nil || !strings.HasPrefix(string(text), "module "+module+"\n") {
		return fmt.Errorf("%s has no source of %s: there is no go.mod of it", p.SDK, module)
	}
	return nil
}

// File is what the plugin's executable is called.
func (p *Plugin) File() string { return "sentinel-" + p.Kind + "-" + p.Name }

// Write writes the plugin into a new directory of its name below another one. It
// returns what to do next, for people. What is there already is not touched.
func (p *Plugin) Write(below string) (next string, err error) {
	if err := p.check(); err != nil {
		return "", err
	}
	directory := filepath.Join(below, p.File())
	if err := os.Mkdir(directory, 0o755); errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%s is there already, and nothing was written", directory)
	} else if err != nil {
		return "", err
	}
	for _, from := range []string{"common", p.Kind} {
		if err := p.fill(from, directory); err != nil {
			return "", errors.Join(err, os.RemoveAll(directory))
		}
	}
	words, err := p.execute("next.txt.tmpl")
	return string(words), err
}

// fill writes all templates of one of their directories.
func (p *Plugin) fill(from, directory string) error {
	list, err := templates.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range list {
		text, err := p.execute(path.Join(from, entry.Name()))
		if err != nil {
			return err
		}
		file := filepath.Join(directory, strings.TrimSuffix(entry.Name(), ".tmpl"))
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plugin) execute(file string) ([]byte, error) {
	t, err := template.ParseFS(templates, file)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return b.Bytes(), err
}
