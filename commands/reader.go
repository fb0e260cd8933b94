package commands

import (
	"context"
	"iter"
	"sync"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/gather"
)

const (
	// gatherStreams is the largest number of streams that one caller reads together with
	// others; a longer list is a query worth making alone.
	gatherStreams = 64
	// gatherMax bounds the streams of a query for several callers.
	gatherMax = 1024
)

// reader joins the reads of filings that are processed at the same time.
type reader struct {
	once    sync.Once
	batcher *gather.Batcher[[]ledger.StreamID, map[ledger.StreamID][]ledger.Event]
}

// read is Log.ReadStreams, for short lists together with other callers. A stream that
// cannot be read fails nobody but those who asked for it: they read again by themselves.
func (b *Bus) read(ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	if len(streams) > gatherStreams {
		return b.Log.ReadStreams(ctx, streams...)
	}
	b.gather.once.Do(func() {
		b.gather.batcher = gather.New(gatherMax,
			func(list []ledger.StreamID) int { return len(list) }, b.readTogether)
	})
	return func(yield func(ledger.Event, error) bool) {
		if len(streams) == 0 {
			return
		}
		histories, err := b.gather.batcher.Do(ctx, streams)
		if err != nil {
			b.Log.ReadStreams(ctx, streams...)(yield)
			return
		}
		for _, s := range streams {
			for _, e := range histories[s] {
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (b *Bus) readTogether(ctx context.Context, lists [][]ledger.StreamID,
) ([]map[ledger.StreamID][]ledger.Event, error) {
	histories := map[ledger.StreamID][]ledger.Event{}
	var streams []ledger.StreamID
	for _, list := range lists {
		for _, s := range list {
			if _, twice := histories[s]; !twice {
				histories[s] = nil
				streams = append(streams, s)
			}
		}
	}
	for e, err := range b.Log.ReadStreams(ctx, streams...) {
		if err != nil {
			return nil, err
		}
		histories[e.Stream] = append(histories[e.Stream], e)
	}
	answers := make([]map[ledger.StreamID][]ledger.Event, len(lists))
	for i := range answers {
		answers[i] = histories // nobody changes it
	}
	return answers, nil
}
