package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

type config struct {
	Server       string   `sentinel:"server,required" doc:"host or host:port of the SMTP server, port 25 by default"`
	From         string   `sentinel:"from,required" doc:"address of the sender"`
	To           []string `sentinel:"to,required" doc:"addresses of the recipients"`
	TLS          string   `sentinel:"tls" oneof:"required,opportunistic,implicit,off" doc:"how the connection is protected: by default implicit on port 465, else required with a username and opportunistic without"`
	Username     string   `sentinel:"username,nonempty" doc:"who sends, for the server"`
	Password     string   `sentinel:"password,secret,nonempty" doc:"password of username"`
	PasswordFile string   `sentinel:"password_file,nonempty" doc:"instead of password: a file with it"`
	CAFile       string   `sentinel:"ca_file,nonempty" doc:"file of certificates to trust, the system's by default"`
	SkipVerify   bool     `sentinel:"tls_skip_verify" default:"false" doc:"any certificate is accepted"`
	Helo         string   `sentinel:"helo,nonempty" doc:"name of this machine for the server, the host name by default"`

	host, port string
	from       *mail.Address
	to         []*mail.Address
}

// Values of tls.
const (
	required      = "required"
	opportunistic = "opportunistic"
	implicit      = "implicit"
	off           = "off"
)

// Validate reports what can never be sent, and prepares the rest.
func (c *config) Validate() error {
	return errors.Join(
		sdk.At("server", c.readServer()), // before tls, which depends on the port
		sdk.At("from", c.readFrom()),
		sdk.At("to", c.readTo()),
		sdk.At("username", c.checkUsername()),
		sdk.At("password", c.checkPassword()),
		sdk.At("tls", c.readTLS()),
		sdk.At("helo", c.readHelo()),
		sdk.At("password_file", c.checkPasswordFile()),
		sdk.At("ca_file", web.CheckCAFile(c.CAFile, c.SkipVerify)),
	)
}

func (c *config) readServer() (err error) {
	c.host, c.port = c.Server, "25"
	if strings.Count(c.Server, ":") == 1 || strings.HasPrefix(c.Server, "[") && !strings.HasSuffix(c.Server, "]") {
		c.host, c.port, err = net.SplitHostPort(c.Server)
	}
	c.host = strings.Trim(c.host, "[]")
	if err != nil || !isName(c.host) {
		return fmt.Errorf(`%q must be a host or host:port, such as "smtp.example.com:587"`, c.Server)
	}
	if n, err := strconv.ParseUint(c.port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("port %q must be a number of 1 to 65535", c.port)
	}
	return nil
}

// isName reports whether a text can be the name or address of a host.
func isName(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/@[]<>"`, r) })
}

func (c *config) readFrom() (err error) {
	c.from, err = address(c.From)
	return err
}

func (c *config) readTo() error {
	if len(c.To) == 0 {
		return errors.New("must not be empty")
	}
	var errs []error
	for _, text := range c.To {
		to, err := address(text)
		if err != nil {
			errs = append(errs, err)
		}
		c.to = append(c.to, to)
	}
	return errors.Join(errs...)
}

// address reads one that every server understands.
func address(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no mail address: %w", text, err)
	}
	if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"`, r) }) {
		return nil, fmt.Errorf("%q: an address must be of ASCII, without spaces and quotes", text)
	}
	return a, nil
}

func (c *config) checkUsername() error {
	if c.Username == "" && c.Password+c.PasswordFile != "" {
		return errors.New("is required with a password")
	}
	return nil
}

func (c *config) checkPassword() error {
	switch {
	case c.Username != "" && c.Password == "" && c.PasswordFile == "":
		return errors.New("is required with username, or password_file")
	case c.Password != "" && c.PasswordFile != "":
		return errors.New("cannot be used together with password_file")
	}
	return nil
}

func (c *config) readTLS() error {
	switch {
	case c.TLS == "" && c.port == "465":
		c.TLS = implicit
	case c.TLS == "" && c.Username != "":
		c.TLS = required
	case c.TLS == "":
		c.TLS = opportunistic
	case c.Username != "" && (c.TLS == opportunistic || c.TLS == off):
		return fmt.Errorf("must be required or implicit with username: %s would send the password to whoever listens", c.TLS)
	}
	return nil
}

func (c *config) readHelo() error {
	if c.Helo == "" {
		c.Helo, _ = os.Hostname()
		if !isName(c.Helo) {
			c.Helo = "localhost"
		}
	}
	if !isName(c.Helo) {
		return fmt.Errorf("%q is no name of a host", c.Helo)
	}
	return nil
}

func (c *config) checkPasswordFile() error {
	if c.PasswordFile != "" && !filepath.IsAbs(c.PasswordFile) {
		return fmt.Errorf("%q must begin with a slash", c.PasswordFile)
	}
	return nil
}

// longestPassword bounds what is read of a file.
const longestPassword = 4 << 10

// password returns the password, if there is one.
func (c *config) password() (string, error) {
	if c.PasswordFile == "" {
		return c.Password, nil
	}
	f, err := os.Open(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password_file: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		slog.Warn("every user of this machine can read a password: take the right away with chmod o-r", "path", c.PasswordFile)
	}
	text, err := io.ReadAll(io.LimitReader(f, longestPassword))
	if err != nil {
		return "", fmt.Errorf("password_file: %w", err)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
		return "", fmt.Errorf("password_file: the first line of %s is empty", c.PasswordFile)
	}
	return string(line), nil
}
