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
// Scanner.
func (r *Runner) source(
	ctx context.Context, head ledger.Position,
) (source streams, done func(), err error) {
	if scanner, ok := r.log.(ledger.Scanner); ok {
		return scanner, func() {}, nil
	}
	s := newShelves(r.memory)
	if err := r.gather(ctx, s, head); err != nil {
		s.close()
		return nil, nil, err
	}
	return s, s.close, nil
}

// gather reads the ledger from its beginning up to head and puts all events on shelves.
func (r *Runner) gather(ctx context.Context, s *shelves, head ledger.Position) error {
	var last ledger.Position
	for e, err := range r.log.ReadAll(ctx, 0, int(head)) {
		if err == nil && e.Position != last+1 {
			err = fmt.Errorf("%w: position %d follows where %d must be",
				ledger.ErrCorrupt, e.Position, last+1)
		}
		if err != nil {
			return &readError{position: last + 1, kind: e.Type, err: err}
		}
		last++
		if err := s.put(keyOf(e.Stream), &e); err != nil {
			return err
		}
	}
	if last != head {
		return fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	return nil
}
