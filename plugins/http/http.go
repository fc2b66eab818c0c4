package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker asks a web server.
var Tracker = sdk.Check("http", "what a web server answers", check)

func check(ctx context.Context, c config) sdk.Result {
	request, err := c.request(ctx)
	if err != nil {
		return sdk.CannotTell("%v", err)
	}
	trust, err := c.trust()
	if err != nil {
		return sdk.CannotTell("%v", err)
	}
	transport, end := web.Transport(trust)
	defer end()
	transport.DisableCompression = true
	client := &http.Client{Transport: transport, CheckRedirect: c.redirect}
	response, err := client.Do(request)
	if err != nil {
		return verdict(err, "")
	}
	defer response.Body.Close()
	return c.judge(response)
}

func (c *config) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, c.Method, c.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "sentinel")
	for name, value := range c.Headers {
		request.Header.Set(name, value)
	}
	if c.Username != "" {
		request.SetBasicAuth(c.Username, c.Password)
	}
	request.Host = c.Host
	return request, nil
}

// mostRedirects is how many redirects are followed.
const mostRedirects = 10

// redirect prepares the request that a redirect asks for, with the headers of the first
// one. Another host does not get what is secret, and nor does whoever listens.
func (c *config) redirect(next *http.Request, before []*http.Request) error {
	switch {
	case !c.Follow:
		return http.ErrUseLastResponse
	case len(before) >= mostRedirects:
		return fmt.Errorf("stopped after %d redirects", mostRedirects)
	}
	from, to := before[0].URL, next.URL
	if to.Hostname() == from.Hostname() && (to.Scheme == "https" || from.Scheme != "https") {
		return nil
	}
	for name := range c.Headers {
		next.Header.Del(name)
	}
	next.Header.Del("Authorization")
	next.Header.Del("Referer") // the URL
	return nil
}

// trust returns which certificates are accepted.
func (c *config) trust() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: c.SkipVerify}
	if c.Host != "" {
		config.ServerName = nameOf(c.Host)
	}
	return web.Trust(config, c.CAFile)
}

// nameOf returns a Host header without its port.
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// longestBody is how much of a body is looked at.
const longestBody = 1 << 20

func (c *config) judge(r *http.Response) sdk.Result {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode)))
	if !slices.ContainsFunc(c.healthy, func(s span) bool { return s.from <= r.StatusCode && r.StatusCode <= s.to }) {
		return sdk.Fail("answered %s", status)
	}
	if c.regex == nil {
		return sdk.Pass("answered %s", status)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, longestBody))
	switch {
	case err != nil:
		return verdict(err, "answered "+status+", then ")
	case !c.regex.Match(body):
		return sdk.Fail("answered %s, but the body does not match %q", status, c.Regex)
	}
	return sdk.Pass("answered %s and matches", status)
}

// verdict is what an error says, after what had gone well.
func verdict(err error, after string) sdk.Result {
	err = web.Bare(err, web.Closed, plain)
	if web.IsOurs(err) {
		return sdk.CannotTell("%scannot ask: %v", after, err)
	}
	return sdk.Fail("%s%v", after, err)
}

// plain returns an error unless it may quote what the server said, which may be
// what it was told: a secret.
func plain(err error) error {
	for _, known := range []string{"tls: ", "x509: ", "server gave HTTP response", "stopped after "} {
		if strings.Contains(err.Error(), known) {
			return err
		}
	}
	return errors.New("the answer is not HTTP")
}
