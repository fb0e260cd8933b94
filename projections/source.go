package projections

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
)

// streams hands out the ledger stream by stream.
type streams interface {
	// ScanStreams is that of ledger.Scanner.
	ScanStreams(
		ctx context.Context, scan ledger.Scan, do func(stream []ledger.Event) error,
	) (events int64, err error)
}

// source gives the log itself, or shelves for a log that is no Scanner. It must be asked
// for no other head, and only for hashes that are asked for here.
func (r *Runner) source(
	ctx context.Context, head ledger.Position, hashed bool,
) (source streams, done func(), err error) {
	if scanner, ok := r.log.(ledger.Scanner); ok {
		return scanner, func() {}, nil
	}
	s := newShelves(r.memory, hashed)
	if err := r.gather(ctx, s, head); err != nil {
		s.close()
		return nil, nil, err
	}
	return s, s.close, nil
}

const (
	// readAhead is the number of events that one goroutine hands to the next, so many
	// times at most.
	readAhead   = 512
	portionsMax = 4
)

// gather reads the ledger from its beginning up to head and puts all events on shelves.
// Reading and hashing overlap.
func (r *Runner) gather(ctx context.Context, s *shelves, head ledger.Position) error {
	group, ctx := errgroup.WithContext(ctx)
	portions, used := make(chan []ledger.Event, portionsMax), make(chan []ledger.Event, portionsMax)
	for range portionsMax {
		used <- make([]ledger.Event, 0, readAhead)
	}
	group.Go(func() error {
		defer close(portions)
		return r.portions(ctx, head, portions, used)
	})
	group.Go(func() error {
		for portion := range portions {
			for i := range portion {
				e := &portion[i]
				if s.hashed {
					e.Hash = ledger.HashRecord(e.Record)
				}
				if err := s.put(keyOf(e.Stream), e); err != nil {
					return err
				}
			}
			used <- portion[:0]
		}
		return nil
	})
	return group.Wait()
}

// portions sends the events up to head, in slices that come back when they are used.
func (r *Runner) portions(
	ctx context.Context, head ledger.Position, to chan<- []ledger.Event,
	used <-chan []ledger.Event,
) error {
	var last ledger.Position
	portion := <-used
	for e, err := range r.log.ReadAll(ctx, 0, int(head)) {
		if err == nil && e.Position != last+1 {
			err = fmt.Errorf("%w: position %d follows where %d must be",
				ledger.ErrCorrupt, e.Position, last+1)
		}
		if err != nil {
			return &readError{position: last + 1, kind: e.Type, err: err}
		}
		last++
		portion = append(portion, e)
		if len(portion) == readAhead || last == head {
			select {
			case to <- portion:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case portion = <-used:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	if last != head {
		return fmt.Errorf("%w: the ledger ends before its head", ledger.ErrCorrupt)
	}
	return nil
}
