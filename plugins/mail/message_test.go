package mail_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/plugins/mail"
	"github.com/sentinel-ha/sentinel/sdk"
)

// sent returns the mail for an event, as its reader sees it, and as it was sent.
func sent(t *testing.T, e sdk.Event, more ...any) (m *netmail.Message, body, raw string) {
	t.Helper()
	s := start(t, &server{})
	must(t, deliver(t, with(s.address, more...), e))
	_, mails := said(s)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m, err := netmail.ReadMessage(strings.NewReader(mails[0]))
	must(t, err)
	b, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	must(t, err)
	return m, string(b), mails[0]
}

func change(f func(*sdk.Event)) sdk.Event {
	e := event
	f(&e)
	return e
}

func TestMessage(t *testing.T) {
	_, _, raw := sent(t, event, "from", "Jöe <ha@example.com>", "to", []any{"a@example.com", "Admin <b@example.com>"})
	const want = `From: =?utf-8?q?J=C3=B6e?= <ha@example.com>
To: <a@example.com>,
 "Admin" <b@example.com>
Subject: [server1] VRRP Instance VI_1 - Entering MASTER state
Date: Fri, 02 Jan 2026 03:04:05 +0000
Message-ID: <sentinel-4f2a-VI_1-7@example.com>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

[server1] VRRP Instance VI_1 - Entering MASTER state

Reason:    active router silent for 3.61s
State:     backup -> active
Priority:  150
Time:      2026-01-02T03:04:05Z
Node:      server1
Interface: eth0
Router:    51
Peer:      192.168.1.2 (priority 100)
Addresses: 192.168.1.100/24, 2001:db8::1/64
Event:     4f2a-VI_1-7
Older:     2
`
	if diff := cmp.Diff(want, raw); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSubjects: they are keepalived's, where it has one.
func TestSubjects(t *testing.T) {
	for want, e := range map[string]sdk.Event{
		"[server1] VRRP Instance VI_1 - Entering BACKUP state": change(func(e *sdk.Event) { e.To = "backup" }),
		"[server1] VRRP Instance VI_1 - Entering FAULT state":  change(func(e *sdk.Event) { e.To = "fault" }),
		"[server1] VRRP Instance VI_1 - Stopping":              change(func(e *sdk.Event) { e.To = "stopped" }),
		"[server1] VRRP Group G1 - Entering MASTER state":      change(func(e *sdk.Event) { e.Instance, e.Group = "", "G1" }),
		"[server1] VRRP Instance VI_1 - In MASTER state":       change(func(e *sdk.Event) { e.Kind = sdk.Snapshot }),
		"[server1] VRRP Instance VI_1 - Priority is now 150":   change(func(e *sdk.Event) { e.Kind = sdk.PriorityChange }),
		"[server1] VRRP Instance VI_1 - Conflict with 192.168.1.2": change(func(e *sdk.Event) {
			e.Kind = sdk.Conflict
		}),
	} {
		if m, _, _ := sent(t, e); m.Header.Get("Subject") != want {
			t.Errorf("%s, want %s", m.Header.Get("Subject"), want)
		}
	}
}

// TestInjection: nothing in an event becomes a header, a line or an end.
func TestInjection(t *testing.T) {
	const evil = "x\r\nBcc: victim@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>\u2028y"
	m, body, raw := sent(t, sdk.Event{
		ID: evil, Kind: sdk.Transition, Time: time.Unix(0, 0), Node: evil, Instance: evil, Interface: evil, From: evil, To: evil,
		Peer: evil, Addresses: []string{evil}, Reason: evil + strings.Repeat("é", 2000),
	})
	if len(m.Header) != 9 || m.Header.Get("Bcc") != "" {
		t.Errorf("%v", m.Header)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || strings.ContainsAny(subject, "\r\n\u2028") {
		t.Errorf("%q, %v", subject, err)
	}
	for line := range strings.Lines(raw) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if n := strings.Count(strings.TrimSpace(body), "\n"); n != 9 {
		t.Errorf("%d lines:\n%s", n, body)
	}
}

func TestValidateAddresses(t *testing.T) {
	for _, text := range []string{
		"", "admin", "a b@example.com", "a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com",
		"A\r\nBcc: x <a@example.com>", `"a b"@example.com`, "ä@example.com", "<a@example.com",
	} {
		for _, attribute := range []string{"from", "to"} {
			values := with("192.0.2.25")
			values[attribute] = text
			if attribute == "to" {
				values[attribute] = []any{"a@example.com", text}
			}
			if err := mail.Notifier.Validate(values); err == nil || !strings.HasPrefix(err.Error(), attribute+": ") {
				t.Errorf("%s %q: %v", attribute, text, err)
			}
		}
	}
}
