package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/sentinel-ha/sentinel/sdk"
)

// TrackerExample returns a block to start from: with what is required, and as
// comments what is not.
func TrackerExample(t sdk.Tracker) string {
	host := ""
	if t.Polled() {
		host = "interval = \"1s\"\n"
	}
	if t.Measures() {
		host += "weight = 1\n"
	} else {
		host += "weight = 0 # a fault while it is unhealthy\n"
	}
	return example(fmt.Sprintf("tracker %q \"example\"", t.Name()), t.Schema(), host)
}

// NotifierExample is as [TrackerExample].
func NotifierExample(n sdk.Notifier) string {
	return example(fmt.Sprintf("notify %q \"example\"", n.Name()), n.Schema(), "for_all = true\n")
}

func example(header string, schema sdk.Schema, host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s {\n", header)
	for _, a := range schema.Attributes {
		if a.Required {
			fmt.Fprintf(&b, "%s = %s\n", a.Name, exampleOf(&a))
		}
	}
	b.WriteString(host)
	for _, a := range schema.Attributes {
		if !a.Required {
			fmt.Fprintf(&b, "# %s = %s\n", a.Name, defaultOf(&a))
		}
	}
	b.WriteString("}\n")
	return string(hclwrite.Format([]byte(b.String())))
}

// defaultOf returns the default of an attribute as one would write it, or what a
// value looks like.
func defaultOf(a *sdk.Attribute) string {
	switch a.Default.(type) {
	case nil, []any, map[string]any:
		return exampleOf(a)
	}
	return written(a.Default)
}

// written returns a value as one would write it. In a text ${ begins something else.
func written(value any) string {
	switch v := value.(type) {
	case string:
		return string(hclwrite.TokensForValue(cty.StringVal(v)).Bytes())
	case time.Duration:
		return fmt.Sprintf("%q", short(v))
	}
	return fmt.Sprint(value)
}
