package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/sentinel-ha/sentinel/core/config"
	"github.com/sentinel-ha/sentinel/core/engine"
	"github.com/sentinel-ha/sentinel/core/netio"
)

// reload applies a configuration. One that is not valid changes nothing.
func (a *agent) reload(l loaded) {
	a.loading = false
	if a.loadAgain {
		a.loadAgain = false
		a.load()
		return
	}
	conf, report := l.config, l.report
	if errors, warnings := report.Counts(); errors+warnings > 0 {
		a.logReport(report, errors > 0)
	}
	if conf == nil {
		a.log.Error("not reloaded: the configuration is not valid and the old one stays in force")
		a.keepPlugins() // and none that was started to be asked
		return
	}
	if was, is := a.config.Agent, conf.Agent; was != is {
		was.Announce, is.Announce = conf.Agent.Announce, conf.Agent.Announce // is in every router's
		if was != is {
			a.log.Warn("the agent block has changed; most of it takes effect at the next start only")
		}
	}
	a.config, a.catalog = conf, l.catalog
	if !a.options.Observe {
		a.logPlugins()
		a.setHooks()
	}
	a.engine.Post(engine.Reload{Setup: a.setup(conf)})
	a.runner.Set(a.specs())
	a.keepPlugins()
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
