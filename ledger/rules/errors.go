package rules

import (
	"errors"
	"fmt"

	"github.com/stazh/stazh/ledger/period"
)

// Codes of the errors of a calculation.
const (
	CodeInvalidInput     = "invalid_input"
	CodeNotApplicable    = "not_applicable"
	CodeMissingParameter = "missing_parameter"
	CodeUnknownRule      = "unknown_rule"
	CodeInvalidJSON      = "invalid_json"
)

// Error says what is wrong with a calculation or a publication, in which field, and how
// to mend it. It never repeats a given value: values may be personal data.
type Error struct {
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
	// Day is the one that a missing number was asked for, if any.
	Day period.Date `json:"-"`
}

// Error gives the text for a person.
func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %s", e.Code, e.Field, e.Message)
}

// AppendJSON appends {"code","field","message"}.
func (e *Error) AppendJSON(b []byte) []byte {
	b = appendString(append(b, `{"code":`...), e.Code)
	b = appendString(append(b, `,"field":`...), e.Field)
	return append(appendString(append(b, `,"message":`...), e.Message), '}')
}

func invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeInvalidInput, Field: field, Message: fmt.Sprintf(format, args...)}
}

// notApplicable says that another rule answers this question.
func notApplicable(field, message string) *Error {
	return &Error{Code: CodeNotApplicable, Field: field, Message: message}
}

// MissingParameterError says that the law known here has no value of the parameter for
// the day. Who meets it waits for the publication; nobody may guess.
type MissingParameterError struct {
	Name string
	// Date is the day asked for; the first of the month for a monthly series, and the
	// null date where any value would do.
	Date period.Date
}

// Error names the parameter, the day and the remedy.
func (e *MissingParameterError) Error() string {
	if e.Date.IsZero() {
		return fmt.Sprintf("no value of %s is published: publish one", e.Name)
	}
	return fmt.Sprintf("no value of %s is published for %s: publish one that holds then",
		e.Name, e.Date)
}

// AsError gives the error in the form that the interface answers with; nil stays nil.
func AsError(err error) *Error {
	var known *Error
	var missing *MissingParameterError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case errors.As(err, &missing):
		return &Error{Code: CodeMissingParameter, Field: missing.Name, Day: missing.Date,
			Message: missing.Error() + ", or give it in \"parameters\""}
	}
	return &Error{Code: CodeInvalidInput, Message: err.Error()}
}
