package node

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/stazh/stazh/ledger/pglog"
)

const (
	// sealEvery is how often the node looks for a partition to be sealed: one gets full in
	// a year of a whole country, and no sooner than in an hour of its busiest day.
	sealEvery = 10 * time.Minute
	// sealRetry is how soon it tries again what did not work.
	sealRetry = 5 * time.Second
	// sealPause leaves most of the time between two batches, of a tenth of a second each,
	// to those who wait for an answer.
	sealPause = 400 * time.Millisecond
)

// keepSealing packs full partitions of the ledger, quietly and beside all other work.
func (n *Node) keepSealing(ctx context.Context) {
	for ctx.Err() == nil {
		wait := sealEvery
		_, err := n.Log.SealPartitions(ctx, pglog.SealOptions{Pause: sealPause})
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, pglog.ErrSealPostponed):
			n.Config.Logger.InfoContext(ctx, "sealing of the ledger is postponed",
				slog.String("reason", err.Error()))
		case err != nil:
			n.Config.Logger.ErrorContext(ctx, "the ledger could not be sealed, it will be tried again",
				slog.String("error", err.Error()))
		}
		if err != nil {
			wait = sealRetry
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}
