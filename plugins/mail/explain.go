package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
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
func explain(err error) error { return web.Bare(err, "the server closed the connection", spoken) }

// spoken returns an error unless it may quote what the server said: its words may
// be ours, with the password in them.
func spoken(err error) error {
	if strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "x509: ") {
		return err
	}
	return errors.New("the answer is not SMTP")
}
