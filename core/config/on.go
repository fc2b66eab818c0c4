package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/sentinel-ha/sentinel/sdk"
)

// hookWords are what a hook can be for. The states are the default.
var hookWords = sdk.Occasions()

// hookWord takes one of them.
var hookWord = choice(hookWords, hookWords, map[string]string{
	"master": `Write "active".`, "stop": `Write "stopped".`, "initialize": "A hook is called when it ends, with the first state.",
})

// readOn reads what the hook is for. Without an "on" that is what its own part has
// something for, if it says so.
func (h *hook) readOn() []string {
	events, in := h.events()
	standard := sdk.States()
	if len(events) > 0 {
		standard = slices.DeleteFunc(slices.Clone(hookWords), func(word string) bool { _, ok := events[word]; return !ok })
	}
	attr := h.attributes["on"]
	if attr == nil {
		return standard
	}
	list, whole := readList(h.block, "on", "event", hookWord)
	var words []string
	for _, e := range list {
		if slices.Contains(words, e.value) {
			h.report.errorf(e.at, "Listed twice", "%q is in the list already. Remove one of the two.", e.value)
			continue
		}
		words = append(words, e.value)
		if len(events) > 0 && !slices.Contains(standard, e.value) {
			h.report.warnf(e.at, "No effect", "There is nothing for %q in %s. Add it there, or remove it here.", e.value, in)
		}
	}
	switch {
	case !whole:
	case len(words) == 0:
		h.report.errorf(attr.Expr.Range(), "Empty list", "The hook is for nothing. Remove the line for the default: %s.", listed(standard))
	case len(events) > 0:
		for _, word := range standard {
			if !slices.Contains(words, word) {
				h.report.errorf(events[word], "Never called", "The hook is not told of %q. Add it to on, or remove it here; without an on the hook is told of everything in %s.", word, in)
			}
		}
	}
	return words
}

// events returns what the hook's own part has something for, where that is written,
// and in which attributes. There is nothing if it does not say, or not rightly.
func (h *hook) events() (all map[string]hcl.Range, in string) {
	all = make(map[string]hcl.Range)
	var names []string
	for _, a := range h.config.Type.Schema().Attributes {
		entries, typed := h.config.Values[a.Name].(map[string]any)
		if !a.Events || !typed {
			continue
		}
		names = append(names, a.Name)
		for key := range entries {
			if !slices.Contains(hookWords, key) {
				return nil, ""
			}
			all[key] = h.keyRange(a.Name, key)
		}
	}
	return all, strings.Join(names, " and ")
}

// keyRange is where a key of an attribute that is a map was written.
func (b *block) keyRange(attribute, key string) hcl.Range {
	expr := b.attributes[attribute].Expr
	written, _ := pairs(expr)
	return value{at: expr.Range()}.keyRange(written[key].Key)
}

// checkEvents reports keys that are to be events and are none. It returns the values
// without them, or nil if nothing is left of one.
func (b *block) checkEvents(schema sdk.Schema, values sdk.Values, hidden map[string]bool) sdk.Values {
	known := maps.Clone(values)
	for _, a := range schema.Attributes {
		entries, typed := values[a.Name].(map[string]any)
		if !a.Events || !typed {
			continue
		}
		left := maps.Clone(entries)
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			at := b.keyRange(a.Name, key)
			if _, wrong := hookWord(value{cty.StringVal(key), at, hidden[a.Name]}); wrong != "" {
				b.report.errorf(at, "Invalid event", "%s", wrong)
				delete(left, key)
			}
		}
		if known[a.Name] = left; len(left) == 0 && len(entries) > 0 {
			return nil
		}
	}
	return known
}
