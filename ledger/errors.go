package ledger

import (
	"errors"
	"fmt"
)

// Errors of the logs and of the codec.
var (
	// ErrUnknownOutcome: the append may or may not have been recorded. Make the same
	// call again; event ids make it safe.
	ErrUnknownOutcome = errors.New("outcome of the append is unknown, repeat it")
	// ErrUnavailable: the store cannot be reached now; nothing was recorded.
	ErrUnavailable = errors.New("ledger store is unavailable")
	// ErrTooLarge: the batch is over the log's limit; nothing was recorded.
	ErrTooLarge = errors.New("append is larger than the log takes")
	// ErrInvalid: the batch breaks the contract of Append; nothing was recorded.
	ErrInvalid = errors.New("append is invalid")
	// ErrCorrupt: stored bytes do not have their canonical form or hash.
	ErrCorrupt = errors.New("stored event is corrupt")
	// ErrUnknownType: an event type, version or field that this program does not know.
	// Reading stops there; a history is never shown shorter than it is.
	ErrUnknownType = errors.New("unknown event type or field")
)

// WrongRevisionError says that a stream is not where the writer expected it to be:
// somebody else wrote first. Load it again and decide anew.
type WrongRevisionError struct {
	Stream           StreamID
	Expected, Actual Revision
}

// Error tells the stream and both revisions.
func (e *WrongRevisionError) Error() string {
	return fmt.Sprintf("stream %s is at revision %d, expected %d",
		e.Stream, e.Actual, e.Expected)
}
