package pglog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
)

// small tells whether the group may be sent in one message. What is taken over from another
// ledger is checked first, and a test that stops a transaction in its middle needs one.
func (g *group) small() bool {
	events := 0
	for _, r := range g.requests {
		if events += r.events; r.imported != nil {
			return false
		}
	}
	return events < copyRowsMin && g.writer.options.beforeCommit == nil
}

// foresee writes a small group in one round trip, decided on what is remembered, where
// asking first would take another. The remembered is right as long as nobody else has
// written. If somebody has, nothing of the group can be stored: positions and the numbers of
// streams and contexts have no gaps and are unique, so that the first of them is taken. Then,
// and where the remembered is not enough, the group is to be decided again, on what the
// database says.
func (w *writer) foresee(ctx context.Context, g *group, conn *pgx.Conn) error {
	if !g.expected() {
		w.last = nil
		return errAgain
	}
	b := &pgx.Batch{}
	queueBegin(b)
	g.queueInsert(b)
	g.queueRest(b)
	err := g.send(ctx, conn, b)
	if err == nil {
		g.remember()
		return nil
	}
	w.last = nil
	if errors.Is(err, ledger.ErrUnknownOutcome) && !pgconn.SafeToRetry(err) {
		return err
	}
	w.rollback(ctx, conn)
	return fmt.Errorf("%w: %w", errAgain, err)
}

// expected decides the group on what is remembered; true when all of it is accepted as new.
// A stream that is not remembered is taken for one that does not exist: whoever expects it
// to exist is refused here, and a new one whose name is taken is refused by the database.
func (g *group) expected() bool {
	w := g.writer
	g.summit, g.types = *w.last, w.types
	if len(g.missingTypes()) > 0 {
		return false
	}
	g.remembered()
	g.decide()
	for _, r := range g.requests {
		if r.err != nil || r.result.Repeated {
			return false
		}
	}
	return g.position <= w.lastPart
}
