package memlog

import (
	"context"

	"github.com/stazh/stazh/ledger"
)

var _ ledger.Importer = (*Log)(nil)

// Import implements ledger.Importer.
func (l *Log) Import(ctx context.Context, events []ledger.Event) error {
	batch, err := ledger.Appends(events)
	if err == nil {
		_, _, err = l.limits.Check(batch)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if fresh, err := l.expected(batch); err != nil || !fresh {
		return err
	}
	if err := ledger.CheckChains(events, l.headOf); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		l.streams[e.Stream] = append(l.streams[e.Stream], int32(len(l.events)))
		l.events = append(l.events, entry{stream: e.Stream, revision: e.Revision,
			record: e.Record(), head: e.Head, at: e.RecordedAt, id: e.ID})
		if e.RecordedAt.After(l.last) {
			l.last = e.RecordedAt
		}
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return nil
}

func (l *Log) headOf(s ledger.StreamID) (head ledger.Hash) {
	if places := l.streams[s]; len(places) > 0 {
		head = l.events[places[len(places)-1]].head
	}
	return head
}
