package http_test

import (
	"testing"

	plugin "github.com/sentinel-ha/sentinel/plugins/http"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestValidate(t *testing.T) {
	const url = "http://192.0.2.1/"
	header := func(name, value string) sdk.Values { return with(url, "headers", map[string]any{name: value}) }
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"url":          {with(url), ""},
		"IPv6":         {with("https://[2001:db8::1]:8443/x?y=z"), ""},
		"status":       {with(url, "status_code", statuses("100", "200-299")), ""},
		"header":       {header("X-Key", "a\tb"), ""},
		"no url":       {sdk.Values{}, "url: is required"},
		"no scheme":    {with("192.0.2.1/x"), "url: must begin with http:// or https://"},
		"no host":      {with("http:///x"), "url: is without a host"},
		"bad port":     {with("http://h:x/"), `url: invalid port ":x" after host`},
		"large port":   {with("http://h:65536/"), "url: port must be a number of 1 to 65535"},
		"user":         {with("http://u:p@h/"), "url: must not hold a user: use username and password"},
		"method":       {with(url, "method", "GET /"), `method: "GET /" is no method: it must be of capital letters`},
		"small method": {with(url, "method", "get"), `method: "get" is no method: it must be of capital letters`},
		"no status":    {with(url, "status_code", statuses()), "status_code: must not be empty"},
		"low status":   {with(url, "status_code", statuses("99")), `status_code: "99" must be a status of 100 to 599 or a range, such as "200-299"`},
		"bad range":    {with(url, "status_code", statuses("299-200")), `status_code: "299-200" must be `},
		"half a range": {with(url, "status_code", statuses("200-")), `status_code: "200-" must be `},
		"regex":        {with(url, "regex", "("), "regex: error parsing regexp: missing closing ): `(`"},
		"host":         {with(url, "host", "a/b"), `host: "a/b" is no name of a host`},
		"host follows": {with(url, "host", "a", "follow_redirects", true), "host: cannot be used together with follow_redirects"},
		"header name":  {header("X Key", "a"), `headers: "X Key" is no name of a header`},
		"header value": {header("X-Key", "s3cret\r\nX: y"), "headers: must have one line for X-Key"},
		"host header":  {header("host", "a"), "headers: must not hold Host: use host"},
		"length":       {header("content-length", "1"), "headers: Content-Length cannot be set"},
		"twice": {with(url, "headers", map[string]any{"authorization": "x"}, "username", "u"),
			"headers: cannot hold Authorization together with username"},
		"no user":     {with(url, "password", "p"), "username: is required with password"},
		"colon":       {with(url, "username", "a:b"), "username: must not contain a colon"},
		"relative":    {with(url, "ca_file", "ca.pem"), `ca_file: "ca.pem" must begin with a slash`},
		"no use":      {with(url, "ca_file", "/ca.pem", "tls_skip_verify", true), "ca_file: cannot be used together with tls_skip_verify"},
		"no list":     {with(url, "status_code", "200"), "status_code: wrong type: must be a list of strings"},
		"misspelt":    {with(url, "status", "200"), "status: is not an attribute here"},
		"no password": {with(url, "username", "u"), ""},
	} {
		sdktest.Validates(t, name, plugin.Tracker, c.values, c.want)
	}
	if !plugin.Tracker.Polled() || plugin.Tracker.Measures() || plugin.Tracker.Name() != "http" {
		t.Error("it is another kind of tracker")
	}
	for _, secret := range []string{"headers", "password"} {
		if !plugin.Tracker.Schema().Attribute(secret).Secret {
			t.Errorf("%s is not secret", secret)
		}
	}
}
