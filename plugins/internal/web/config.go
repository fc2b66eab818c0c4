package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// CheckURL reports why a URL cannot be asked, without quoting it.
func CheckURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must begin with http:// or https://")
	case u.Hostname() == "":
		return errors.New("is without a host")
	case u.Port() == "0" || len(u.Port()) > 5 || len(u.Port()) == 5 && u.Port() > "65535":
		return errors.New("port must be a number of 1 to 65535")
	case u.User != nil:
		return errors.New("must not hold a user: use username and password")
	}
	return nil
}

// framing are headers that are made, whatever is configured.
var framing = []string{"Connection", "Content-Length", "Trailer", "Transfer-Encoding"}

// CheckHeaders reports why headers cannot be sent: they are none, are among those
// that are made anyway, or contradict the user name. The values are not quoted.
func CheckHeaders(headers map[string]string, username string, made ...string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !IsToken(name):
			errs = append(errs, fmt.Errorf("%q is no name of a header", name))
		case slices.Contains(framing, canonical), slices.Contains(made, canonical):
			errs = append(errs, fmt.Errorf("%s cannot be set", canonical))
		case canonical == "Authorization" && username != "":
			errs = append(errs, errors.New("cannot hold Authorization together with username"))
		}
		if strings.ContainsFunc(headers[name], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			errs = append(errs, fmt.Errorf("must have one line for %s", canonical))
		}
	}
	return errors.Join(errs...)
}

// CheckUsername reports why a name cannot be used for basic authentication.
func CheckUsername(username, password string) error {
	switch {
	case username == "" && password != "":
		return errors.New("is required with password")
	case strings.Contains(username, ":"):
		return errors.New("must not contain a colon")
	}
	return nil
}

// CheckCAFile reports why a file of certificates cannot be used.
func CheckCAFile(path string, skipVerify bool) error {
	switch {
	case path == "":
		return nil
	case !filepath.IsAbs(path):
		return fmt.Errorf("%q must begin with a slash", path)
	case skipVerify:
		return errors.New("cannot be used together with tls_skip_verify")
	}
	return nil
}

// IsToken reports whether a word can be a method or the name of a header.
func IsToken(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
