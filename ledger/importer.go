package ledger

import (
	"context"
	"fmt"
)

// Importer is a Log that can take over events of another log as they are recorded there,
// with their ids, times, bytes and heads: for moving a ledger, and for nothing else.
type Importer interface {
	Log

	// Import records events that another log gave, in their order, durably, before it
	// returns. Each must be the next one of its stream (*WrongRevisionError otherwise) and
	// chain to the one before it (ErrCorrupt otherwise).
	//
	// An atomic log records all or none. Any other records them in runs with the same
	// recorded time, one after another, and the streams of a run as Append does: the last
	// one when all others are recorded. The same call, made again, leaves alone what is
	// recorded and adds the rest.
	Import(ctx context.Context, events []Event) error
}

// Appends gives events as an append to each of their streams, in the order of first use.
// The events of a stream must follow one another.
func Appends(events []Event) ([]StreamAppend, error) {
	var list []StreamAppend
	places := map[StreamID]int{}
	for i := range events {
		e := &events[i]
		place, ok := places[e.Stream]
		if !ok {
			place = len(list)
			places[e.Stream] = place
			list = append(list, StreamAppend{Stream: e.Stream, Expected: e.Revision - 1})
		}
		a := &list[place]
		if next := a.Expected + 1 + Revision(len(a.Events)); e.Revision != next {
			return nil, fmt.Errorf("%w: stream %s has revision %d where %d must be",
				ErrCorrupt, e.Stream, e.Revision, next)
		}
		a.Events = append(a.Events, e.NewEvent)
	}
	return list, nil
}

// CheckChains refuses events that do not chain to one another and to the head before the
// first one of each stream, which before gives.
func CheckChains(events []Event, before func(StreamID) Hash) error {
	heads := map[StreamID]Hash{}
	for i := range events {
		e := &events[i]
		previous, ok := heads[e.Stream]
		if !ok {
			previous = before(e.Stream)
		}
		head := NextHead(e.Stream, e.Revision, previous, e.Hash())
		if head != e.Head {
			return fmt.Errorf("%w: head of stream %s at revision %d does not match its bytes",
				ErrCorrupt, e.Stream, e.Revision)
		}
		heads[e.Stream] = head
	}
	return nil
}
