package agent

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
)

// pluginList is what runs, and then what else is in plugin_dir. The second catalog is
// of the last time that the configuration was read, which may have come to nothing.
func pluginList(running []*pluginhost.Plugin, c, last *catalog) []api.Plugin {
	list := make([]api.Plugin, len(running))
	var listed sync.WaitGroup
	for i, p := range running { // at the same time, as each may wait for a file
		listed.Go(func() { list[i] = last.running(p) })
	}
	listed.Wait()
	for _, f := range c.files {
		if !slices.ContainsFunc(list, func(p api.Plugin) bool { return p.Path == f.Path }) {
			list = append(list, c.listed(f))
		}
	}
	if c.err != nil {
		state := "unreadable"
		if errors.Is(c.err, fs.ErrNotExist) {
			state = "missing"
		}
		list = append(list, api.Plugin{
			Name: filepath.Base(c.directory), State: state, Path: c.directory, Reason: "plugin_dir: " + c.err.Error(),
		})
	}
	for _, other := range c.ignored {
		p := api.Plugin{
			Name: other.Name, State: "ignored", Path: filepath.Join(c.directory, other.Name),
			Reason: "its name is not sentinel-tracker-NAME, sentinel-notify-NAME or hook-NAME, of a-z, 0-9, _ and -",
		}
		if other.Directory {
			p.Reason = "it is a directory"
		}
		list = append(list, p)
	}
	return list
}

// running is a plugin that runs, or should.
func (c *catalog) running(p *pluginhost.Plugin) api.Plugin {
	s := p.Status()
	if s.Changed {
		change, ok := pluginhost.Look(s.Path, func() string { return c.changed(s.Path) })
		if !ok {
			change = "the file has changed, and does not answer any more"
		}
		s.Reason = strings.TrimPrefix(s.Reason+"; "+change, "; ")
	}
	return api.Plugin{
		Name: s.Name, State: s.State.String(), Since: &s.Since, Reason: s.Reason,
		Path: s.Path, Version: s.Version, PID: s.Pid, Starts: s.Starts, Changed: s.Changed,
	}
}

// changed says what has become of a file that a plugin was started from.
func (c *catalog) changed(path string) string {
	switch err := pluginhost.Verify(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "the file is gone, and what was started from it goes on"
	case err != nil:
		return "the file has changed, and is refused: " + err.Error()
	}
	for _, f := range c.files {
		if f.Path == path && f.Err != nil && !f.Replaced() {
			return "the file has changed, and the reload refused it: " + f.Err.Error()
		}
	}
	return "the file has changed: it is run after a reload"
}

// listed is a file that is not run.
func (c *catalog) listed(f pluginhost.File) api.Plugin {
	p := api.Plugin{Name: filepath.Base(f.Path), State: "unused", Path: f.Path}
	switch {
	case f.Err != nil:
		p.State, p.Reason = "refused", f.Err.Error()
	case f.Kind == pluginhost.HookFile:
		p.State = "hook"
	case f.Kind == pluginhost.TrackerFile:
		p.Reason = "no track list has a tracker of its type"
	default:
		p.Reason = "no notify list has a hook of its type"
		for _, u := range c.unused {
			if u.Type == f.Name {
				p.Reason = needsBlock(u.Reason)
			}
		}
	}
	return p
}

// needsBlock is why a hook without a block is not called.
func needsBlock(why string) string { return "it needs a block, because " + why }

// ListPlugins returns the plugins that there are for a configuration, which must be
// readable and need not be valid: first those that are part of the program, then
// what is in plugin_dir. They are started, to see whether they can be, and ended
// again, soon when ctx is done.
func ListPlugins(ctx context.Context, paths []string, o config.Options, log *slog.Logger) ([]api.Plugin, error) {
	type answer struct {
		list []api.Plugin
		err  error
	}
	a, ok := unless(ctx.Done(), func() {}, func() answer {
		list, err := listPlugins(ctx, draft(paths, o), log)
		return answer{list, err}
	})
	if !ok {
		return nil, ctx.Err()
	}
	return a.list, a.err
}

func listPlugins(ctx context.Context, d *config.Draft, log *slog.Logger) ([]api.Plugin, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	t := temporary{ctx: ctx, log: log}
	defer t.close()
	needs := d.Needs()
	c := newCatalog(needs)
	list := []api.Plugin{}
	for _, own := range linked {
		list = append(list, api.Plugin{Name: own.name, State: "part of the program"})
	}
	slices.SortFunc(list, func(a, b api.Plugin) int { return cmp.Compare(a.Name, b.Name) })
	found := pluginList(nil, c, c)
	for i := range c.files {
		f, p := c.files[i], &found[i]
		if f.Err != nil || f.Kind == pluginhost.HookFile {
			continue
		}
		q := question{component: component{f.Kind, f.Name}}
		d, err := t.describe(c.spec(q.component, ""))
		q.answer(d, err)
		why := ""
		if q.notifier != nil {
			why = config.NeedsBlock(*q.notifier)
		}
		p.Version = d.Version
		switch {
		case q.err != nil:
			p.State, p.Reason = "broken", q.err.Error()
		case q.neededBy(needs), q.notifier != nil && why == "":
			p.State, p.Reason = "usable", ""
		case why != "":
			p.Reason = needsBlock(why)
		}
	}
	return append(list, found...), nil
}
