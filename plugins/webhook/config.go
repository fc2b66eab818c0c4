package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

type config struct {
	URL        string            `sentinel:"url,required,secret" doc:"where to send it"`
	Secret     string            `sentinel:"secret,secret" doc:"what both ends know, for the signature"`
	Headers    map[string]string `sentinel:"headers,secret" doc:"more headers"`
	Username   string            `sentinel:"username" doc:"for basic authentication"`
	Password   string            `sentinel:"password,secret" doc:"for basic authentication"`
	CAFile     string            `sentinel:"ca_file" doc:"file of certificates to trust, the system's by default"`
	SkipVerify bool              `sentinel:"tls_skip_verify" default:"false" doc:"any certificate is accepted"`
}

// Validate reports what can never be sent.
func (c *config) Validate() (err error) {
	for _, check := range []struct {
		attribute string
		f         func() error
	}{
		{"url", c.checkURL}, {"headers", c.checkHeaders}, {"username", c.checkUsername}, {"ca_file", c.checkCAFile},
	} {
		if err := check.f(); err != nil {
			return sdk.At(check.attribute, err)
		}
	}
	return nil
}

// checkURL says nothing of what is in a URL.
func (c *config) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must begin with http:// or https://")
	case u.Hostname() == "":
		return errors.New("is without a host")
	case u.Port() == "0" || len(u.Port()) > 5 || len(u.Port()) == 5 && u.Port() > "65535":
		return errors.New("port must be a number of 1 to 65535")
	case u.User != nil:
		return errors.New("must not hold a user: use username and password")
	}
	return nil
}

// ours are headers that are made, whatever is configured.
var ours = []string{
	"Connection", "Content-Length", "Host", "Trailer", "Transfer-Encoding", "X-Sentinel-Event-Id", "X-Sentinel-Signature",
}

func (c *config) checkHeaders() error {
	for name, value := range c.Headers {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !isToken(name):
			return fmt.Errorf("%q is no name of a header", name)
		case slices.Contains(ours, canonical):
			return fmt.Errorf("%s cannot be set", canonical)
		case canonical == "Authorization" && c.Username != "":
			return errors.New("cannot hold Authorization together with username")
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return fmt.Errorf("must have one line for %s", canonical)
		}
	}
	return nil
}

func (c *config) checkUsername() error {
	switch {
	case c.Username == "" && c.Password != "":
		return errors.New("is required with password")
	case strings.Contains(c.Username, ":"):
		return errors.New("must not contain a colon")
	}
	return nil
}

func (c *config) checkCAFile() error {
	switch {
	case c.CAFile == "":
		return nil
	case !filepath.IsAbs(c.CAFile):
		return fmt.Errorf("%q must begin with a slash", c.CAFile)
	case c.SkipVerify:
		return errors.New("cannot be used together with tls_skip_verify")
	}
	return nil
}

// isToken reports whether a word can be the name of a header.
func isToken(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
