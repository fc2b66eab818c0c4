package config

import (
	_ "embed" // the dictionaries are text
	"strings"
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
