package sdk

import "strings"

// AttributeError is what is wrong with the value of one attribute. Make it with [At].
type AttributeError struct {
	Attribute string
	Err       error
}

// At says which attribute an error is about. It is for Validate methods, which return
// several with [errors.Join]. At(attribute, nil) is nil.
func At(attribute string, err error) error {
	if err == nil {
		return nil
	}
	return &AttributeError{attribute, err}
}

// Error returns the attribute's name and the error.
func (e *AttributeError) Error() string { return e.Attribute + ": " + e.Err.Error() }

// Unwrap returns the error without the name.
func (e *AttributeError) Unwrap() error { return e.Err }

// Problems splits the error of a Validate method into the errors that were joined in
// it, also within one [At], so that each can be shown by itself. There are none in nil.
func Problems(err error) []error {
	if err == nil {
		return nil
	}
	if about, ok := err.(*AttributeError); ok {
		list := Problems(about.Err)
		for i := range list {
			list[i] = At(about.Attribute, list[i])
		}
		return list
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	var texts []string
	for _, e := range joined.Unwrap() {
		list = append(list, Problems(e)...)
		texts = append(texts, e.Error())
	}
	if err.Error() != strings.Join(texts, "\n") { // it says more than its parts
		return []error{err}
	}
	return list
}
