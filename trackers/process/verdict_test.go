package process

import (
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

// unset is a quorum that is not configured.
const unset = -1

// configured returns the configuration of a name and quorums.
func configured(name string, least, most int) config {
	c := config{Process: name, Match: byComm}
	if least != unset {
		c.Quorum = &least
	}
	if most != unset {
		c.QuorumMax = &most
	}
	return c
}

func TestJudge(t *testing.T) {
	pids := func(pids ...int) []int { return pids }
	for _, test := range []struct {
		least, most    int
		settled, fresh []int
		doubt          string
		want           sdk.Result
	}{
		{unset, unset, nil, nil, "", sdk.Fail("no process httpd")},
		{unset, unset, pids(4711), nil, "", sdk.Pass("1 process httpd (pid 4711)")},
		{unset, unset, pids(1, 2), nil, "", sdk.Pass("2 processes httpd (pids 1, 2)")},
		{unset, unset, pids(1, 2, 3, 4, 5), nil, "", sdk.Pass("5 processes httpd (pids 1, 2, 3 and 2 more)")},
		{5, unset, nil, nil, "", sdk.Fail("no process httpd, 5 wanted")},
		{5, unset, pids(1, 2, 3), nil, "", sdk.Fail("3 processes httpd (pids 1, 2, 3), 5 wanted")},
		{2, 3, pids(1), nil, "", sdk.Fail("1 process httpd (pid 1), 2 wanted")},
		{2, 3, pids(1, 2, 3), nil, "", sdk.Pass("3 processes httpd (pids 1, 2, 3)")},
		{2, 3, pids(1, 2, 3, 4), nil, "", sdk.Fail("4 processes httpd (pids 1, 2, 3 and 1 more), at most 3 wanted")},
		{0, 1, nil, nil, "", sdk.Pass("no process httpd")},
		{unset, 0, nil, nil, "", sdk.Pass("no process httpd")},
		{unset, 0, pids(12), nil, "", sdk.Fail("httpd runs (pid 12), must not")},

		// A fork counts where it helps.
		{unset, unset, nil, pids(7), "", sdk.Pass("1 process httpd (pid 7)")},
		{unset, unset, pids(1), pids(7), "", sdk.Pass("1 process httpd (pid 1)")},
		{2, unset, pids(1), pids(7), "", sdk.Pass("2 processes httpd (pids 1, 7)")},
		{2, unset, pids(1), pids(7, 8, 9), "", sdk.Pass("2 processes httpd (pids 1, 7)")},
		{unset, 1, pids(1), pids(7), "", sdk.Pass("1 process httpd (pid 1)")},
		{unset, 0, nil, pids(7), "", sdk.Pass("no process httpd")},

		// Doubt matters where it could change the verdict.
		{unset, unset, pids(1), nil, "hidden", sdk.Pass("1 process httpd (pid 1)")},
		{unset, unset, nil, nil, "hidden", sdk.CannotTell("hidden; no process httpd")},
		{2, unset, pids(1), nil, "hidden", sdk.CannotTell("hidden; 1 process httpd (pid 1)")},
		{1, 2, pids(1), nil, "hidden", sdk.CannotTell("hidden; 1 process httpd (pid 1)")},
		{1, 2, pids(1, 2, 3), nil, "hidden", sdk.Fail("3 processes httpd (pids 1, 2, 3), at most 2 wanted")},
		{unset, 0, nil, nil, "hidden", sdk.CannotTell("hidden; no process httpd")},
		{unset, 0, pids(1), nil, "hidden", sdk.Fail("httpd runs (pid 1), must not")},
	} {
		c := configured("httpd", test.least, test.most)
		if got := c.judge(sighting{test.settled, test.fresh, test.doubt}); got != test.want {
			t.Errorf("%+v:\n got %v", test, got)
		}
	}
}

func TestLongNameInReason(t *testing.T) {
	c := configured(strings.Repeat("é", 100), unset, unset)
	if got, want := c.judge(sighting{}).Reason, "no process "+strings.Repeat("é", 30)+"..."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
