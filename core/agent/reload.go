package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/sentinel-ha/sentinel/core/api"
	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/netio"
)

// reload applies a configuration. One that is not valid changes nothing.
func (a *agent) reload(l loaded) {
	a.loading = false
	a.found.Store(l.catalog)
	if wrong, warnings := l.report.Counts(); wrong+warnings > 0 {
		a.logReport(l.report, wrong > 0)
	}
	if l.config == nil {
		a.log.Error("not reloaded: the configuration is not valid and the old one stays in force")
		a.keepPlugins() // and none that was started to be asked
	} else {
		a.apply(l)
	}
	for _, answer := range a.waiting {
		answer <- l
	}
	a.waiting, a.later = a.later, nil
	if a.loadAgain {
		a.loadAgain = false
		a.load()
		return
	}
	if a.mended && l.config == nil {
		a.mend()
	}
	a.mended = false
}

// apply puts a configuration in force.
func (a *agent) apply(l loaded) {
	if was, is := a.config.Agent, l.config.Agent; was != is {
		was.Announce = is.Announce // is in every router's
		if was != is {
			a.log.Warn("the agent block has changed; most of it takes effect at the next start only")
		}
	}
	a.draft, a.config = l.draft, l.config
	a.catalog.Store(l.catalog)
	a.openPlugins()
	if !a.options.Observe {
		a.logPlugins()
		a.setHooks()
	}
	a.engine.Post(engine.Reload{Setup: a.setup(a.config)})
	a.runner.Set(a.specs())
	a.keepPlugins()
	a.awaitPlugins()
	a.events.history.keep(a.named())
}

// named are the names of the routers and trackers of the configuration.
func (a *agent) named() (names []string) {
	for i := range a.config.Routers {
		names = append(names, a.config.Routers[i].Name)
	}
	for i := range a.config.Trackers {
		names = append(names, a.config.Trackers[i].Rules.Name)
	}
	return names
}

// reloadPatience is how long whoever asks for a reload waits.
const reloadPatience = 8 * time.Second

// Reload implements [api.Source].
func (a *agent) Reload(ctx context.Context) (api.Reload, error) {
	ctx, cancel := context.WithTimeout(ctx, reloadPatience)
	defer cancel()
	answer := make(chan loaded, 1)
	late := errors.New("the configuration is still being read; the log will say what became of it")
	select {
	case a.asked <- answer:
	case <-ctx.Done():
		return api.Reload{}, late
	}
	var l loaded
	select {
	case l = <-answer:
	case <-ctx.Done():
		return api.Reload{}, late
	}
	if l.config != nil {
		if _, err := a.query(ctx); err != nil { // whose turn comes after it
			return api.Reload{}, err
		}
	}
	var text, diagnostics bytes.Buffer
	err := errors.Join(
		l.report.WriteText(&text, false, a.options.Width), l.report.WriteJSON(&diagnostics),
		config.NotRun(l.notRun).WriteText(&text, false, a.options.Width),
	)
	reload := api.Reload{Schema: api.ReloadSchema, Reloaded: l.config != nil, Diagnostics: diagnostics.Bytes(), NotRun: []string{}}
	for _, reason := range l.notRun {
		reload.NotRun = append(reload.NotRun, reason.Error())
	}
	reload.Text = text.String()
	return reload, err
}

// logReport puts diagnostics where the log goes, in its form.
func (a *agent) logReport(report *config.Report, invalid bool) {
	if a.config.Agent.Log.Format != "json" {
		_ = report.WriteText(a.out, a.options.Color && !a.options.Observe, a.options.Width)
		return
	}
	var b bytes.Buffer
	_ = report.WriteJSON(&b)
	level := a.log.Warn
	if invalid {
		level = a.log.Error
	}
	level("configuration", "diagnostics", json.RawMessage(b.Bytes()))
}

// othersInterval is how often a running agent looks for other daemons.
const othersInterval = 30 * time.Second

// watchOthers warns when another process begins to speak VRRP here.
func (a *agent) watchOthers(ctx context.Context) {
	ticker := time.NewTicker(othersInterval)
	defer ticker.Stop()
	known := ""
	if a.options.AllowOtherVRRP || a.options.Observe {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		others, err := netio.OtherVRRP()
		if err != nil {
			continue // at start it worked; it is only a warning
		}
		if now := processes(others); now != known {
			known = now
			if now != "" {
				a.log.Warn("another process speaks VRRP in this network namespace", "process", now)
			}
		}
	}
}
