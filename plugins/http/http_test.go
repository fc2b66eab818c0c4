package http_test

import (
	"context"
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

	plugin "github.com/sentinel-ha/sentinel/plugins/http"
	"github.com/sentinel-ha/sentinel/sdk"
)

// first returns the first sample of a tracker.
func first(t *testing.T, values sdk.Values, timeout time.Duration) (result sdk.Result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := sdk.Schedule{Interval: time.Minute, Timeout: timeout}
	if err := plugin.Tracker.Run(ctx, values, s, func(r sdk.Result) { result = r; cancel() }); err != nil {
		t.Fatal(err)
	}
	return result
}

// with returns values for a URL, and more: name, value, name, value.
func with(url string, more ...any) sdk.Values {
	values := sdk.Values{"url": url}
	for i := 0; i < len(more); i += 2 {
		values[more[i].(string)] = more[i+1]
	}
	return values
}

func statuses(list ...any) []any { return list }

// app answers /STATUS with that status, and other things at other places.
func app(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	switch r.URL.Path {
	case "/flood":
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20)+"ready")
	case "/cut":
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "rea")
	case "/hang":
		<-r.Context().Done()
	case "/moved":
		http.Redirect(w, r, "/503", http.StatusFound)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/echo":
		conn, _, _ := w.(http.Hijacker).Hijack()
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nAuthorization %s\r\n\r\n", r.Header.Get("Authorization"))
		conn.Close()
	case "/drop":
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	default:
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
		user, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "%s %s %s:%s [%s]\nready\n", r.Method, r.Host, user, password, r.Header.Get("X-Key"))
	}
}

func TestVerdicts(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	server := httptest.NewServer(http.HandlerFunc(app))
	defer server.Close()
	url, address := server.URL, server.Listener.Addr()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr()
	l.Close()
	for name, c := range map[string]struct {
		values sdk.Values
		want   sdk.Result
	}{
		"good":     {with(url), sdk.Pass("answered 200 OK")},
		"redirect": {with(url + "/moved"), sdk.Pass("answered 302 Found")},
		"followed": {with(url+"/moved", "follow_redirects", true), sdk.Fail("answered 503 Service Unavailable")},
		"in a circle": {with(url+"/loop", "follow_redirects", true),
			sdk.Fail("stopped after 10 redirects")},
		"bad":          {with(url + "/503"), sdk.Fail("answered 503 Service Unavailable")},
		"no status":    {with(url + "/599"), sdk.Fail("answered 599")},
		"wanted":       {with(url+"/503", "status_code", statuses("200", "500-503")), sdk.Pass("answered 503 Service Unavailable")},
		"not wanted":   {with(url, "status_code", statuses("204", "300-399")), sdk.Fail("answered 200 OK")},
		"body":         {with(url, "regex", "(?m)^ready$"), sdk.Pass("answered 200 OK and matches")},
		"other body":   {with(url, "regex", "^ready"), sdk.Fail(`answered 200 OK, but the body does not match "^ready"`)},
		"too far":      {with(url+"/flood", "regex", "ready"), sdk.Fail(`answered 200 OK, but the body does not match "ready"`)},
		"not needed":   {with(url + "/flood"), sdk.Pass("answered 200 OK")},
		"cut":          {with(url+"/cut", "regex", "ready"), sdk.Fail("answered 200 OK, then the connection was closed in the middle of the answer")},
		"dropped":      {with(url + "/drop"), sdk.Fail("the connection was closed in the middle of the answer")},
		"echo":         {with(url+"/echo", "headers", map[string]any{"Authorization": "s3cret"}), sdk.Fail("the answer is not HTTP")},
		"hangs":        {with(url + "/hang"), sdk.Fail("timed out after 1s")},
		"method":       {with(url, "method", "OPTIONS", "regex", "^OPTIONS "), sdk.Pass("answered 200 OK and matches")},
		"head":         {with(url, "method", "HEAD"), sdk.Pass("answered 200 OK")},
		"its own host": {with(url, "regex", " "+address.String()+" "), sdk.Pass("answered 200 OK and matches")},
		"host":         {with(url, "host", "www.example.com", "regex", " www.example.com "), sdk.Pass("answered 200 OK and matches")},
		"headers": {with(url, "headers", map[string]any{"X-Key": "abc"}, "regex", `\[abc\]`),
			sdk.Pass("answered 200 OK and matches")},
		"user":    {with(url, "username", "joe", "password", "x:y", "regex", " joe:x:y "), sdk.Pass("answered 200 OK and matches")},
		"refused": {with("http://" + closed.String()), sdk.Fail("%v: connection refused", closed)},
	} {
		timeout := 20 * time.Second
		if name == "hangs" {
			timeout = time.Second
		}
		if diff := cmp.Diff(c.want, first(t, c.values, timeout)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRedirectElsewhere: what is secret goes to the host of the URL, and is not sent
// unprotected when the URL is.
func TestRedirectElsewhere(t *testing.T) {
	heard := make(chan string, 1)
	listen := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		heard <- fmt.Sprintf("%s:%s [%s] [%s]", user, password, r.Header.Get("X-Key"), r.Header.Get("Referer"))
	})
	other := httptest.NewUnstartedServer(listen)
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	other.Listener.Close()
	other.Listener = l
	other.Start()
	defer other.Close()
	same := httptest.NewServer(listen)
	defer same.Close()

	to := ""
	move := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) })
	plain, protected := httptest.NewServer(move), httptest.NewTLSServer(move)
	defer plain.Close()
	defer protected.Close()
	for name, c := range map[string]struct{ from, to, want string }{
		"same host":   {plain.URL, same.URL, "joe:s3cret [abc] [" + plain.URL + "]"},
		"other host":  {plain.URL, other.URL, ": [] []"},
		"unprotected": {protected.URL, same.URL, ": [] []"},
	} {
		to = c.to
		got := first(t, with(c.from, "follow_redirects", true, "headers", map[string]any{"X-Key": "abc"},
			"username", "joe", "password", "s3cret", "tls_skip_verify", true), time.Minute)
		if got != sdk.Pass("answered 200 OK") {
			t.Fatalf("%s: %+v", name, got)
		}
		if said := <-heard; said != c.want {
			t.Errorf("%s: was sent %s, want %s", name, said, c.want)
		}
	}
}

// TestNoName: which resolver there is decides what is said besides the name.
func TestNoName(t *testing.T) {
	got := first(t, with("http://no.such.invalid/"), time.Minute)
	if got.Verdict != sdk.Unhealthy || !strings.HasPrefix(got.Reason, "no.such.invalid: ") {
		t.Errorf("%+v", got)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(app))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	url := server.URL // its certificate is for 127.0.0.1 and example.com
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	pass := sdk.Pass("answered 200 OK")
	for name, c := range map[string]struct {
		values sdk.Values
		want   sdk.Result
	}{
		"unknown authority": {with(url), sdk.Fail("tls: failed to verify certificate: x509: certificate signed by unknown authority")},
		"any":               {with(url, "tls_skip_verify", true), pass},
		"trusted":           {with(url, "ca_file", ca), pass},
		"other name":        {with(url, "ca_file", ca, "host", "example.com:8443"), pass},
		"wrong name": {with(url, "ca_file", ca, "host", "example.net"),
			sdk.Fail("tls: failed to verify certificate: x509: certificate is valid for example.com, *.example.com, not example.net")},
		"no file": {with(url, "ca_file", "/no/such"), sdk.CannotTell("ca_file: open /no/such: no such file or directory")},
		"no certificate": {with(url, "ca_file", "/etc/passwd"),
			sdk.CannotTell("ca_file: /etc/passwd: no certificate in it")},
		"plain": {with(strings.Replace(url, "https", "http", 1)), sdk.Fail("answered 400 Bad Request")},
	} {
		if diff := cmp.Diff(c.want, first(t, c.values, time.Minute)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
