package config

import (
	_ "embed" // the dictionaries are text
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// advice is the answer to a name that is not ours to use.
type advice struct{ summary, detail string }

// reserved returns what there is to say about a name that the language does not
// have: it is planned, or it is keepalived's.
func reserved(name string) (advice, bool) {
	if why, ok := planned.answer(name); ok {
		return advice{"Not supported yet", `"` + name + `" is not supported yet: ` + why}, true
	}
	if how, ok := keepalived.answer(name); ok {
		return advice{"keepalived's word", `"` + name + `" is a word of keepalived's. ` + how}, true
	}
	return advice{}, false
}

// dictionary holds answers by word. A word that ends in * stands for all that
// begin so, unless they are there themselves.
type dictionary map[string]string

// newDictionary reads lines of words, a colon, and what to answer to them. An
// answer is sentences, which end, or code.
func newDictionary(text string) dictionary {
	d := make(dictionary)
	for line := range strings.Lines(text) {
		words, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for _, word := range strings.Fields(words) {
			d[word] = answer
		}
	}
	return d
}

func (d dictionary) answer(name string) (string, bool) {
	if answer, ok := d[name]; ok {
		return answer, true
	}
	for i := len(name); i > 0; i-- {
		if answer, ok := d[name[:i]+"*"]; ok {
			return answer, true
		}
	}
	return "", false
}

// planned are the names that are reserved for what Sentinel does not do yet, and
// why, or until when. They are never ignored.
var planned = newDictionary(plannedText)

// keepalived says what to write instead of a word of keepalived's, or why there
// is nothing to write.
var keepalived = newDictionary(keepalivedText)

var (
	//go:embed words/planned.txt
	plannedText string
	//go:embed words/keepalived.txt
	keepalivedText string
)

// maxListed is how many names a message lists.
const maxListed = 24

// nearest returns the candidate that a mistyped name is probably meant to be,
// or nothing if none is near enough.
func nearest(name string, candidates []string) string {
	// A letter for a short name, two for a word, three for a long one, and never all.
	limit := 1
	if len(name) > 3 {
		limit = max(2, min(3, len(name)/4))
	}
	best, distance := "", limit+1
	for _, candidate := range candidates {
		if d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil); d < min(distance, len(name)) {
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
	var list []string
	for _, name := range names[:min(len(names), maxListed)] {
		list = append(list, strconv.Quote(name))
	}
	if len(names) > maxListed {
		list = append(list, "...")
	}
	return strings.Join(list, ", ")
}

// either enumerates words of which one is to be chosen: "a", "b" or "c".
func either(words []string) string {
	if len(words) == 1 {
		return strconv.Quote(words[0])
	}
	last := len(words) - 1
	return listed(words[:last]) + " or " + strconv.Quote(words[last])
}
