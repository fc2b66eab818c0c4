package agent

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/pluginhost"
)

// pluginList is what runs, and then what else is in plugin_dir.
func pluginList(running []*pluginhost.Plugin, c *catalog) []api.Plugin {
	list := []api.Plugin{}
	for _, p := range running {
		s := p.Status()
		list = append(list, api.Plugin{
			Name: s.Name, State: s.State.String(), Since: &s.Since, Reason: s.Reason,
			Path: s.Path, Version: s.Version, PID: s.Pid, Starts: s.Starts, Changed: s.Changed,
		})
	}
	for _, f := range c.files {
		if !slices.ContainsFunc(list, func(p api.Plugin) bool { return p.Path == f.Path }) {
			list = append(list, listed(f))
		}
	}
	if c.err != nil {
		list = append(list, api.Plugin{
			Name: filepath.Base(c.directory), State: "unreadable", Path: c.directory, Reason: "plugin_dir: " + c.err.Error(),
		})
	}
	for _, name := range c.ignored {
		list = append(list, api.Plugin{
			Name: name, State: "ignored", Path: filepath.Join(c.directory, name),
			Reason: "its name is not sentinel-tracker-NAME, sentinel-notify-NAME or hook-NAME, of a-z, 0-9, _ and -",
		})
	}
	return list
}

// listed is a file that is not run.
func listed(f pluginhost.File) api.Plugin {
	p := api.Plugin{Name: filepath.Base(f.Path), State: "unused", Path: f.Path}
	switch {
	case f.Err != nil:
		p.State, p.Reason = "refused", f.Err.Error()
	case f.Kind == pluginhost.HookFile:
		p.State = "hook"
	case f.Kind == pluginhost.TrackerFile:
		p.Reason = "no tracker block has its type"
	}
	return p
}

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
	c := newCatalog(needs.PluginDir, needs.Plugins)
	list := []api.Plugin{}
	for _, own := range linked {
		list = append(list, api.Plugin{Name: own.name, State: "part of the program"})
	}
	slices.SortFunc(list, func(a, b api.Plugin) int { return cmp.Compare(a.Name, b.Name) })
	found := pluginList(nil, c)
	for i := range c.files {
		f, p := &c.files[i], &found[i]
		if f.Err != nil || f.Kind == pluginhost.HookFile {
			continue
		}
		q := question{component: component{f.Kind, f.Name}}
		d, err := t.describe(c.spec(q.component, ""))
		q.answer(d, err)
		if p.State, p.Reason, p.Version = "usable", "", d.Version; q.err != nil {
			p.State, p.Reason = "broken", q.err.Error()
		}
	}
	return append(list, found...), nil
}
