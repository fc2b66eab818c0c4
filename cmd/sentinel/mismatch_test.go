package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

// A peer that disagrees about a setting is one warning that names the setting, on
// each server that hears it, however often it is heard.
func TestMismatch(t *testing.T) {
	t.Parallel()
	// In version 2 the shortest interval is a second.
	version2 := []string{`version = 2`, `advert_interval = "1s"`}
	for _, difference := range []struct {
		name string
		a, b []string // the settings of the two
		// Rejected: neither hears the other, so that both are active in the end. If
		// not, b obeys a.
		rejected         bool
		setting          string
		aReason, bReason string
	}{
		{
			"version", nil, version2, true, "version",
			"it has 2, we have 3", "it has 3, we have 2",
		},
		{
			"password", append(version2, password("seekrit1")), append(version2, password("geheim22")), true, "authentication",
			"it has another password", "it has another password",
		},
		{
			"no password", append(version2, password("seekrit1")), version2, true, "authentication",
			`it has \\"none\\", we have \\"simple_text\\"`, `it has \\"simple_text\\", we have \\"none\\"`,
		},
		{
			"interval of version 2", version2, append(version2, `advert_interval = "2s"`), true, "advert_interval",
			"it has 2s, we have 1s", "it has 1s, we have 2s",
		},
		{
			"interval of version 3", nil, []string{fmt.Sprintf(`advert_interval = "%v"`, 2*interval)}, false, "advert_interval",
			"", fmt.Sprintf("it has %v, we have %v; version 3 allows it", interval, 2*interval),
		},
		{
			"checksum", []string{`checksum = "rfc9568"`}, nil, false, "checksum",
			"", `it has \\"rfc9568\\", we have \\"rfc5798\\"`,
		},
		{
			"addresses", []string{`virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`}, nil, false, "virtual_addresses",
			"", "it has 192.0.2.100, 192.0.2.101, we have 192.0.2.100",
		},
		{
			"peers", []string{`unicast { peers = ["192.0.2.2"] }`}, []string{`unicast { peers = ["192.0.2.3"] }`}, true, "peers",
			"", "it has us among its peers, but it is not among ours",
		},
	} {
		t.Run(strings.ReplaceAll(difference.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s, a, b := newPair(t)
			a.startActive(vi1(150, difference.a...))
			b.start(vi1(100, difference.b...))
			b.waitLog(`level=WARN msg="peer disagrees" router=VI_1 peer=192.0.2.1 setting=` + difference.setting +
				` reason="192.0.2.1 disagrees about ` + difference.setting + `: ` + difference.bReason)
			if difference.rejected {
				b.waitLog(toActive)
				s.waitHeld(vip, a, b)
			} else {
				b.waitLog(`msg="peer heard"`)
			}
			if difference.aReason != "" {
				a.waitLog(`level=WARN msg="peer disagrees" .* reason="192.0.2.2 disagrees about ` +
					difference.setting + `: ` + difference.aReason)
			}
			time.Sleep(silence)
			b.mustLog(1, `level=WARN`)
			if difference.aReason == "" {
				a.mustLog(0, `level=WARN`)
			} else {
				a.mustLog(1, `level=WARN`)
			}
			if !difference.rejected {
				b.mustLog(0, toActive)
			}
			mustNotTell(t, a.agent, "seekrit1", "geheim22")
			mustNotTell(t, b.agent, "seekrit1", "geheim22")
		})
	}
}

// checksum = "both" sends every advertisement twice, and so agrees with everybody.
func TestChecksumBoth(t *testing.T) {
	t.Parallel()
	s := newSite(t, 3)
	a, b, c := s.servers[0], s.servers[1], s.servers[2]
	a.startActive(vi1(150, `checksum = "both"`))
	b.startBackup(vi1(100, `checksum = "rfc9568"`))
	c.startBackup(vi1(50))
	time.Sleep(silence)
	b.mustLog(0, toActive)
	c.mustLog(0, toActive)
	a.stop()
	b.waitLog(toActive + `.* resigned"`)
	s.mustSee(2, "goodbye, in both forms", a.resigned(vrid))
}

// A disagreement ends with the difference.
func TestMismatchEnds(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	both := []string{`virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`}
	a.startActive(vi1(150, both...))
	b.start(vi1(100))
	b.waitLog(`msg="peer disagrees".* setting=virtual_addresses`)
	b.reload(vi1(100, both...))
	b.waitLog(`level=INFO msg="peer agrees" router=VI_1 peer=192.0.2.1 setting=virtual_addresses`)
	b.mustLog(0, toActive)
	s.waitHeld(vip, a)
}

// strict = true drops what the RFC says to drop.
func TestStrict(t *testing.T) {
	t.Parallel()
	s, a, b := newPair(t)
	a.startActive(vi1(150, `virtual_addresses = ["192.0.2.100/24", "192.0.2.101/24"]`))
	b.start(vi1(100, `strict = true`))
	b.waitLog(toActive)
	s.waitHeld(vip, a, b)
}

// A password is told to nobody, whatever happens: not in the log at its most
// talkative, nor when the configuration is wrong.
func TestPasswordIsSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t, 1)
	a := s.servers[0]
	const secret = "seekrit1"
	version2 := []string{`version = 2`, `advert_interval = "1s"`}
	logEverything := "agent {\n log {\n level = \"trace\"\n }\n }\n"
	a.start(logEverything + vi1(100, append(version2, password(secret))...))
	a.waitLog(toBackup)
	for _, wrong := range []string{
		vi1(100, append(version2, password(secret), `prioritty = 1`)...),
		vi1(100, append(version2, password(secret+"-too-long"))...),
		vi1(100, append(version2, "authentication {\n pasword = \""+secret+"\"\n }")...),
		vi1(100, append(version2, "authentication {\n password = "+secret+"\n }")...),
		vi1(100, append(version2, "authentication {\n password = \""+secret)...),
		vi1(100, password(secret)), // version 3 has none
	} {
		began := time.Now()
		a.reload(wrong)
		a.waitLogSince(began, `msg="not reloaded`)
	}
	a.stop()
	mustNotTell(t, a.agent, secret)
	for _, e := range s.seen(a.advertised(vrid)) {
		if !strings.Contains(string(e.Advert.Payload), secret) {
			t.Error("the password is not where it belongs")
		}
	}
}

// mustNotTell demands that a process has printed none of some words.
func mustNotTell(t *testing.T, p *labtest.Process, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, line := range lines(p, secret) {
			t.Errorf("%s tells a secret: %s", p, line.Text)
		}
	}
}
