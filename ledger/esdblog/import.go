package esdblog

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/ledger"
)

var _ ledger.Importer = (*Log)(nil)

// Import implements ledger.Importer. What an earlier call has recorded is found by the ids
// that the server knows events by, which follow from their heads.
func (l *Log) Import(ctx context.Context, events []ledger.Event) error {
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].RecordedAt.Equal(events[0].RecordedAt) {
			n++
		}
		if err := l.importRun(ctx, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return ctx.Err()
}

// importRun records events with the same recorded time.
func (l *Log) importRun(ctx context.Context, events []ledger.Event) error {
	list, err := ledger.Appends(events)
	if err != nil {
		return err
	}
	b, err := l.begin(ctx, list, events[0].RecordedAt)
	if err != nil {
		return err
	}
	rest, ends := make([]ledger.Event, 0, len(events)), map[ledger.StreamID]standing{}
	for _, w := range b.streams {
		ends[w.Stream] = w.standing
	}
	for i := range events {
		e, at := &events[i], ends[events[i].Stream]
		switch {
		case e.Revision > at.revision:
			rest = append(rest, *e)
		case e.Revision == at.revision && e.Head != at.head:
			return fmt.Errorf("%w: event %d of stream %s has another head in the event store",
				ledger.ErrCorrupt, e.Revision, e.Stream)
		}
	}
	err = ledger.CheckChains(rest, func(s ledger.StreamID) ledger.Hash { return ends[s].head })
	if err != nil {
		return err
	}
	return b.write(ctx)
}
