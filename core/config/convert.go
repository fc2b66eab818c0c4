package config

import (
	"fmt"
	"math/big"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// text takes a string. Numbers are not made into one: 0123 would lose its zero.
func text(v value) (string, string) {
	if v.Type() != cty.String {
		return "", fmt.Sprintf("%s is not text. Text is written in quotes.", v)
	}
	return v.AsString(), ""
}

// boolean takes true and false.
func boolean(v value) (bool, string) {
	b, err := convert.Convert(v.Value, cty.Bool)
	if err != nil {
		return false, fmt.Sprintf("%s is not true or false. Write one of these, without quotes.", v)
	}
	return b.True(), ""
}

// whole takes a whole number in a range. The text of one is taken too, because
// that is what -var makes of a variable without a default.
func whole[T uint8 | int | int64](least, most T) conversion[T] {
	wanted := fmt.Sprintf("a whole number from %d to %d", least, most)
	if most == least+1 {
		wanted = fmt.Sprintf("%d or %d", least, most)
	}
	return func(v value) (T, string) {
		n, err := convert.Convert(v.Value, cty.Number)
		if err != nil {
			return 0, fmt.Sprintf("%s is not a number. It must be %s.", v, wanted)
		}
		f := n.AsBigFloat()
		i, accuracy := f.Int64()
		switch {
		case accuracy != big.Exact && !f.IsInt():
			return 0, fmt.Sprintf("%s is not a whole number. It must be %s.", value{n, v.at, v.hidden}, wanted)
		case accuracy != big.Exact || i < int64(least) || i > int64(most):
			return 0, fmt.Sprintf("%s is out of range. It must be %s.", value{n, v.at, v.hidden}, wanted)
		}
		return T(i), ""
	}
}

// choice takes one of several words. Slips are words that people use instead,
// and what to tell them.
func choice[T any](words []string, values []T, slips map[string]string) conversion[T] {
	return func(v value) (T, string) {
		var zero T
		word, wrong := text(v)
		i := slices.Index(words, word)
		hint := ""
		if !v.hidden {
			hint = didYouMean(word, words)
		}
		switch {
		case wrong != "":
			return zero, fmt.Sprintf("%s is not text. It must be %s.", v, either(words))
		case i >= 0:
			return values[i], ""
		case slips[strings.ToLower(word)] != "":
			return zero, fmt.Sprintf("%s is not possible here. %s", v, slips[strings.ToLower(word)])
		}
		return zero, fmt.Sprintf("%s is not possible here.%s It must be %s.", v, hint, either(words))
	}
}

// durationPattern is stricter than [time.ParseDuration], which rounds, and
// takes signs and "0" without a unit.
var durationPattern = regexp.MustCompile(`^-?([0-9]+(\.[0-9]{1,3})?(h|m|s|ms|us|µs))+$`)

// duration takes a time with a unit, in a range. Nothing is rounded: digits
// that the unit cannot hold do not pass the pattern.
func duration(least, most time.Duration) conversion[time.Duration] {
	return func(v value) (time.Duration, string) {
		written, wrong := text(v)
		bare := strings.Trim(v.String(), `"`)
		if _, err := strconv.ParseFloat(bare, 64); err == nil {
			return 0, fmt.Sprintf(`%s has no unit. Write it in quotes and with a unit, such as "%ss" or "%[2]sms".`, v, bare)
		}
		if wrong != "" || !durationPattern.MatchString(written) {
			return 0, fmt.Sprintf(`%s is not a time. Write a number, with at most three decimals, and a unit, in quotes: h, m, s, ms or us, such as "1.5s" or "1m30s".`, v)
		}
		d, err := time.ParseDuration(written)
		if err != nil || d < least || d > most {
			return 0, fmt.Sprintf("%s is out of range. It must be from %s to %s.", v, short(least), short(most))
		}
		return d, ""
	}
}

// short writes a duration as one would type it: 1h and not 1h0m0s, 255s and not
// 4m15s.
func short(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h"
	case d == 0 || d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return d.String()
}

// path takes the path of a file or directory, relative to the file that says it.
func (b *block) path(v value) (string, string) {
	path, wrong := text(v)
	switch {
	case wrong != "":
		return "", wrong
	case path == "" || !isText(path):
		return "", fmt.Sprintf("%s is not a path.", v)
	case !filepath.IsAbs(path):
		path = filepath.Join(b.src.dir, path)
	}
	return path, ""
}

// maxName is IFNAMSIZ without the zero that ends it: the longest interface name
// and the longest label, in bytes.
const maxName = 15

// interfaceName takes what Linux takes for a name: 1 to 15 bytes, no slash,
// colon, space, or %, and neither "." nor ".." (dev_valid_name in
// net/core/dev.c, and dev_alloc_name, where % would be a pattern).
func interfaceName(v value) (string, string) {
	name, wrong := text(v)
	if wrong != "" {
		return "", fmt.Sprintf(`%s is not an interface's name. Write it in quotes: "eth0".`, v)
	}
	forbidden := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("/:%\ufffd", r)
	}
	switch before, _, alias := strings.Cut(name, ":"); {
	case name == "":
		return "", `The name is empty. Write an interface's name, such as "eth0".`
	case alias && !v.hidden && before != "" && !strings.ContainsFunc(before, forbidden):
		return "", fmt.Sprintf("%s is a label, and not an interface. Write %q; a label belongs in a virtual_address block.", v, before)
	case name == "." || name == ".." || strings.ContainsFunc(name, forbidden):
		return "", fmt.Sprintf("%s cannot be an interface's name. It has no spaces, slashes, colons, or percent signs.", v)
	case len(name) > maxName:
		return "", fmt.Sprintf("%s has %d bytes. An interface's name has at most %d.", v, len(name), maxName)
	}
	return name, ""
}
