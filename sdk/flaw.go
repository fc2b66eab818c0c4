package sdk

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what can be configured: a whole number is from -LargestInt to LargestInt,
// a duration from 0 to LongestDuration.
const (
	LargestInt      int64 = 1 << 53
	LongestDuration       = 365 * 24 * time.Hour
)

// LongestName is the maximum length of the name of a type or an attribute, in bytes.
const LongestName = 64

// Flaw returns what is wrong with the declaration of the attribute, whatever value it
// is given; nil if nothing is. Its name must not be one of reserved.
func (a *Attribute) Flaw(reserved []string) error {
	if err := a.checkName(reserved); err != nil {
		return err
	}
	switch {
	case !utf8.ValidString(a.Doc):
		return errors.New("doc: is not UTF-8")
	case len(a.OneOf) > 0 && a.Type.Kind != String:
		return errors.New("one of: only strings can be one of a list")
	case a.NotEmpty && !a.Type.HasLength():
		return fmt.Errorf("nonempty: a %v is never empty", a.Type)
	case a.Events && a.Type.Kind != Map:
		return fmt.Errorf("events: a %v has no keys that are events", a.Type)
	}
	if err := a.checkBounds(); err != nil || a.Default == nil {
		return err
	}
	if a.Required {
		return errors.New("is required and has a default")
	}
	err := a.Check(a.Default)
	if err == nil {
		err = expressible(a.Default)
	}
	if err != nil {
		return fmt.Errorf("default: %w", err)
	}
	return nil
}

func (a *Attribute) checkName(reserved []string) error {
	switch {
	case a.Name == "", strings.Trim(a.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
		return errors.New("the name must be of a-z, 0-9 and _")
	case len(a.Name) > LongestName:
		return fmt.Errorf("the name must be no longer than %d", LongestName)
	case a.Name[0] <= '9':
		return errors.New("the name must not begin with a digit, because no line can")
	case slices.Contains(reserved, a.Name):
		return errors.New("the name belongs to Sentinel: take another one")
	}
	return nil
}

// checkBounds reports bounds that do not bound anything, or leave nothing.
func (a *Attribute) checkBounds() error {
	plain := Attribute{Type: a.Type}
	for _, bound := range []struct {
		what  string
		value any
	}{{"min", a.Min}, {"max", a.Max}} {
		if bound.value == nil {
			continue
		}
		if a.Type.Kind != Int && a.Type.Kind != Float && a.Type.Kind != Duration {
			return fmt.Errorf("%s: a %v has no bounds", bound.what, a.Type)
		}
		err := plain.Check(bound.value)
		if err == nil {
			err = expressible(bound.value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", bound.what, err)
		}
	}
	if a.Min != nil && a.Max != nil && less(a.Max, a.Min) {
		return fmt.Errorf("min %v is more than max %v: no value is allowed", a.Min, a.Max)
	}
	return nil
}

// expressible reports a value that nobody could type.
func expressible(value any) error {
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) {
			return errors.New("is not UTF-8")
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%v is no number that can be configured", v)
		}
	case int64:
		if v < -LargestInt || v > LargestInt {
			return fmt.Errorf("%d cannot be configured: a whole number is from %d to %d", v, -LargestInt, LargestInt)
		}
	case time.Duration:
		if v < 0 || v > LongestDuration {
			return fmt.Errorf("%v cannot be configured: a duration is from 0s to %v", v, LongestDuration)
		}
	}
	return nil
}
