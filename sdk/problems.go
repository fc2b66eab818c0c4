package sdk

import "strings"

// AttributeError is an error of one attribute's value.
type AttributeError struct {
	Attribute string
	Err       error
}

// At says which attribute an error is about, for a Validate method. Several are
// joined by [errors.Join]. It is nil if err is.
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

// Problems returns the errors that were joined in what a Validate method returned,
// at one attribute too: each is one that a person reads. nil has none.
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
