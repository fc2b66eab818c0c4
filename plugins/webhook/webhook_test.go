package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/plugins/webhook"
	"github.com/sentinel-ha/sentinel/sdk"
)

var event = sdk.Event{
	ID: "4f2a-VI_1-7", Kind: sdk.Transition, Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Node: "server1",
	Instance: "VI_1", Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 150,
	Addresses: []string{"192.168.1.100/24"}, Reason: "active router silent for 3.61s",
}

// with returns values for a URL, and more: name, value, name, value.
func with(url string, more ...any) sdk.Values {
	values := sdk.Values{"url": url}
	for i := 0; i < len(more); i += 2 {
		values[more[i].(string)] = more[i+1]
	}
	return values
}

func deliver(t *testing.T, values sdk.Values) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return webhook.Notifier.Deliver(ctx, values, event)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestRequest(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()

	if err := deliver(t, with(server.URL+"/a?b=c")); err != nil {
		t.Fatal(err)
	}
	var said sdk.Event
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wanted := http.Header{
		"Content-Type": {"application/json"}, "Content-Length": {fmt.Sprint(len(body))}, "User-Agent": {"sentinel"},
		"X-Sentinel-Event-Id": {"4f2a-VI_1-7"}, "Accept-Encoding": {"gzip"}, "Connection": {"close"},
	}
	if diff := cmp.Diff(wanted, got.Header); diff != "" || got.Method != "POST" || got.URL.String() != "/a?b=c" {
		t.Errorf("%s %s (-want +got):\n%s", got.Method, got.URL, diff)
	}

	err := deliver(t, with(server.URL, "secret", "s3cret", "headers", map[string]any{"x-key": "abc", "content-type": "text/plain"},
		"username", "joe", "password", "x:y"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(body)
	if got, want := got.Header.Get("X-Sentinel-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	user, password, _ := got.BasicAuth()
	if h := got.Header; h.Get("X-Key") != "abc" || h.Get("Content-Type") != "text/plain" || user != "joe" || password != "x:y" {
		t.Errorf("%v", h)
	}
}

// TestStatuses: what is done, what is tried again, when, and what is not.
func TestStatuses(t *testing.T) {
	var status int
	var after string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.Header().Set("Location", "/other")
		w.WriteHeader(status)
		fmt.Fprintf(w, "bad key %s", r.Header.Get("Authorization"))
	}))
	defer server.Close()
	for _, c := range []struct {
		status   int
		after    string
		want     string
		rejected bool
		wait     time.Duration
	}{
		{status: 200}, {status: 204}, {status: 202, after: "5"},
		{status: 302, want: "answered 302 Found, and redirects are not followed", rejected: true},
		{status: 400, want: "answered 400 Bad Request", rejected: true},
		{status: 401, after: "5", want: "answered 401 Unauthorized", rejected: true},
		{status: 404, want: "answered 404 Not Found", rejected: true},
		{status: 499, want: "answered 499", rejected: true},
		{status: 408, want: "answered 408 Request Timeout"},
		{status: 425, want: "answered 425 Too Early"},
		{status: 429, want: "answered 429 Too Many Requests"},
		{status: 429, after: "5", want: "answered 429 Too Many Requests", wait: 5 * time.Second},
		{status: 500, want: "answered 500 Internal Server Error"},
		{status: 503, after: "999999", want: "answered 503 Service Unavailable", wait: time.Hour},
		{status: 503, after: "Fri, 02 Jan 2099 03:04:05 GMT", want: "answered 503 Service Unavailable", wait: time.Hour},
		{status: 503, after: "Fri, 02 Jan 1999 03:04:05 GMT", want: "answered 503 Service Unavailable"},
		{status: 503, after: "-5", want: "answered 503 Service Unavailable"},
		{status: 503, after: "soon", want: "answered 503 Service Unavailable"},
	} {
		status, after = c.status, c.after
		err := deliver(t, with(server.URL, "headers", map[string]any{"Authorization": "s3cret"}))
		if text(err) != c.want || sdk.IsRejected(err) != c.rejected || sdk.RetryWait(err) != c.wait {
			t.Errorf("%d, %q: %v, rejected %v, wait %v", c.status, c.after, err, sdk.IsRejected(err), sdk.RetryWait(err))
		}
	}
}

// TestNoAnswer: it is tried again, and what is said holds no secret.
func TestNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang/s3cret":
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		case "/echo/s3cret":
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprintf(conn, "%s %s %s\r\n", r.Method, r.URL, r.Proto)
			conn.Close()
		default:
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}
	}))
	defer server.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for url, want := range map[string]string{
		server.URL + "/hang/s3cret":                        "timed out",
		server.URL + "/echo/s3cret":                        "the answer is not HTTP",
		server.URL + "/drop/s3cret":                        "the connection was closed in the middle of the answer",
		"http://" + l.Addr().String() + "/s3cret?t=s3cret": l.Addr().String() + ": connection refused",
		"http://no.such.invalid/s3cret":                    "no.such.invalid: ",
		strings.Replace(server.URL, "http", "https", 1):    "the server does not speak TLS",
	} {
		timeout := 20 * time.Second
		if want == "timed out" {
			timeout = time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		err := webhook.Notifier.Deliver(ctx, with(url, "secret", "s3cret"), event)
		if got := text(err); sdk.IsRejected(err) || !strings.HasPrefix(got, want) || strings.Contains(got, "s3cret") || got == "" {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		values sdk.Values
		want   string
	}{
		{with(server.URL, "ca_file", ca), ""},
		{with(server.URL, "tls_skip_verify", true), ""},
		{with(server.URL), "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{with(server.URL, "ca_file", "/no/such"), "ca_file: open /no/such: no such file or directory"},
		{with(server.URL, "ca_file", "/etc/passwd"), "ca_file: /etc/passwd: no certificate in it"},
	} {
		if err := deliver(t, c.values); text(err) != c.want || sdk.IsRejected(err) {
			t.Errorf("%v: %v, want %s", c.values, err, c.want)
		}
	}
}
