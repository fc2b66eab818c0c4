package main

import (
	"fmt"
	"os"
	"time"

	"github.com/sentinel-ha/sentinel/core/lab"
)

// In `checks` a script fails because of what is in a file, and says so just before
// it ends.
const (
	checkPath   = "/run/check"
	outcomePath = "/run/outcome"
	failedPath  = "/run/failed"
	checkText   = "read status < " + outcomePath + "\n[ $status = 0 ] && exit 0\necho > " + failedPath + "\nexit 1\n"
	scriptLoss  = -50
)

// check is a script that fails.
type check struct {
	interval time.Duration
	fromEnd  bool // of the run that fails; else from the cause
	outcome  string
	said     *spoken
}

func (c *check) tracker() tracker {
	return tracker{kind: "script", name: "T", target: checkPath, interval: c.interval}
}

func (c *check) begin(n *lab.Node) (err error) {
	c.outcome = n.Path(outcomePath)
	if err := n.WriteFile(outcomePath, "0\n"); err != nil {
		return err
	}
	if err := writeProgram(n, checkPath, checkText); err != nil {
		return err
	}
	c.said, err = listen(n, failedPath)
	return err
}

func (c *check) fail() (time.Time, error) {
	if err := c.said.forget(); err != nil {
		return time.Time{}, err
	}
	at := time.Now()
	if err := os.WriteFile(c.outcome, []byte("1\n"), 0o644); err != nil || !c.fromEnd {
		return at, err
	}
	remarks, err := c.said.next(10 * time.Second)
	if err != nil {
		return at, fmt.Errorf("the script does not fail: %w", err)
	}
	return remarks[0].at, nil
}

func (c *check) repair() error { return os.WriteFile(c.outcome, []byte("0\n"), 0o644) }

// checks measures how fast a script that fails moves the address: at keepalived's
// shortest interval from the end of the first run that fails, before which nobody
// can know; at a shorter one from the cause.
func (s *session) checks() error {
	for _, c := range consequences(scriptLoss) {
		for _, f := range []check{
			{interval: time.Second, fromEnd: true}, {interval: trackInterval},
		} {
			label := fmt.Sprintf("%s, every %v", c.label, f.interval)
			if err := s.tracked(label, c.weight, c.floor, func() failure { fresh := f; return &fresh }); err != nil {
				return err
			}
		}
	}
	return nil
}
