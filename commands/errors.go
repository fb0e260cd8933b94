package commands

import "fmt"

// Kind says what a refusal means to the caller, whatever the transport.
type Kind string

// Kinds of refusals.
const (
	Invalid     Kind = "invalid"     // the request itself is wrong: mend it
	NotFound    Kind = "notfound"    // there is no such thing
	Conflict    Kind = "conflict"    // it contradicts what is recorded
	Forbidden   Kind = "forbidden"   // the actor may not do this
	Unavailable Kind = "unavailable" // try again later
	Internal    Kind = "internal"    // a fault of ours
)

// Error is a refusal: Code is stable for programs, Message says to a person what is
// wrong and how to mend it, without personal data. Field names what the request lacks, where
// it is one field. Cause is for the operator's log only.
type Error struct {
	Kind    Kind
	Code    string
	Field   string
	Message string
	Cause   error
}

// Error gives message and cause, once where they say the same.
func (e *Error) Error() string {
	if e.Cause != nil && e.Cause.Error() != e.Message {
		return fmt.Sprintf("%s: %v", e.Message, e.Cause)
	}
	return e.Message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// refuse makes a refusal.
func refuse(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}
