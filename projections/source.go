package projections

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/ledger"
)

// streams hands out the ledger stream by stream.
type streams interface {
	// ScanStreams is that of ledger.Scanner.
	ScanStreams(
		ctx context.Context, scan ledger.Scan, do func(stream []ledger.Event) error,
	) (events int64, err error)
}

// source gives the log itself, or shelves with the events up to head for a log that is no
// Scanner or does not show by its positions how many events there are. It gives their
// number too.
func (r *Runner) source(
	ctx context.Context, head ledger.Position,
) (source streams, events int64, done func(), err error) {
	if scanner, ok := r.log.(ledger.Scanner); ok && r.log.Guarantees().Dense {
		return scanner, int64(head), func() {}, nil
	}
	s := newShelves(r.memory)
	if events, err = r.gather(ctx, s, head); err != nil {
		s.close()
		return nil, 0, nil, err
	}
	return s, events, s.close, nil
}

// gather reads the ledger from its beginning up to head, that of an event, and puts all
// events on shelves. It gives their number.
func (r *Runner) gather(
	ctx context.Context, s *shelves, head ledger.Position,
) (events int64, err error) {
	var last ledger.Position
	gives := r.log.Guarantees()
	for e, err := range r.log.ReadAll(ctx, 0, int(head)) { // there are no more events than that
		if err == nil {
			err = gives.Follows(last, e.Position)
		}
		if err != nil {
			return 0, &readError{position: last + 1, kind: e.Type, err: err}
		}
		if err := s.put(keyOf(e.Stream), &e); err != nil {
			return 0, err
		}
		events++
		if last = e.Position; last >= head {
			break
		}
	}
	if last != head {
		return 0, fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	return events, nil
}
