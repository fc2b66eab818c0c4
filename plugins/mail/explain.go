package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"syscall"

	"github.com/sentinel-ha/sentinel/sdk"
)

// at returns an error about a step of the session.
func at(step string, err error) error {
	var answer *textproto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer):
		return classify(fmt.Errorf("%s: %d %s", step, answer.Code, short(answer.Msg)), answer.Code)
	}
	return fmt.Errorf("%s: %w", step, explain(err))
}

// isAnswer reports whether an error is what the server said.
func isAnswer(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer)
}

// classify says whether to try again: 5yz is a "permanent negative completion
// reply", RFC 5321 section 4.2.1.
func classify(err error, code int) error {
	if code >= 500 {
		return sdk.Reject(err)
	}
	return err
}

// short returns what a server says for people to read.
func short(text string) string {
	text = strings.Join(strings.Fields(line(text)), " ")
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "..."
	}
	return text
}

// explain returns an error without the addresses and system calls around it.
func explain(err error) error {
	var network *net.OpError
	var number syscall.Errno
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &name):
		return fmt.Errorf("%s: %s", name.Name, name.Err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("timed out")
	case errors.As(err, &network) && network.Addr != nil && errors.As(err, &number):
		return fmt.Errorf("%v: %w", network.Addr, number)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the server closed the connection")
	case number != 0:
		return number
	case strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "x509: "):
		return err
	}
	// Its words may be ours, with the password in them.
	return errors.New("the answer is not SMTP")
}
