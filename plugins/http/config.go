package http

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

type config struct {
	URL        string            `sentinel:"url,required" doc:"what to ask for"`
	Method     string            `sentinel:"method" default:"GET" doc:"how to ask for it"`
	StatusCode []string          `sentinel:"status_code" doc:"statuses and ranges of them that are healthy, [\"200-399\"] by default"`
	Regex      string            `sentinel:"regex,nonempty" doc:"what the body must match"`
	Host       string            `sentinel:"host,nonempty" doc:"Host header, and name in the certificate, that of the url by default"`
	Headers    map[string]string `sentinel:"headers,secret" doc:"more headers"`
	Username   string            `sentinel:"username,nonempty" doc:"for basic authentication"`
	Password   string            `sentinel:"password,secret,nonempty" doc:"for basic authentication"`
	Follow     bool              `sentinel:"follow_redirects" default:"false" doc:"a redirect is followed"`
	CAFile     string            `sentinel:"ca_file,nonempty" doc:"file of certificates to trust, the system's by default"`
	SkipVerify bool              `sentinel:"tls_skip_verify" default:"false" doc:"any certificate is accepted"`

	healthy []span
	regex   *regexp.Regexp
}

// span is a range of statuses.
type span struct{ from, to int }

// Validate reports what can never be asked for, and prepares the rest.
func (c *config) Validate() error {
	return errors.Join(
		sdk.At("url", c.checkURL()),
		sdk.At("method", c.checkMethod()),
		sdk.At("status_code", c.readStatusCode()),
		sdk.At("regex", c.readRegex()),
		sdk.At("host", c.checkHost()),
		sdk.At("headers", c.checkHeaders()),
		sdk.At("username", web.CheckUsername(c.Username, c.Password)),
		sdk.At("ca_file", web.CheckCAFile(c.CAFile, c.SkipVerify)),
	)
}

func (c *config) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return errors.Unwrap(err) // which is without the URL
	}
	return web.CheckURL(u)
}

func (c *config) checkMethod() error {
	if !web.IsToken(c.Method) || strings.ToUpper(c.Method) != c.Method {
		return fmt.Errorf("%q is no method: it must be of capital letters", c.Method)
	}
	return nil
}

func (c *config) readStatusCode() error {
	if c.StatusCode == nil {
		c.healthy = []span{{200, 399}}
		return nil
	}
	if len(c.StatusCode) == 0 {
		return errors.New("must not be empty")
	}
	var errs []error
	for _, text := range c.StatusCode {
		first, last, isRange := strings.Cut(text, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || from < 100 || from > to || to > 599 {
			errs = append(errs, fmt.Errorf(`%q must be a status of 100 to 599 or a range, such as "200-299"`, text))
		}
		c.healthy = append(c.healthy, span{from, to})
	}
	return errors.Join(errs...)
}

func (c *config) readRegex() (err error) {
	if c.Regex != "" {
		c.regex, err = regexp.Compile(c.Regex)
	}
	return err
}

func (c *config) checkHost() error {
	var errs []error
	if c.Host != "" && c.Follow {
		errs = append(errs, errors.New("cannot be used together with follow_redirects"))
	}
	if strings.ContainsFunc(c.Host, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == '@' }) {
		errs = append(errs, fmt.Errorf("%q is no name of a host", c.Host))
	}
	return errors.Join(errs...)
}

func (c *config) checkHeaders() error {
	var errs []error
	for name := range c.Headers {
		if http.CanonicalHeaderKey(name) == "Host" {
			errs = append(errs, errors.New("must not hold Host: use host"))
		}
	}
	return errors.Join(append(errs, web.CheckHeaders(c.Headers, c.Username))...)
}
