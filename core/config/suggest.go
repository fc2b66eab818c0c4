package config

import (
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// maxListed is how many names a message lists.
const maxListed = 24

// nearest returns the candidate that a mistyped name is probably meant to be,
// or nothing if none is near enough.
func nearest(name string, candidates []string) string {
	// A letter for a short name, two for a word, three for a long one.
	limit := 1
	if len(name) > 3 {
		limit = max(2, min(3, len(name)/4))
	}
	best, distance := "", limit+1
	for _, candidate := range candidates {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// didYouMean returns the question with a space before it, or nothing.
func didYouMean(name string, candidates []string) string {
	if best := nearest(name, candidates); best != "" {
		return " Did you mean " + strconv.Quote(best) + "?"
	}
	return ""
}

// listed enumerates names in quotes.
func listed(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i == maxListed {
			b.WriteString(", ...")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(name))
	}
	return b.String()
}

// either enumerates words of which one is to be chosen: "a", "b" or "c".
func either(words []string) string {
	if len(words) == 1 {
		return strconv.Quote(words[0])
	}
	last := len(words) - 1
	return listed(words[:last]) + " or " + strconv.Quote(words[last])
}
