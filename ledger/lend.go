package ledger

import "context"

// Lender is a Log that lends the events of a stream to who keeps nothing of them, in memory
// that it uses again.
type Lender interface {
	// LendStream calls do with each event of a stream, which ReadStreams would yield. The
	// event, its payload and what Record and Hash need are valid until do returns; texts
	// are the caller's to keep. The first error, of the log or of do, ends it.
	LendStream(ctx context.Context, stream StreamID, do func(*Event) error) error
}

// LendStream lends the events of a stream of any log.
func LendStream(ctx context.Context, log Log, stream StreamID, do func(*Event) error) error {
	if l, ok := log.(Lender); ok {
		return l.LendStream(ctx, stream, do)
	}
	var e Event // one for all of them
	var err error
	for e, err = range log.ReadStreams(ctx, stream) {
		if err == nil {
			err = do(&e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
