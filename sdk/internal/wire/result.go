package wire

import (
	"strings"

	"github.com/sentinel-ha/sentinel/sdk"
)

// MaxReason bounds a reason, in bytes.
const MaxReason = 512

// FromResult translates a result.
func FromResult(r sdk.Result) *Sample {
	return &Sample{Verdict: Sample_Verdict(r.Verdict), Value: r.Value, Reason: Shorten(r.Reason)}
}

// ToResult translates a sample. A verdict that is not known here is unknown.
func ToResult(message *Sample) sdk.Result {
	r := sdk.Result{Verdict: sdk.Verdict(message.GetVerdict()), Value: message.GetValue(), Reason: Shorten(message.GetReason())}
	if message.GetVerdict() < Sample_UNKNOWN || message.GetVerdict() > Sample_UNHEALTHY {
		return sdk.CannotTell("the plugin says %v, which is no verdict here: %s", message.GetVerdict(), r.Reason)
	}
	return r
}

// Shorten makes a text valid UTF-8 of at most [MaxReason] bytes.
func Shorten(text string) string {
	if len(text) > MaxReason {
		text = text[:MaxReason-len("...")]
		return strings.ToValidUTF8(text, "") + "..."
	}
	return strings.ToValidUTF8(text, "?")
}
