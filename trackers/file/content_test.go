package file

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sentinel-ha/sentinel/sdk"
	"github.com/sentinel-ha/sentinel/sdk/sdktest"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "+5": 5, "-5": -5, "007": 7, "-0": 0,
		"42\n": 42, " \t 42 \r\n": 42, "\n\n42\v\f": 42,
		"2147483647": 2147483647, "-2147483648": -2147483648,
		strings.Repeat(" ", 63) + "7": 7,
		strings.Repeat("0", 63) + "7": 7,
	} {
		got, err := parse(text)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"abc":                         `"abc", not a whole number`,
		"":                            `"", not a whole number`,
		"0x10":                        `"0x10", not a whole number`,
		"0b1":                         `"0b1", not a whole number`,
		"1_000":                       `"1_000", not a whole number`,
		"1e3":                         `"1e3", not a whole number`,
		"1.0":                         `"1.0", not a whole number`,
		"1,000":                       `"1,000", not a whole number`,
		"- 1":                         `"- 1", not a whole number`,
		"--1":                         `"--1", not a whole number`,
		"+":                           `"+", not a whole number`,
		"1 2":                         `"1 2", not a whole number`,
		"1\n2\n":                      `"1\n2", not a whole number`,
		"1 # one":                     `"1 # one", not a whole number`,
		"1\x00":                       `"1\x00", not a whole number`,
		"\x001":                       `"\x001", not a whole number`,
		"\ufeff1":                     `"\ufeff1", not a whole number`,
		"\u00a01":                     `"\u00a01", not a whole number`,
		"١":                           `"١", not a whole number`,
		"\xff":                        `"\xff", not a whole number`,
		"2147483648":                  `"2147483648", which is out of range`,
		"-2147483649":                 `"-2147483649", which is out of range`,
		"99999999999999999999":        `"99999999999999999999", which is out of range`,
		"999999999999999999999":       `"99999999999999999999"..., which is out of range`,
		"exactly twenty bytes":        `"exactly twenty bytes", not a whole number`,
		"a bit more than twenty":      `"a bit more than twen"..., not a whole number`,
		strings.Repeat(" ", 64) + "7": `more than 64 bytes, not a whole number`,
		strings.Repeat("1", 65):       `more than 64 bytes, not a whole number`,
	} {
		got, err := parse(text)
		if err == nil || err.Error() != want || got != 0 {
			t.Errorf("%q: %d, %v, want %s", text, got, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		values sdk.Values
		want   string
	}{
		{sdk.Values{"path": "/run/x"}, ""},
		{sdk.Values{"path": "/run/x", "initial_value": int64(-3), "max_age": time.Minute}, ""},
		{sdk.Values{}, "path: is required"},
		{sdk.Values{"path": ""}, "path: must begin with a slash"},
		{sdk.Values{"path": "x"}, "path: must begin with a slash"},
		{sdk.Values{"path": "./x"}, "path: must begin with a slash"},
		{sdk.Values{"path": "/"}, "path: must not end with a slash: it names a directory"},
		{sdk.Values{"path": "/run/x/"}, "path: must not end with a slash: it names a directory"},
		{sdk.Values{"path": "/run/\x00"}, "path: must not hold a zero byte"},
		{sdk.Values{"path": "/x", "initial_value": int64(1 << 31)}, "initial_value: 2147483648 is too large: at most 2147483647"},
		{sdk.Values{"path": "/x", "max_age": time.Duration(0)}, "max_age: 0s is too small: at least 100ms"},
	} {
		sdktest.Validates(t, fmt.Sprint(c.values), Tracker, c.values, c.want)
	}
	if !Tracker.Measures() || Tracker.Polled() {
		t.Error("it must measure, and not be polled")
	}
}
