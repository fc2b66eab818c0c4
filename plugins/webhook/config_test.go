package webhook_test

import (
	"testing"

	"github.com/sentinel-ha/sentinel/plugins/webhook"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestValidate(t *testing.T) {
	const url = "https://192.0.2.1/s3cret"
	header := func(name, value string) sdk.Values { return with(url, "headers", map[string]any{name: value}) }
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"url":          {with(url), ""},
		"everything":   {with(url, "secret", "x", "username", "u", "password", "p", "ca_file", "/ca.pem"), ""},
		"header":       {header("Authorization", "Bearer s3cret"), ""},
		"no url":       {sdk.Values{}, "url: is required"},
		"no URL":       {with("https://s3cret:s3cret/%zz"), "url: is not a URL"},
		"no scheme":    {with("192.0.2.1/s3cret"), "url: must begin with http:// or https://"},
		"no host":      {with("http:///s3cret"), "url: is without a host"},
		"large port":   {with("http://h:65536/s3cret"), "url: port must be a number of 1 to 65535"},
		"user":         {with("http://u:s3cret@h/"), "url: must not hold a user: use username and password"},
		"header name":  {header("X:Key", "a"), `headers: "X:Key" is no name of a header`},
		"header value": {header("x-key", "s3cret\r\nX: y"), "headers: must have one line for X-Key"},
		"ours":         {header("x-sentinel-signature", "x"), "headers: X-Sentinel-Signature cannot be set"},
		"twice": {with(url, "headers", map[string]any{"authorization": "x"}, "username", "u"),
			"headers: cannot hold Authorization together with username"},
		"no user":  {with(url, "password", "s3cret"), "username: is required with password"},
		"colon":    {with(url, "username", "a:b"), "username: must not contain a colon"},
		"relative": {with(url, "ca_file", "ca.pem"), `ca_file: "ca.pem" must begin with a slash`},
		"no use":   {with(url, "ca_file", "/ca.pem", "tls_skip_verify", true), "ca_file: cannot be used together with tls_skip_verify"},
	} {
		sdktest.Validates(t, name, webhook.Notifier, c.values, c.want)
	}
	for _, secret := range []string{"url", "secret", "headers", "password"} {
		if !webhook.Notifier.Schema().Attribute(secret).Secret {
			t.Errorf("%s is not secret", secret)
		}
	}
}
