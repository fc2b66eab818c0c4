package mail

import (
	"bytes"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/internal/keepalived"
	"github.com/sentinel-ha/sentinel/sdk"
)

// message returns what is sent for an event. Nothing in an event can add a header
// to it.
func (c *config) message(e sdk.Event) []byte {
	var b bytes.Buffer
	var to []string
	for _, a := range c.to {
		to = append(to, a.String())
	}
	at := e.Time
	if at.IsZero() {
		at = time.Now()
	}
	for _, header := range []struct{ name, value string }{
		{"From", c.from.String()},
		{"To", strings.Join(to, ",\r\n ")},
		{"Subject", mime.QEncoding.Encode("utf-8", line(subject(e)))},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", id(e, c.from)},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header.name, header.value)
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(body(e))) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// subject is keepalived's.
func subject(e sdk.Event) string {
	what, name := "Instance", e.Instance
	if e.Group != "" {
		what, name = "Group", e.Group
	}
	return fmt.Sprintf("[%s] VRRP %s %s - %s", e.Node, what, name, happened(e))
}

func happened(e sdk.Event) string {
	switch {
	case e.Kind == sdk.PriorityChange:
		return fmt.Sprintf("Priority is now %d", e.Priority)
	case e.Kind == sdk.Conflict && e.Peer != "":
		return "Conflict with " + e.Peer
	case e.Kind == sdk.Conflict:
		return "Conflict"
	case e.Kind == sdk.TrackerChange:
		return "Tracker has another verdict"
	case e.To == "stopped":
		return "Stopping"
	case e.Kind == sdk.Snapshot:
		return "In " + state(e.To) + " state"
	}
	return "Entering " + state(e.To) + " state"
}

func state(name string) string {
	if word := keepalived.States[name]; word != "" {
		return word
	}
	return strings.ToUpper(name)
}

// body is the text: one line for everything that is known.
func body(e sdk.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", line(subject(e)))
	states := e.To
	if e.From != "" && e.From != e.To {
		states = e.From + " -> " + e.To
	}
	peer := e.Peer
	if peer != "" {
		peer += fmt.Sprintf(" (priority %d)", e.PeerPriority)
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	for _, f := range []struct{ name, value string }{
		{"Reason", e.Reason},
		{"State", states},
		{"Priority", number(e.Priority)},
		{"Time", e.Time.Format(time.RFC3339)},
		{"Node", e.Node},
		{"Interface", e.Interface},
		{"Router", number(e.VirtualRouterID)},
		{"Peer", peer},
		{"Addresses", strings.Join(e.Addresses, ", ")},
		{"Event", e.ID},
		{"Older", number(e.Coalesced)},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", f.name+":", line(f.value))
		}
	}
	return b.String()
}

// line returns a text on one line.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// id is the same when an event is delivered again.
func id(e sdk.Event, from *mail.Address) string {
	_, domain, _ := strings.Cut(from.Address, "@")
	local := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, "sentinel-"+e.ID)
	return "<" + local + "@" + domain + ">"
}
