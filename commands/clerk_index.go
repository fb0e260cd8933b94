package commands

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger/account"
)

// indexer carries out approved indexation runs, one after another, beside the other work:
// a run over all pensions takes minutes. A run that fails is taken up again after a pause.
func (c *Clerk) indexer(ctx context.Context) {
	failed := 0
	for {
		if c.indexAll(ctx) {
			failed = 0
			select {
			case <-ctx.Done():
				return
			case <-c.index:
			}
			continue
		}
		failed++
		if !sleep(ctx, pauseAfter(failed)) {
			return
		}
	}
}

// wakeIndexer has the indexer look for approved runs.
func (c *Clerk) wakeIndexer() {
	select {
	case c.index <- struct{}{}:
	default: // it will look anyway
	}
}

// indexAll carries out what is approved, and tells whether all of it is done.
func (c *Clerk) indexAll(ctx context.Context) bool {
	c.Bus.Law.Refresh()
	law, err := c.Bus.Law.Current(ctx)
	if err != nil {
		c.indexFault(ctx, uuid.Nil, err)
		return false
	}
	done := true
	for i := range law.Runs {
		r := &law.Runs[i]
		if r.State != account.IndexationApproved {
			continue
		}
		c.Bus.Logger.InfoContext(ctx, "indexation run begins or goes on",
			slog.String("run", r.Run.String()))
		if err := c.Bus.RunIndexation(ctx, r.Run); err != nil {
			c.indexFault(ctx, r.Run, err)
			done = false
		}
	}
	for i := range law.YieldRuns {
		r := &law.YieldRuns[i]
		if r.State != account.IndexationApproved {
			continue
		}
		c.Bus.Logger.InfoContext(ctx, "crediting of occupational yield begins or goes on",
			slog.String("run", r.Run.String()))
		if err := c.Bus.RunYield(ctx, r.Run); err != nil {
			c.indexFault(ctx, r.Run, err)
			done = false
		}
	}
	return done
}

func (c *Clerk) indexFault(ctx context.Context, run uuid.UUID, err error) {
	if ctx.Err() == nil {
		c.Bus.Logger.ErrorContext(ctx, "clerk could not carry out an indexation run",
			slog.String("run", run.String()), slog.String("error", err.Error()))
	}
}
