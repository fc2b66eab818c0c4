package ping

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Tracker asks an address for an echo.
var Tracker = sdk.Check("ping", "an address that answers ICMP echo requests", check)

type config struct {
	Address string `sentinel:"address,required" doc:"IP address or name that must answer"`
}

// Validate reports what can never answer.
func (c *config) Validate() error {
	address, err := netip.ParseAddr(c.Address)
	switch {
	case err == nil && (address.IsUnspecified() || address.IsMulticast() || address == netip.AddrFrom4([4]byte{255, 255, 255, 255})):
		return sdk.At("address", fmt.Errorf("%s is not the address of one host", c.Address))
	case err == nil && address.Is6() && address.IsLinkLocalUnicast() && address.Zone() == "":
		return sdk.At("address", fmt.Errorf("%s needs its interface: %[1]s%%eth0", c.Address))
	case err != nil && !isName(c.Address):
		return sdk.At("address", fmt.Errorf("%q is neither an IP address nor a name", c.Address))
	}
	return nil
}

// isName reports whether a text can be the name of a host, and not a misspelt
// address.
func isName(text string) bool {
	return text != "" && strings.Trim(text, "0123456789.") != "" &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("/:%[]@", r) })
}

func check(ctx context.Context, c config) sdk.Result {
	address, err := resolve(ctx, c.Address)
	if err != nil {
		return verdict(c.Address, err)
	}
	if err := echo(ctx, address); err != nil {
		return verdict(c.Address, err)
	}
	return sdk.Pass("%s answered", c.Address)
}

func resolve(ctx context.Context, text string) (netip.Addr, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap(), nil
	}
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", text)
	if err != nil {
		return netip.Addr{}, err
	}
	return list[0].Unmap(), nil
}

// lacking are errors of this machine, which say nothing about another.
var lacking = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EPERM, syscall.EACCES,
	syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, context.Canceled,
}

// verdict is what an error says about an address.
func verdict(address string, err error) sdk.Result {
	for _, lack := range lacking {
		if errors.Is(err, lack) {
			return sdk.CannotTell("cannot ask %s: %v", address, bare(err))
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return sdk.Fail("%s: no answer", address)
	}
	return sdk.Fail("%s: %v", address, bare(err))
}

// bare returns an error without the addresses and system calls around it.
func bare(err error) error {
	var right *noRight
	var number syscall.Errno
	var name *net.DNSError
	switch {
	case errors.As(err, &right):
		return right
	case errors.As(err, &number):
		return number
	case errors.As(err, &name):
		return errors.New(name.Err)
	}
	return err
}
