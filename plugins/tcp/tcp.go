package tcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker connects to a TCP port.
var Tracker = sdk.Check("tcp", "a TCP port that accepts connections", check)

type config struct {
	Address string `sentinel:"address,required" doc:"host:port that must accept a connection"`
	Send    string `sentinel:"send,secret,nonempty" doc:"what to say once connected"`
	Expect  string `sentinel:"expect,nonempty" doc:"text that the answer must contain"`
}

// Validate reports an address that is none.
func (c *config) Validate() error {
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil || host == "" {
		return sdk.At("address", fmt.Errorf(`%q must be host:port, such as "192.0.2.1:80" or "[2001:db8::1]:80"`, c.Address))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return sdk.At("address", fmt.Errorf("port %q must be a number of 1 to 65535", port))
	}
	return nil
}

func check(ctx context.Context, c config) sdk.Result {
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return verdict(c.Address, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if c.Send != "" {
		if _, err := io.WriteString(conn, c.Send); err != nil {
			return verdict(c.Address, err)
		}
	}
	if c.Expect == "" {
		return sdk.Pass("%s accepts connections", c.Address)
	}
	answer, err := read(conn, c.Expect)
	switch {
	case strings.Contains(answer, c.Expect):
		return sdk.Pass("%s answered %q", c.Address, c.Expect)
	case err != nil && err != io.EOF:
		return verdict(c.Address, err)
	case answer == "":
		return sdk.Fail("%s closed the connection without an answer", c.Address)
	}
	return sdk.Fail("%s answered %s, without %q", c.Address, c.shown(answer), c.Expect)
}

// longestAnswer is how much of an answer is looked at.
const longestAnswer = 64 << 10

// read reads until a text has come, or no more will.
func read(conn io.Reader, expect string) (answer string, err error) {
	var text []byte
	buffer := make([]byte, 4<<10)
	for len(text) < longestAnswer {
		n, err := conn.Read(buffer[:min(len(buffer), longestAnswer-len(text))])
		// The text may have begun in what came before.
		from := max(0, len(text)-len(expect))
		text = append(text, buffer[:n]...)
		if err != nil || strings.Contains(string(text[from:]), expect) {
			return string(text), err
		}
	}
	return string(text), nil
}

// shown returns the beginning of an answer for people to read.
func (c *config) shown(answer string) string {
	if said := strings.TrimSpace(c.Send); said != "" && strings.Contains(answer, said) {
		return "what was sent" // perhaps a password
	}
	line, _, _ := strings.Cut(strings.TrimSpace(answer), "\n")
	if line = strings.TrimSpace(line); len(line) > 80 {
		line = strings.ToValidUTF8(line[:80], "") + "..."
	}
	return strconv.Quote(line)
}

// verdict is what an error says about an address.
func verdict(address string, err error) sdk.Result {
	if web.IsOurs(err) {
		return sdk.CannotTell("cannot connect to %s: %v", address, bare(err))
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return sdk.Fail("%s: timed out", address)
	}
	return sdk.Fail("%s: %v", address, bare(err))
}

// bare returns an error without the addresses and system calls around it.
func bare(err error) error {
	var number syscall.Errno
	var name *net.DNSError
	switch {
	case errors.As(err, &number):
		return number
	case errors.As(err, &name):
		return errors.New(name.Err)
	}
	return err
}
