package mail

import (
	"errors"
	"net"
)

// mostHeard is how many bytes a server may say in one session. An answer has some
// hundreds.
const mostHeard = 1 << 20

// errEndless is a server that says more, of which net/smtp would keep all.
var errEndless = errors.New("the server does not stop talking")

// patient is a connection that listens so much and no more.
type patient struct {
	net.Conn
	left int
}

func (p *patient) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, errEndless
	}
	n, err := p.Conn.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}
