package sdk_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TestNoError: what says more about an error makes none.
func TestNoError(t *testing.T) {
	for name, err := range map[string]error{
		"At": sdk.At("x", nil), "Reject": sdk.Reject(nil), "RetryAfter": sdk.RetryAfter(nil, time.Second),
	} {
		if err != nil {
			t.Errorf("%s(nil) is an error", name)
		}
	}
}

// TestProblems: what was joined is told apart, and what only wraps several errors is
// one.
func TestProblems(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"none":                  {nil, nil},
		"none joined":           {errors.Join(nil, nil), nil},
		"one":                   {a, []string{"a"}},
		"several":               {errors.Join(a, b), []string{"a", "b"}},
		"one of an attribute":   {sdk.At("x", a), []string{"x: a"}},
		"none of an attribute":  {errors.Join(sdk.At("x", nil), sdk.At("y", b)), []string{"y: b"}},
		"several of one":        {sdk.At("x", errors.Join(a, b)), []string{"x: a", "x: b"}},
		"several of several":    {errors.Join(errors.Join(sdk.At("x", a), b), sdk.At("y", b)), []string{"x: a", "b", "y: b"}},
		"one that says nothing": {sdk.At("x", errors.New("")), []string{"x: "}},
		"wraps two":             {fmt.Errorf("%w: %w", a, b), []string{"a: b"}},
		"wraps what was joined": {fmt.Errorf("x: %w", errors.Join(a, b)), []string{"x: a\nb"}},
	} {
		var got []string
		for _, err := range sdk.Problems(c.err) {
			got = append(got, err.Error())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
