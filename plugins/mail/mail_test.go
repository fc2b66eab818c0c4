package mail_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/plugins/mail"
	"github.com/sentinel-ha/sentinel/sdk"
)

var event = sdk.Event{
	ID: "4f2a-VI_1-7", Kind: sdk.Transition, Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Node: "server1",
	Instance: "VI_1", Interface: "eth0", VirtualRouterID: 51, From: "backup", To: "active", Priority: 150,
	Peer: "192.168.1.2", PeerPriority: 100, Addresses: []string{"192.168.1.100/24", "2001:db8::1/64"},
	Reason: "active router silent for 3.61s", Coalesced: 2,
}

// with returns values for a server, and more: name, value, name, value.
func with(address string, more ...any) sdk.Values {
	values := sdk.Values{"server": address, "from": "ha@example.com", "to": []any{"admin@example.com"}, "helo": "server1"}
	for i := 0; i < len(more); i += 2 {
		values[more[i].(string)] = more[i+1]
	}
	return values
}

func deliver(t *testing.T, values sdk.Values, e sdk.Event) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return mail.Notifier.Deliver(ctx, values, e)
}

// said waits for the end of a session and returns what was heard.
func said(s *server) (heard, mails []string) {
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		h, m := s.log()
		heard, mails = append(heard, h...), append(mails, m...)
		if len(heard) > 0 && heard[len(heard)-1] == "QUIT" {
			break
		}
	}
	return heard, mails
}

func TestSession(t *testing.T) {
	envelope := []string{"MAIL FROM:<ha@example.com>", "RCPT TO:<admin@example.com>", "DATA", "QUIT"}
	secret := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(secret, []byte("from file\r\nmore\n"), 0o600))
	for name, c := range map[string]struct {
		server *server
		more   []any
		before []string
	}{
		"no TLS offered": {&server{}, nil, []string{"EHLO server1"}},
		"opportunistic":  {&server{starttls: true}, nil, []string{"EHLO server1", "STARTTLS", "EHLO server1"}},
		"off":            {&server{starttls: true}, []any{"tls", "off"}, []string{"EHLO server1"}},
		"required": {&server{starttls: true}, []any{"tls", "required", "ca_file", "CA"},
			[]string{"EHLO server1", "STARTTLS", "EHLO server1"}},
		"any certificate": {&server{starttls: true}, []any{"tls", "required", "tls_skip_verify", true},
			[]string{"EHLO server1", "STARTTLS", "EHLO server1"}},
		"implicit": {&server{implicit: true}, []any{"tls", "implicit", "ca_file", "CA"}, []string{"EHLO server1"}},
		"plain": {&server{starttls: true, auth: "LOGIN PLAIN"}, []any{"username", "joe", "password", "s3cret", "ca_file", "CA"},
			[]string{"EHLO server1", "STARTTLS", "EHLO server1", plainWords("joe", "s3cret")}},
		"login": {&server{implicit: true, auth: "XOAUTH2 LOGIN"},
			[]any{"username", "joe", "password", "s3cret", "ca_file", "CA", "tls", "implicit"},
			[]string{"EHLO server1", "AUTH LOGIN", encoded("joe"), encoded("s3cret")}},
		"password file": {&server{starttls: true, auth: "PLAIN"}, []any{"username", "joe", "password_file", secret, "ca_file", "CA"},
			[]string{"EHLO server1", "STARTTLS", "EHLO server1", plainWords("joe", "from file")}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.server)
			values := with(s.address, c.more...)
			if values["ca_file"] != nil {
				values["ca_file"] = s.ca
			}
			must(t, deliver(t, values, event))
			heard, mails := said(s)
			if diff := cmp.Diff(append(c.before, envelope...), heard); diff != "" || len(mails) != 1 {
				t.Errorf("%d mails (-want +got):\n%s", len(mails), diff)
			}
		})
	}
}

// TestRefused: what is tried again, what is not, and what is said about it.
func TestRefused(t *testing.T) {
	login := []any{"username", "joe", "password", "s3cret", "ca_file", "CA"}
	protected := func(says map[string]string) *server { return &server{starttls: true, auth: "PLAIN", says: says} }
	for name, c := range map[string]struct {
		server   *server
		more     []any
		want     string
		rejected bool
	}{
		"busy":     {&server{says: map[string]string{"": "421 too busy"}}, nil, "greeting: 421 too busy", false},
		"unwanted": {&server{says: map[string]string{"": "554 no"}}, nil, "greeting: 554 no", true},
		"not SMTP": {&server{says: map[string]string{"": "RFB 003.008"}}, nil, "greeting: the answer is not SMTP", false},
		"sender":   {&server{says: map[string]string{"MAIL": "550 5.7.1 who\x07 are you"}}, nil, "MAIL FROM: 550 5.7.1 who are you", true},
		"greylist": {&server{says: map[string]string{"RCPT": "451 later"}}, nil, "admin@example.com: 451 later", false},
		"no such":  {&server{says: map[string]string{"RCPT": "550 no such user"}}, nil, "admin@example.com: 550 no such user", true},
		"spam":     {&server{says: map[string]string{"message": "554 spam"}}, nil, "the message: 554 spam", true},
		"full":     {&server{says: map[string]string{"message": "452 full"}}, nil, "the message: 452 full", false},
		"gone":     {&server{says: map[string]string{"RCPT": ""}}, nil, "RCPT TO: the server closed the connection", false},
		"no TLS":   {&server{}, []any{"tls", "required"}, `the server offers no STARTTLS, and tls = "required"`, true},
		"stripped": {&server{auth: "PLAIN"}, login, `the server offers no STARTTLS, and tls = "required"`, true},
		"TLS refused": {&server{starttls: true, says: map[string]string{"STARTTLS": "454 not now"}}, nil,
			"STARTTLS: 454 not now", false},
		"untrusted": {&server{starttls: true}, []any{"tls", "required"},
			"STARTTLS: tls: failed to verify certificate: x509: certificate signed by unknown authority", false},
		"plain at implicit": {&server{}, []any{"tls", "implicit"}, "greeting: tls: first record does not look like a TLS handshake", false},
		"password":          {protected(map[string]string{"AUTH": "535 wrong: s3cret"}), login, "the server refused username and password: 535", true},
		"later":             {protected(map[string]string{"AUTH": "454 later: s3cret"}), login, "the server refused username and password: 454", false},
		"curious": {protected(map[string]string{"AUTH": "334 "}), login,
			"the server asks for more than username and password", true},
		"garbage":  {protected(map[string]string{"AUTH": "s3cret"}), login, "AUTH: the answer is not SMTP", false},
		"no AUTH":  {&server{starttls: true}, login, "the server offers neither AUTH PLAIN nor LOGIN", true},
		"no file":  {&server{}, []any{"username", "joe", "password_file", "/no/such"}, "password_file: open /no/such: no such file or directory", false},
		"no CA":    {&server{}, []any{"ca_file", "/no/such"}, "ca_file: open /no/such: no such file or directory", false},
		"empty CA": {&server{}, []any{"ca_file", "/dev/null"}, "ca_file: /dev/null: no certificate in it", false},
		"no password": {&server{}, []any{"username", "joe", "password_file", "/dev/null"},
			"password_file: the first line of /dev/null is empty", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, c.server)
			values := with(s.address, c.more...)
			if values["ca_file"] == "CA" {
				values["ca_file"] = s.ca
			}
			err := deliver(t, values, event)
			if err == nil || err.Error() != c.want || sdk.IsRejected(err) != c.rejected {
				t.Errorf("%v, rejected %v; want %s, %v", err, sdk.IsRejected(err), c.want, c.rejected)
			}
			heard, _ := s.log()
			if name == "stripped" && strings.Contains(strings.Join(heard, " "), "AUTH") {
				t.Errorf("the password was sent: %q", heard)
			}
		})
	}
}

// TestSomeRefused: one bad recipient does not keep the mail from the others, and
// they get it once.
func TestSomeRefused(t *testing.T) {
	s := start(t, &server{says: map[string]string{"RCPT TO:<b@": "550 no such user", "RCPT TO:<c@": "451 later"}})
	err := deliver(t, with(s.address, "to", []any{"a@example.com", "b@example.com", "c@example.com", "d@example.com"}), event)
	if err == nil || err.Error() != "sent to 2 of 4: c@example.com: 451 later" || !sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
	if _, mails := s.log(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
	s = start(t, &server{says: map[string]string{"RCPT TO:<b@": "550 no such user", "RCPT TO:<c@": "451 later"}})
	err = deliver(t, with(s.address, "to", []any{"c@example.com", "b@example.com"}), event)
	if err == nil || err.Error() != "c@example.com: 451 later" || sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
}

// TestNoGoodbye: a mail that was taken is sent, whether or not there is an answer to
// QUIT.
func TestNoGoodbye(t *testing.T) {
	for name, s := range map[string]*server{
		"plain": {mute: "QUIT"}, "protected": {starttls: true, mute: "QUIT"}, "closed": {says: map[string]string{"QUIT": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			start(t, s)
			began := time.Now()
			must(t, deliver(t, with(s.address), event))
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if heard, mails := said(s); len(mails) != 1 || heard[len(heard)-1] != "QUIT" {
				t.Errorf("%d mails, %q", len(mails), heard)
			}
		})
	}
}

// TestNoServer: nobody there, nobody answering.
func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	silent := l.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := mail.Notifier.Deliver(ctx, with(silent), event); err == nil || err.Error() != "greeting: timed out" || sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
	l.Close()
	if err := deliver(t, with(silent), event); err == nil || err.Error() != silent+": connection refused" || sdk.IsRejected(err) {
		t.Errorf("%v", err)
	}
}

// TestPasswordFile: a password that everybody can read is a warning.
func TestPasswordFile(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	path := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(path, []byte("s3cret\n"), 0o600))
	for mode, lines := range map[os.FileMode]int{0o640: 0, 0o644: 1} {
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		must(t, os.Chmod(path, mode))
		s := start(t, &server{starttls: true, auth: "PLAIN"})
		must(t, deliver(t, with(s.address, "username", "joe", "password_file", path, "ca_file", s.ca), event))
		if text := log.String(); strings.Count(text, "chmod o-r\" path="+path) != lines || strings.Contains(text, "s3cret") {
			t.Errorf("%v: %s", mode, text)
		}
	}
}

// TestEndless: a server that does not stop talking is not listened to, with TLS or
// without.
func TestEndless(t *testing.T) {
	says := map[string]string{"EHLO": strings.Repeat("250-more\r\n", 1<<18)}
	for name, c := range map[string]struct {
		server *server
		more   []any
	}{
		"plain":     {&server{says: says}, nil},
		"protected": {&server{says: says, implicit: true}, []any{"tls", "implicit", "tls_skip_verify", true}},
	} {
		t.Run(name, func(t *testing.T) {
			err := deliver(t, with(start(t, c.server).address, c.more...), event)
			if want := "EHLO: the answer is not SMTP"; err == nil || err.Error() != want || sdk.IsRejected(err) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}
