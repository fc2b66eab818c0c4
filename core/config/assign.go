package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/sentinel-ha/sentinel/sdk"
)

// Trial is what was typed to try a tracker or a notifier without a configuration
// file. Of the schedule a notifier has the timeout alone.
type Trial struct {
	Values   sdk.Values
	Schedule sdk.Schedule
}

// AssignTracker makes a trial of words as they are typed on a command line, each
// name=value. A list is made of the values of a name that is repeated, or of one
// in JSON ([...]); a map of name=key:value, repeated, or JSON ({...}). interval
// and timeout of a polled tracker are taken too. The errors, one for each
// mistake, name the attributes.
func AssignTracker(t sdk.Tracker, words []string) (trial Trial, errs []error) {
	if !t.Polled() {
		trial.Values, errs = assign(t, nil, sdk.Reserved(), words)
		return trial, errs
	}
	s := &trial.Schedule
	s.Interval = time.Second
	host := map[string]*time.Duration{"interval": &s.Interval, "timeout": &s.Timeout}
	trial.Values, errs = assign(t, host, sdk.Reserved(), words)
	s.Timeout = cmp.Or(s.Timeout, s.Interval)
	return trial, errs
}

// AssignNotifier is as [AssignTracker], for a notifier and its timeout.
func AssignNotifier(n sdk.Notifier, words []string) (trial Trial, errs []error) {
	trial.Schedule.Timeout = defaultHookTimeout
	host := map[string]*time.Duration{"timeout": &trial.Schedule.Timeout}
	trial.Values, errs = assign(n, host, sdk.ReservedForNotifiers(), words)
	return trial, errs
}

// validator is a tracker or a notifier.
type validator interface {
	component
	Validate(sdk.Values) error
}

// assign reads words. Those of host are Sentinel's, and mean something here.
func assign(c validator, host map[string]*time.Duration, reserved, words []string) (sdk.Values, []error) {
	values, schema := make(sdk.Values), c.Schema()
	names, typed, errs := split(words)
	for _, name := range names {
		a := schema.Attribute(name)
		var err error
		switch {
		case a != nil:
			values[name], err = typedValue(a, typed[name])
			err = cmp.Or(err, checkKeys(a, values[name]))
		case host[name] != nil:
			err = assignTime(host[name], typed[name])
		case slices.Contains(reserved, name):
			err = errors.New("is Sentinel's, and means nothing here")
		default:
			known := slices.Concat(attributeNames(schema), slices.Sorted(maps.Keys(host)))
			err = fmt.Errorf("there is no such attribute.%s", didYouMean(name, known))
		}
		errs = append(errs, sdk.Problems(sdk.At(name, err))...)
	}
	for _, a := range schema.Attributes {
		if a.Required && typed[a.Name] == nil {
			errs = append(errs, sdk.At(a.Name, fmt.Errorf("is required: %s", a.Doc)))
		}
	}
	if len(errs) == 0 {
		secrets := secretsOf(schema, values, nil)
		errs = sdk.Problems(c.Validate(values))
		for i, err := range errs {
			about, ok := errors.AsType[*sdk.AttributeError](err)
			switch {
			case !repeatAny(err.Error(), secrets):
			case ok:
				errs[i] = sdk.At(about.Attribute, errSecret)
			default:
				errs[i] = errSecret
			}
		}
	}
	return values, errs
}

// split splits words at their first equals sign. The names are in the order in
// which they were typed first.
func split(words []string) (names []string, typed map[string][]string, errs []error) {
	typed = make(map[string][]string)
	for _, word := range words {
		name, text, ok := strings.Cut(word, "=")
		if !ok {
			errs = append(errs, fmt.Errorf("%q has no equals sign, as in name=value", word))
			continue
		}
		if typed[name] == nil {
			names = append(names, name)
		}
		typed[name] = append(typed[name], text)
	}
	return names, typed, errs
}

func attributeNames(schema sdk.Schema) []string {
	var names []string
	for _, a := range schema.Attributes {
		names = append(names, a.Name)
	}
	return names
}

// typedValue makes a value of what was typed for an attribute.
func typedValue(a *sdk.Attribute, texts []string) (any, error) {
	v, err := assemble(a.Type, texts)
	if err != nil && a.Secret {
		err = errSecret
	}
	if err != nil {
		return nil, err
	}
	converted, flaws := ownValue(value{Value: v, hidden: a.Secret}, nil, a)
	var errs []error
	for _, f := range flaws {
		errs = append(errs, errors.New(f.text)) // the name comes before it
	}
	return converted, errors.Join(errs...)
}

// checkKeys reports keys that are to be events and are none.
func checkKeys(a *sdk.Attribute, typed any) error {
	entries, is := typed.(map[string]any)
	if !a.Events || !is {
		return nil
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if _, wrong := hookWord(value{Value: cty.StringVal(key), hidden: a.Secret}); wrong != "" {
			errs = append(errs, errors.New(wrong))
		}
	}
	return errors.Join(errs...)
}

// errSecret takes the place of what may quote a secret.
var errSecret = errors.New("what is wrong with it is not shown, because it is a secret")

// assemble makes a value of the form that a file would have, of texts where the
// kind of value is not known yet.
func assemble(t sdk.Type, texts []string) (cty.Value, error) {
	collection := t.Kind == sdk.List || t.Kind == sdk.Map
	switch first := texts[0]; {
	case len(texts) > 1 && !collection:
		return cty.NilVal, fmt.Errorf("there are %d values, and a %v is one", len(texts), t)
	case t.Kind == sdk.List && strings.HasPrefix(first, "["), t.Kind == sdk.Map && strings.HasPrefix(first, "{"):
		if len(texts) > 1 {
			return cty.NilVal, fmt.Errorf("%q is all of it: it cannot be repeated", first)
		}
		return fromJSON(first)
	case t.Kind == sdk.List:
		return cty.TupleVal(stringVals(texts)), nil
	case t.Kind == sdk.Map:
		return mapVal(texts)
	default:
		return cty.StringVal(first), nil
	}
}

func stringVals(texts []string) []cty.Value {
	var list []cty.Value
	for _, text := range texts {
		list = append(list, cty.StringVal(text))
	}
	return list
}

func mapVal(texts []string) (cty.Value, error) {
	all := make(map[string]cty.Value)
	for _, text := range texts {
		key, element, ok := strings.Cut(text, ":")
		if !ok {
			return cty.NilVal, fmt.Errorf("%q has no colon, as in key:value", text)
		}
		all[key] = cty.StringVal(element)
	}
	return cty.ObjectVal(all), nil
}

func fromJSON(text string) (cty.Value, error) {
	t, err := ctyjson.ImpliedType([]byte(text))
	if err != nil {
		return cty.NilVal, fmt.Errorf("%q is not JSON: %w", text, err)
	}
	return ctyjson.Unmarshal([]byte(text), t)
}

// assignTime reads one of Sentinel's attributes.
func assignTime(to *time.Duration, texts []string) error {
	v, err := assemble(sdk.Type{Kind: sdk.Duration}, texts)
	if err != nil {
		return err
	}
	d, wrong := duration(minPoll, longest)(value{Value: v})
	if wrong != "" {
		return errors.New(wrong)
	}
	*to = d
	return nil
}
