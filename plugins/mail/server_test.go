package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is an SMTP server. What it is told to say it says instead of what is
// usual.
type server struct {
	address  string
	ca       string // file with its certificate
	starttls bool
	implicit bool
	auth     string            // mechanisms that it offers, once protected
	says     map[string]string // answers by the beginning of a command; "" for the greeting
	mute     string            // a command that it does not answer

	config *tls.Config
	wait   sync.WaitGroup
	mu     sync.Mutex
	heard  []string // commands, and what is said during AUTH
	mails  []string
}

// start starts a server.
func start(t *testing.T, s *server) *server {
	t.Helper()
	s.config, s.ca = certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.address = l.Addr().String()
	s.wait.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.wait.Go(func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
				if s.implicit {
					conn = tls.Server(conn, s.config)
				}
				s.serve(conn, s.implicit)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.wait.Wait()
	})
	return s
}

// log returns what was heard, and forgets it.
func (s *server) log() (heard []string, mails []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard, mails, s.heard, s.mails = s.heard, s.mails, nil, nil
	return heard, mails
}

func (s *server) serve(conn net.Conn, protected bool) {
	r := textproto.NewReader(bufio.NewReader(conn))
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") }
	hear := func() string {
		text, err := r.ReadLine()
		if err == nil {
			s.mu.Lock()
			s.heard = append(s.heard, text)
			s.mu.Unlock()
		}
		return text
	}
	greeting := "220 ready"
	if text, ok := s.says[""]; ok {
		greeting = text
	}
	for say(greeting); ; {
		text := hear()
		if text == "" {
			return
		}
		if s.mute != "" && strings.HasPrefix(text, s.mute) {
			continue
		}
		if answer, ok := s.answer(text); ok {
			if answer == "" {
				return
			}
			say(answer)
			continue
		}
		switch verb, _, _ := strings.Cut(text, " "); verb {
		case "EHLO":
			say("250-hello")
			if s.starttls && !protected {
				say("250-STARTTLS")
			}
			if s.auth != "" && protected {
				say("250-AUTH " + s.auth)
			}
			say("250 SIZE 1000000")
		case "STARTTLS":
			say("220 go ahead")
			s.serveProtected(conn)
			return
		case "AUTH":
			if text == "AUTH LOGIN" {
				say("334 " + base64.StdEncoding.EncodeToString([]byte("Username:")))
				hear()
				say("334 " + base64.StdEncoding.EncodeToString([]byte("Password:")))
				hear()
			}
			say("235 welcome")
		case "DATA":
			say("354 go on")
			b, _ := r.ReadDotBytes()
			s.mu.Lock()
			s.mails = append(s.mails, string(b))
			s.mu.Unlock()
			answer, _ := s.answer("message")
			say(answer)
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// serveProtected goes on after STARTTLS, without another greeting.
func (s *server) serveProtected(conn net.Conn) {
	inner := &server{auth: s.auth, says: map[string]string{"": "\x00"}, mute: s.mute, config: s.config}
	for command, answer := range s.says {
		if command != "" {
			inner.says[command] = answer
		}
	}
	inner.serve(&quiet{Conn: tls.Server(conn, s.config)}, true)
	heard, mails := inner.log()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard, s.mails = append(s.heard, heard...), append(s.mails, mails...)
}

// quiet does not send the greeting of NUL.
type quiet struct{ net.Conn }

func (q *quiet) Write(b []byte) (int, error) {
	if b[0] == 0 {
		return len(b), nil
	}
	return q.Conn.Write(b)
}

func (s *server) answer(text string) (answer string, ok bool) {
	for command, answer := range s.says {
		if command != "" && strings.HasPrefix(text, command) {
			return answer, true
		}
	}
	return "250 ok", false
}

// certificate makes one for 127.0.0.1, and a file to trust it.
func certificate(t *testing.T) (config *tls.Config, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	file = filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func plainWords(username, password string) string {
	return "AUTH PLAIN " + encoded(fmt.Sprintf("\x00%s\x00%s", username, password))
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
