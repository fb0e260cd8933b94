package pglog

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// borrower reads every stream by LendStream, and keeps copies of what it is lent.
type borrower struct{ sealer }

var errEnough = errors.New("no more is wanted")

func (b borrower) ReadStreams(
	ctx context.Context, streams ...ledger.StreamID,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		if err := ctx.Err(); err != nil { // of no stream, too
			yield(ledger.Event{}, err)
			return
		}
		for _, s := range streams {
			err := b.LendStream(ctx, s, func(e *ledger.Event) error {
				own, err := ledger.Open(e.Stream, e.Revision, e.Position, e.Record(), e.Head)
				if !yield(own, err) {
					return errEnough
				}
				return err
			})
			if err != nil && !errors.Is(err, errEnough) {
				yield(ledger.Event{}, err)
			}
			if err != nil {
				return
			}
		}
	}
}

// What is lent is what is handed out, from segments and from rows, whoever reads beside.
func TestContractLent(t *testing.T) {
	t.Parallel()
	options := Options{PartitionRows: 150, segmentBytes: 1_000}
	logtest.Run(t, func(t *testing.T) ledger.Log {
		return borrower{sealer{open(t, database(t), options)}}
	})
}
