package mail

import (
	"errors"
	"fmt"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// authenticate is done on a protected connection only; the configuration sees to
// that.
func (c *config) authenticate(client *smtp.Client, password string) error {
	_, parameters := client.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(parameters))
	var auth smtp.Auth
	switch {
	case slices.Contains(offered, "PLAIN"):
		auth = &plain{c.Username, password}
	case slices.Contains(offered, "LOGIN"):
		auth = &login{answers: []string{c.Username, password}}
	default:
		return sdk.Reject(errors.New("the server offers neither AUTH PLAIN nor LOGIN"))
	}
	err := client.Auth(auth)
	var answer *textproto.Error
	switch {
	case errors.As(err, &answer):
		// Its words may be ours, with the password in them.
		return classify(fmt.Errorf("the server refused username and password: %d", answer.Code), answer.Code)
	case errors.Is(err, errTooCurious):
		return sdk.Reject(err)
	}
	return at("AUTH", err)
}

// errTooCurious is a server that asks more than there is to know.
var errTooCurious = errors.New("the server asks for more than username and password")

// plain is AUTH PLAIN, RFC 4616. That of net/smtp knows of no TLS but its own.
type plain struct{ username, password string }

func (p *plain) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + p.username + "\x00" + p.password), nil
}

func (p *plain) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errTooCurious
	}
	return nil, nil
}

// login is AUTH LOGIN, which asks for the username and then for the password,
// with words of its own.
type login struct{ answers []string }

func (l *login) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (l *login) Next(_ []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case len(l.answers) == 0:
		return nil, errTooCurious
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}
