package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Notifier sends an HTTP request for every event.
var Notifier = sdk.Notify("webhook", "sends events as JSON by HTTP", notify)

func notify(ctx context.Context, c config, e sdk.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return sdk.Reject(err)
	}
	request, err := c.request(ctx, e, body)
	if err != nil {
		return sdk.Reject(bare(err))
	}
	trust, err := c.trust()
	if err != nil {
		return err
	}
	transport, end := web.Transport(trust)
	defer end()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return bare(err)
	}
	defer response.Body.Close()
	return judge(response, time.Now())
}

func (c *config) request(ctx context.Context, e sdk.Event, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "sentinel")
	for name, value := range c.Headers {
		request.Header.Set(name, value)
	}
	if c.Username != "" {
		request.SetBasicAuth(c.Username, c.Password)
	}
	request.Header.Set("X-Sentinel-Event-Id", e.ID)
	if c.Secret != "" {
		request.Header.Set("X-Sentinel-Signature", "sha256="+signature(c.Secret, body))
	}
	return request, nil
}

func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// trust returns which certificates are accepted.
func (c *config) trust() (*tls.Config, error) {
	return web.Trust(&tls.Config{InsecureSkipVerify: c.SkipVerify}, c.CAFile)
}

// judge returns what a status says about the delivery.
func judge(r *http.Response, now time.Time) error {
	err := fmt.Errorf("answered %s", strings.TrimSpace(fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode))))
	switch code := r.StatusCode; {
	case code >= 200 && code <= 299:
		return nil
	case code >= 300 && code <= 399:
		return sdk.Reject(fmt.Errorf("%w, and redirects are not followed", err))
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		if wait := retryAfter(r.Header.Get("Retry-After"), now); wait > 0 {
			return sdk.RetryAfter(err, wait)
		}
		return err
	}
	return sdk.Reject(err)
}

// longestWait is the longest that a server may ask for.
const longestWait = time.Hour

// retryAfter reads a Retry-After header, of seconds or a time; 0 is nothing.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, longestWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), longestWait))
	}
	return 0
}

// bare returns an error without the request around it.
func bare(err error) error { return web.Bare(err, web.Closed, plain) }

// plain returns an error unless it may quote what the server said, which may be
// what it was told: a secret.
func plain(err error) error {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return errors.New("the server does not speak TLS")
	}
	for _, known := range []string{"tls: ", "x509: "} {
		if strings.Contains(err.Error(), known) {
			return err
		}
	}
	return errors.New("the answer is not HTTP")
}
