package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

const (
	// batchMax is the number of events in one transaction. Twice as many as 5,000 gain a tenth,
	// as there are half as many ends of batches, in which a processor rests; more gain little
	// and only hold memory.
	batchMax = 10_000
	// batchBytesMax bounds the payloads of a batch, as single events may be large. Decoded,
	// an event takes some two times its payload and a kibibyte.
	batchBytesMax = 8 << 20
)

// readBatch reads and decodes the next events after a position. What stands before an
// event that cannot be read or decoded is given without an error; the next call then
// fails at that event, so that a follower stops exactly before it. An empty batch
// without an error is the end of the ledger. The batch has room for as many as expected.
func readBatch(
	ctx context.Context, log ledger.Log, after ledger.Position, limit, expected int,
) ([]Event, error) {
	var (
		batch    = make([]Event, 0, expected)
		bytes    int
		payloads = event.NewDecoder()
		gives    = log.Guarantees()
		last     = after
	)
	for e, err := range log.ReadAll(ctx, after, limit) {
		if err == nil {
			err = gives.Follows(last, e.Position)
		}
		if err == nil {
			var decoded Event
			if decoded, err = decode(payloads, e); err == nil {
				batch = append(batch, decoded)
				bytes += len(e.Payload)
				last = e.Position
			}
		}
		if err != nil {
			if len(batch) > 0 && ctx.Err() == nil {
				return batch, nil
			}
			return nil, &readError{position: after + 1, kind: e.Type, err: err}
		}
		if bytes >= batchBytesMax {
			break
		}
	}
	return batch, nil
}

// decode opens the payload.
func decode(payloads *event.Decoder, e ledger.Event) (Event, error) {
	payload, err := payloads.Decode(&e)
	if err != nil {
		return Event{}, err
	}
	return Event{Event: &e, Payload: payload}, nil
}

// readError is an event that could not be read.
type readError struct {
	position ledger.Position
	kind     string
	err      error
}

func (e *readError) Error() string {
	return fmt.Sprintf("read event %d: %v", e.position, e.err)
}

func (e *readError) Unwrap() error { return e.err }

// fold calls Apply.
func fold(ctx context.Context, tx pgx.Tx, p Projection, batch []Event) error {
	return Guard(func() error { return p.Apply(ctx, tx, batch) })
}

// Guard turns a panic of do into an error: the folds panic on an event that cannot stand in
// its stream, which must stop one projection and not the process. Apply is called under it;
// what folds in another goroutine needs its own.
func Guard(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ledger.ErrCorrupt, cause)
		}
	}()
	return do()
}

// stopped makes the error that names the projection and the event.
func stopped(p Projection, batch []Event, err error) error {
	var unread *readError
	if errors.As(err, &unread) {
		return &StoppedError{p.Name(), unread.position, unread.kind, unread.err}
	}
	if len(batch) == 0 {
		return fmt.Errorf("projection %s: %w", p.Name(), err)
	}
	return &StoppedError{p.Name(), batch[0].Position, batch[0].Type, err}
}

// describe gives the text of an error for logs and status. What the database says may
// quote values of rows, so only its code and the names it gives are told.
func describe(err error) string {
	var (
		database *pgconn.PgError
		stop     *StoppedError
	)
	switch {
	case errors.As(err, &stop) && error(stop) == err:
		return stop.Error()
	case errors.As(err, &database):
		return fmt.Sprintf("the database refused (SQLSTATE %s, table %q, constraint %q); "+
			"its own log has the statement", database.Code, database.TableName,
			database.ConstraintName)
	}
	return err.Error()
}
