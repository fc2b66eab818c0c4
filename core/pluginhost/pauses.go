package pluginhost

import (
	"math/rand/v2"
	"time"
)

// Pauses say when a plugin that has died is started again. The pause doubles from
// First to Last, and each is made shorter by chance, by up to a half, so that
// plugins that died together do not come back together. Zero values are
// replaced by those of production.
type Pauses struct {
	// First is 250 ms, Last 30 s.
	First, Last time.Duration
	// LongLife is how long a process must have lived to be started again at once,
	// 1 min; after five times that the pauses begin anew.
	LongLife time.Duration
	// Deaths within Window make a plugin broken, 5 in 2 min: then there is one
	// attempt every Window.
	Deaths int
	Window time.Duration
}

func (p Pauses) withDefaults() Pauses {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&p.First, 250 * time.Millisecond}, {&p.Last, 30 * time.Second}, {&p.LongLife, time.Minute}, {&p.Window, 2 * time.Minute}} {
		if *d.value <= 0 {
			*d.value = d.fallback
		}
	}
	if p.Deaths <= 0 {
		p.Deaths = 5
	}
	return p
}

// past is what is remembered of the deaths of one plugin.
type past struct {
	Pauses
	row    int // pauses that were made without a long life between them
	deaths []time.Time
}

// died says how long to wait after a death, and whether the plugin is broken.
func (p *past) died(now time.Time, lived time.Duration) (pause time.Duration, broken bool) {
	if lived >= 5*p.LongLife {
		p.row = 0
	}
	for len(p.deaths) > 0 && now.Sub(p.deaths[0]) >= p.Window {
		p.deaths = p.deaths[1:]
	}
	p.deaths = append(p.deaths, now)
	if len(p.deaths) >= p.Deaths {
		p.deaths = p.deaths[len(p.deaths)-p.Deaths:]
		return p.Window, true
	}
	if lived >= p.LongLife {
		return 0, false
	}
	pause = min(p.First<<min(p.row, 20), p.Last)
	p.row++
	return pause/2 + rand.N(pause/2+1), false
}

func (p *past) forget() { p.row, p.deaths = 0, nil }
