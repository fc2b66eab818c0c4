// Package sdktest is what tests of trackers and notifiers have in common.
package sdktest

import (
	"errors"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Secret is what stands for a secret in the values of tests: no error may repeat it.
const Secret = "s3cret"

// Validates compares what a tracker or a notifier says about values with what it is
// to say: nothing, if want is empty, else an error of an attribute. What ends with a
// space is how that begins. name is for messages.
func Validates(t testing.TB, name string, by interface{ Validate(sdk.Values) error }, values sdk.Values, want string) {
	t.Helper()
	err := by.Validate(values)
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	_, ok := errors.AsType[*sdk.AttributeError](err)
	switch {
	case !ok:
		t.Errorf("%s: %v, want an error of an attribute: %s", name, err, want)
	case err.Error() != want && !(strings.HasSuffix(want, " ") && strings.HasPrefix(err.Error(), want)):
		t.Errorf("%s: %v, want %s", name, err, want)
	case strings.Contains(err.Error(), Secret):
		t.Errorf("%s: a secret is repeated: %v", name, err)
	}
}
