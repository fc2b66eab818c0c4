// Package web is what the plugins that talk to servers have in common: which
// certificates they trust, what they make of errors, and what is wrong with a URL,
// a header or a user name.
package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"syscall"
)

// Trust makes a configuration trust the certificates of a file, or those of the
// system if there is none.
func Trust(config *tls.Config, caFile string) (*tls.Config, error) {
	if caFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca_file: %s: no certificate in it", caFile)
	}
	return config, nil
}

// ours are errors of this machine. EACCES is none: so an IPv6 connection ends that a
// firewall elsewhere prohibits. One here that drops it is EPERM.
var ours = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EADDRNOTAVAIL, syscall.EPERM,
	context.Canceled,
}

// IsOurs reports whether an error of a connection is this machine's, which says
// nothing about the server.
func IsOurs(err error) bool {
	return slices.ContainsFunc(ours, func(own error) bool { return errors.Is(err, own) })
}

// Closed is what [Bare] says of an answer that ends too early, over HTTP.
const Closed = "the connection was closed in the middle of the answer"

// Bare returns an error without the request, the addresses and the system calls
// around it. closed is for a connection that ended too early. What is none of
// these is passed to plain, as it may quote what the server said, which may be
// what it was told: a secret.
func Bare(err error, closed string, plain func(error) error) error {
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err
	}
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
		return errors.New(closed)
	case number != 0:
		return number
	}
	return plain(err)
}
