package process

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestValidate(t *testing.T) {
	n := func(n int64) any { return n }
	for _, test := range []struct {
		values sdk.Values
		want   string // "" is right
	}{
		{sdk.Values{"process": "httpd"}, ""},
		{sdk.Values{"process": "httpd", "quorum": n(3), "quorum_max": n(3)}, ""},
		{sdk.Values{"process": "httpd", "quorum_max": n(0)}, ""},
		{sdk.Values{"process": "httpd", "quorum": n(0), "quorum_max": n(0)}, ""},
		{sdk.Values{"process": "httpd", "quorum": n(0), "quorum_max": n(2)}, ""},
		{sdk.Values{"process": "a b (c)", "match": "comm"}, ""},
		{sdk.Values{"process": "/usr/sbin/httpd", "match": "path"}, ""},
		{sdk.Values{"process": "httpd -k /x", "match": "cmdline"}, ""},

		{sdk.Values{}, "process: is required"},
		{sdk.Values{"process": " "}, "process: must not be empty"},
		{sdk.Values{"process": "a\nb"}, "process: must be a single line"},
		{sdk.Values{"process": strings.Repeat("x", 5000)}, "process: 5000 bytes are too long: at most 4096"},
		{sdk.Values{"process": "/usr/sbin/httpd"}, `process: "/usr/sbin/httpd": a name has no slash; match = "path" compares the executable's path`},
		{sdk.Values{"process": "httpd", "match": "path"}, `process: "httpd": a path must begin with a slash`},
		{sdk.Values{"process": "httpd", "match": "name"}, `match: "name" is none of "comm", "path", "cmdline"`},
		{sdk.Values{"process": "httpd", "quorum": n(-1)}, "quorum: -1 is too small: at least 0"},
		{sdk.Values{"process": "httpd", "quorum_max": n(-1)}, "quorum_max: -1 is too small: at least 0"},
		{sdk.Values{"process": "httpd", "quorum": n(3), "quorum_max": n(2)}, "quorum_max: 2 is less than the quorum of 3"},
		{sdk.Values{"process": "httpd", "quorum": n(1), "quorum_max": n(0)}, "quorum_max: 0 is less than the quorum of 1"},
		{sdk.Values{"process": "httpd", "quorum": n(0)}, "quorum: 0 is always met; to say that none may run, set quorum_max = 0"},
	} {
		sdktest.Validates(t, fmt.Sprint(test.values), Tracker, test.values, test.want)
	}
}
