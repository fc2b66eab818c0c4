package sdk_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/sentinel-ha/sentinel/sdk"
)

type pattern struct {
	Pattern string `sentinel:"pattern,secret"`
}

func (c *pattern) Validate() error {
	regexp.MustCompile(c.Pattern)
	return nil
}

// TestValidatePanics: it is an error that says where, and not the value, which holds
// a secret here; whoever asks.
func TestValidatePanics(t *testing.T) {
	tracker := sdk.Watch("x", "", func(context.Context, pattern, func(sdk.Result)) error { return nil })
	notifier := sdk.Notify("x", "", func(context.Context, pattern, sdk.Event) error { return nil })
	values := sdk.Values{"pattern": "(s3cret"}
	for name, err := range map[string]error{
		"validation": tracker.Validate(values),
		"run":        tracker.Run(t.Context(), values, sdk.Schedule{}, func(sdk.Result) {}),
		"delivery":   notifier.Deliver(t.Context(), values, sdk.Event{}),
	} {
		want := regexp.MustCompile(`^Validate panics: regexp\.MustCompile \(regexp\.go:\d+\), called by .*\.\(\*pattern\)\.Validate \(panics_test\.go:\d+\)$`)
		if err == nil || !want.MatchString(err.Error()) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
