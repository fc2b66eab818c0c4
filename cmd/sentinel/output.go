package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
)

// output is the flag that says in which form a command answers.
type output struct{ form string }

func (o *output) register(flags *flag.FlagSet) {
	flags.StringVar(&o.form, "output", "text", "the `form` of the output: text or json")
}

// check returns an error if there is no such form.
func (o *output) check() error {
	if o.form != "text" && o.form != "json" {
		return fmt.Errorf("-output is text or json, not %q", o.form)
	}
	return nil
}

func (o *output) isJSON() bool { return o.form == "json" }

// writeJSON writes a document for programs, and laid out for people.
func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}
