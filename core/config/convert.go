package config

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// text takes a string. Numbers are not made into one: 0123 would lose its zero.
func text(v value) (string, complaint) {
	if v.Type() != cty.String {
		return "", complaintf("%s is not text. Text is written in quotes.", v)
	}
	return v.AsString(), ""
}

// boolean takes true and false.
func boolean(v value) (bool, complaint) {
	b, err := convert.Convert(v.Value, cty.Bool)
	if err != nil {
		return false, complaintf("%s is not true or false. Write one of these, without quotes.", v)
	}
	return b.True(), ""
}

// whole takes a whole number in a range. The text of one is taken too, because
// that is what -var makes of a variable without a default.
func whole[T uint8 | int](least, most T) conversion[T] {
	wanted := fmt.Sprintf("a whole number from %d to %d", least, most)
	if most == least+1 {
		wanted = fmt.Sprintf("%d or %d", least, most)
	}
	return func(v value) (T, complaint) {
		n, err := convert.Convert(v.Value, cty.Number)
		if err != nil {
			return 0, complaintf("%s is not a number. It must be %s.", v, wanted)
		}
		shown := value{n, v.at, v.hidden}
		i, accuracy := n.AsBigFloat().Int64()
		switch {
		case accuracy != big.Exact && !n.AsBigFloat().IsInt():
			return 0, complaintf("%s is not a whole number. It must be %s.", shown, wanted)
		case accuracy != big.Exact || i < int64(least) || i > int64(most):
			return 0, complaintf("%s is out of range. It must be %s.", shown, wanted)
		}
		return T(i), ""
	}
}

// choice takes one of several words. Slips are words that people use instead,
// and what to tell them.
func choice[T any](words []string, values []T, slips map[string]string) conversion[T] {
	return func(v value) (T, complaint) {
		var zero T
		word, wrong := text(v)
		if wrong != "" {
			return zero, complaintf("%s is not text. It must be %s.", v, either(words))
		}
		if i := slices.Index(words, word); i >= 0 {
			return values[i], ""
		}
		if slip := slips[word]; slip != "" {
			return zero, complaintf("%s is not possible here. %s", v, slip)
		}
		hint := didYouMean(word, words)
		if v.hidden {
			hint = ""
		}
		return zero, complaintf("%s is not possible here.%s It must be %s.", v, hint, either(words))
	}
}

// duration takes a time with a unit, in a range. Nothing is rounded: digits
// that the unit cannot hold do not pass the pattern.
func duration(least, most time.Duration) conversion[time.Duration] {
	return func(v value) (time.Duration, complaint) {
		written, wrong := text(v)
		if v.Type() == cty.Number && !v.hidden {
			return 0, complaintf(`%s has no unit. Write it in quotes and with a unit, such as "%[1]ss" or "%[1]sms".`, v)
		}
		if wrong != "" {
			return 0, complaintf(`%s is not a time. Write one in quotes and with a unit, such as "10s".`, v)
		}
		if _, err := strconv.ParseFloat(written, 64); err == nil {
			return 0, complaintf(`%s has no unit. Write a number and a unit, such as "10s" or "100ms".`, v)
		}
		if strings.HasPrefix(written, "-") {
			return 0, complaintf("%s is negative. It must be from %s to %s.", v, short(least), short(most))
		}
		if !durationPattern.MatchString(written) {
			return 0, complaintf(`%s is not a time. Write a number, with at most three decimals, and a unit: h, m, s, ms or us, such as "1.5s" or "1m30s".`, v)
		}
		d, err := time.ParseDuration(written)
		if err != nil || d < least || d > most {
			return 0, complaintf("%s is out of range. It must be from %s to %s.", v, short(least), short(most))
		}
		return d, ""
	}
}
