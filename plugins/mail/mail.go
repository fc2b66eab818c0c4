package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Notifier sends a mail for every event.
var Notifier = sdk.Notify("mail", "sends mails by SMTP", notify)

// farewell bounds the writing of the last word, to which no answer is awaited.
const farewell = time.Second

func notify(ctx context.Context, c config, e sdk.Event) error {
	password, err := c.password()
	if err != nil {
		return err
	}
	trust, err := c.trust()
	if err != nil {
		return err
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(c.host, c.port))
	if err != nil {
		return explain(err)
	}
	defer raw.Close()
	// What is not over in time is over: the deadline ends every read and write.
	defer context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })()
	conn := net.Conn(&patient{Conn: raw, left: mostHeard})
	if c.TLS == implicit {
		conn = tls.Client(conn, trust)
	}
	client, err := smtp.NewClient(conn, c.host)
	if err != nil {
		return at("greeting", err)
	}
	if err := c.begin(client, trust, password); err != nil {
		return err
	}
	if err := c.send(client, c.message(e)); err != nil {
		return err
	}
	// The mail is the server's already. Who waited for an answer here, in vain, would
	// send it again and again.
	_ = raw.SetDeadline(time.Now().Add(farewell))
	_, _ = client.Text.Cmd("QUIT")
	return nil
}

// begin makes a session in which mail can be sent.
func (c *config) begin(client *smtp.Client, trust *tls.Config, password string) error {
	if err := client.Hello(c.Helo); err != nil {
		return at("EHLO", err)
	}
	if c.TLS == required || c.TLS == opportunistic {
		offered, _ := client.Extension("STARTTLS")
		switch {
		case offered:
			if err := client.StartTLS(trust); err != nil {
				return at("STARTTLS", err)
			}
		case c.TLS == required:
			return sdk.Reject(errors.New(`the server offers no STARTTLS, and tls = "required"`))
		}
	}
	if c.Username == "" {
		return nil
	}
	return c.authenticate(client, password)
}

// send sends a message to everybody who is not refused.
func (c *config) send(client *smtp.Client, message []byte) error {
	if err := client.Mail(c.from.Address); err != nil {
		return at("MAIL FROM", err)
	}
	var refused error
	accepted := 0
	for _, to := range c.to {
		err := client.Rcpt(to.Address)
		switch {
		case err == nil:
			accepted++
		case !isAnswer(err):
			return at("RCPT TO", err)
		case refused == nil || sdk.IsRejected(refused):
			refused = at(to.Address, err) // one that may do better is preferred
		}
	}
	if accepted == 0 {
		return refused
	}
	w, err := client.Data()
	if err != nil {
		return at("DATA", err)
	}
	if _, err := w.Write(message); err != nil {
		return at("DATA", err)
	}
	if err := w.Close(); err != nil {
		return at("the message", err)
	}
	if refused != nil {
		return sdk.Reject(fmt.Errorf("sent to %d of %d: %w", accepted, len(c.to), refused))
	}
	return nil
}

// trust returns which certificates are accepted.
func (c *config) trust() (*tls.Config, error) {
	config := &tls.Config{ServerName: c.host, InsecureSkipVerify: c.SkipVerify || c.TLS == opportunistic}
	return web.Trust(config, c.CAFile)
}
