package wire

import (
	"cmp"
	"errors"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sentinel-ha/sentinel/sdk"
)

// FromOutcome translates what a notifier returned.
func FromOutcome(err error) *DeliverResponse {
	if err == nil {
		return &DeliverResponse{}
	}
	message := &DeliverResponse{Outcome: DeliverResponse_RETRY, Reason: Shorten(err.Error())}
	if sdk.IsRejected(err) {
		message.Outcome = DeliverResponse_REJECTED
	} else if wait := sdk.RetryWait(err); wait > 0 {
		message.RetryAfter = durationpb.New(wait)
	}
	return message
}

// noReason is what is said in place of a plugin that says nothing.
const noReason = "the plugin gives no reason"

// ToOutcome translates an answer to what the notifier returned. An outcome that
// is not known here is tried again.
func ToOutcome(message *DeliverResponse) error {
	if message.GetOutcome() == DeliverResponse_DONE {
		return nil
	}
	err := errors.New(cmp.Or(Shorten(message.GetReason()), noReason))
	if message.GetOutcome() == DeliverResponse_REJECTED {
		return sdk.Reject(err)
	}
	if wait := message.GetRetryAfter(); wait != nil && wait.CheckValid() == nil && wait.AsDuration() > 0 {
		return sdk.RetryAfter(err, wait.AsDuration())
	}
	return err
}

// FromProblem translates what is wrong with a configuration: one error, or several
// that were joined.
func FromProblem(err error) []*Problem {
	var list []*Problem
	for _, err := range sdk.Problems(err) {
		if about, ok := errors.AsType[*sdk.AttributeError](err); ok {
			list = append(list, &Problem{Attribute: about.Attribute, Reason: Shorten(about.Err.Error())})
		} else {
			list = append(list, &Problem{Reason: Shorten(err.Error())})
		}
	}
	return list
}

// ToProblem translates problems to an error, all in one: nil if there are none.
func ToProblem(messages []*Problem) error {
	var list []error
	for _, message := range messages {
		err := errors.New(cmp.Or(Shorten(message.GetReason()), noReason))
		if name := message.GetAttribute(); name != "" {
			err = sdk.At(name, err)
		}
		list = append(list, err)
	}
	if len(list) == 1 {
		return list[0]
	}
	return errors.Join(list...)
}
