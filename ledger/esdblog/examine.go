package esdblog

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/stazh/stazh/ledger"
)

// What Examine finds.
var (
	// ErrReadOnly: the user of the address may read and not write.
	ErrReadOnly = errors.New("the event store takes no append from the user of the address")
	// ErrNotLeader: no node that can be reached leads the cluster.
	ErrNotLeader = errors.New("the event store has no leader that can be reached")
	// ErrAppendSize: the server takes less at once than a Log sends.
	ErrAppendSize = errors.New("the event store takes less in one append than the ledger sends")
)

// Examine finds out whether the server takes appends, and records nothing: it offers an empty
// one and then one as large as a Log ever sends, and both expect a revision that no stream
// reaches. The server looks at rights, leader and size first.
func (l *Log) Examine(ctx context.Context) error {
	if err := l.offer(ctx); err != nil {
		switch {
		case codeOf(err) == esdb.ErrorCodeNotLeader:
			return fmt.Errorf("%w: %w", ErrNotLeader, err)
		case ctx.Err() != nil, isAway(err), errors.Is(err, ledger.ErrUnavailable):
			return fmt.Errorf("offer an append to the event store: %w", err)
		}
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	err := l.offer(ctx, esdb.EventData{
		EventID: ledger.DeterministicID("examined"), EventType: "examined",
		ContentType: esdb.ContentTypeBinary, Data: make([]byte, l.options.AppendBytes)})
	if err == nil || ctx.Err() != nil || isAway(err) || errors.Is(err, ledger.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w (%d bytes): %w", ErrAppendSize, l.options.AppendBytes, err)
}

// offer proposes events where they cannot stand. No error: the server refused them for that
// reason alone. To an empty append the client tells every answer as it is; of one with
// events, an early refusal may look like a broken connection.
func (l *Log) offer(ctx context.Context, events ...esdb.EventData) error {
	w := &writing{Log: l, StreamAppend: &ledger.StreamAppend{Stream: ledger.Law},
		standing: standing{revision: math.MaxInt32}}
	_, err := w.call(ctx, part{data: events})
	switch {
	case codeOf(err) == esdb.ErrorCodeWrongExpectedVersion:
		return nil
	case err == nil:
		return fmt.Errorf("%w: the event store recorded what cannot stand there",
			ledger.ErrCorrupt)
	}
	return err
}
