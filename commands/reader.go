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
	batcher *gather.Batcher[[]ledger.Mark, map[ledger.StreamID][]ledger.Event]
}

// read is Log.ReadStreams, for short lists together with other callers.
func (b *Bus) read(ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	if len(streams) > gatherStreams {
		return b.Log.ReadStreams(ctx, streams...)
	}
	marks := make([]ledger.Mark, len(streams))
	for i, s := range streams {
		marks[i] = ledger.Mark{Stream: s, Revision: ledger.NoStream}
	}
	return b.readAfter(ctx, marks...)
}

// readAfter is Log.ReadAfter, for short lists together with other callers. A stream that
// cannot be read fails nobody but those who asked for it: they read again by themselves.
func (b *Bus) readAfter(ctx context.Context, marks ...ledger.Mark,
) iter.Seq2[ledger.Event, error] {
	if len(marks) > gatherStreams {
		return b.Log.ReadAfter(ctx, marks...)
	}
	b.gather.once.Do(func() {
		b.gather.batcher = gather.New(gatherMax,
			func(list []ledger.Mark) int { return len(list) }, b.readTogether)
	})
	return func(yield func(ledger.Event, error) bool) {
		if len(marks) == 0 {
			return
		}
		histories, err := b.gather.batcher.Do(ctx, marks)
		if err != nil {
			b.Log.ReadAfter(ctx, marks...)(yield)
			return
		}
		for _, m := range marks {
			for _, e := range histories[m.Stream] {
				// Another caller may have known less of the stream.
				if e.Revision > m.Revision && !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (b *Bus) readTogether(ctx context.Context, lists [][]ledger.Mark,
) ([]map[ledger.StreamID][]ledger.Event, error) {
	places := map[ledger.StreamID]int{}
	var all []ledger.Mark
	for _, list := range lists {
		for _, m := range list {
			at, twice := places[m.Stream]
			switch {
			case !twice:
				places[m.Stream] = len(all)
				all = append(all, m)
			case m.Revision < all[at].Revision:
				all[at] = m
			}
		}
	}
	histories := make(map[ledger.StreamID][]ledger.Event, len(all))
	for e, err := range b.Log.ReadAfter(ctx, all...) {
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
