package mail_test

import (
	"testing"

	"github.com/sentinel-ha/sentinel/plugins/mail"
	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestValidate(t *testing.T) {
	const host = "192.0.2.25"
	login := func(more ...any) sdk.Values {
		return with(host, append([]any{"username", "joe", "password", "s3cret"}, more...)...)
	}
	for name, c := range map[string]struct {
		values sdk.Values
		want   string
	}{
		"host":          {with(host), ""},
		"port":          {with("smtp.example.com:587"), ""},
		"IPv6":          {with("2001:db8::25"), ""},
		"IPv6, quoted":  {with("[2001:db8::25]"), ""},
		"IPv6 and port": {with("[2001:db8::25]:25"), ""},
		"login":         {login(), ""},
		"implicit":      {login("tls", "implicit"), ""},
		"nothing":       {sdk.Values{}, "server: is required"},
		"no host":       {with(":25"), `server: ":25" must be a host or host:port, such as "smtp.example.com:587"`},
		"no port":       {with("h:"), `server: port "" must be a number of 1 to 65535`},
		"named port":    {with("h:smtp"), `server: port "smtp" must be a number of 1 to 65535`},
		"URL":           {with("smtp://h"), `server: port "//h" must be a number of 1 to 65535`},
		"nobody":        {with(host, "to", []any{}), "to: must not be empty"},
		"tls":           {with(host, "tls", "starttls"), `tls: "starttls" is none of "required", "opportunistic", "implicit", "off"`},
		"in the open":   {login("tls", "off"), "tls: must be required or implicit with username: off would send the password to whoever listens"},
		"stripped": {login("tls", "opportunistic"),
			"tls: must be required or implicit with username: opportunistic would send the password to whoever listens"},
		"no password": {with(host, "username", "joe"), "password: is required with username, or password_file"},
		"no username": {with(host, "password", "s3cret"), "username: is required with a password"},
		"two":         {login("password_file", "/x"), "password: cannot be used together with password_file"},
		"relative":    {with(host, "username", "joe", "password_file", "x"), `password_file: "x" must begin with a slash`},
		"relative CA": {with(host, "ca_file", "x"), `ca_file: "x" must begin with a slash`},
		"no use":      {with(host, "ca_file", "/x", "tls_skip_verify", true), "ca_file: cannot be used together with tls_skip_verify"},
		"helo":        {with(host, "helo", "a b\r\nQUIT"), `helo: "a b\r\nQUIT" is no name of a host`},
	} {
		sdktest.Validates(t, name, mail.Notifier, c.values, c.want)
	}
	if !mail.Notifier.Schema().Attribute("password").Secret {
		t.Error("the password is not secret")
	}
}
