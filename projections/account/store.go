package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// store folds the known accounts on their states in the table and writes them back, copies
// the fresh ones into it, and adds the links. States are read in a transaction that may be the
// same one.
func (c *changes) store(ctx context.Context, tx, reading pgx.Tx) error {
	fresh, kept := projections.NewRows(), newScratch()
	if err := c.foldFresh(fresh, kept); err != nil {
		return err
	}
	if err := c.foldKnown(ctx, tx, reading, kept); err != nil {
		return err
	}
	links, err := c.newLinks(ctx, tx)
	if err != nil {
		return err
	}
	for _, l := range links {
		l.write(fresh)
	}
	if err := fresh.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	return nil
}

// foldFresh gives the rows of the accounts that begin.
func (c *changes) foldFresh(fresh *projections.Rows, kept *scratch) error {
	for _, t := range c.fresh {
		kept.person.Reset(t.id)
		if err := c.fold(&kept.person, t); err != nil {
			return err
		}
		write(fresh, &kept.person)
	}
	return nil
}

// foldKnown takes the known accounts through in portions: while one is folded here, the server
// writes the one before and, in a transaction of its own, reads those behind it. A person is in
// one portion only, so that what is read is never what is being written.
func (c *changes) foldKnown(ctx context.Context, tx, reading pgx.Tx, kept *scratch) error {
	if len(c.known) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	l := newLoading(c, reading != tx)
	var group errgroup.Group
	defer func() {
		cancel()
		_ = group.Wait()
	}()
	if reading == tx {
		if err := l.run(ctx, tx); err != nil {
			return err
		}
	} else {
		group.Go(func() error { return l.run(ctx, reading) })
	}
	update, err := tx.Prepare(ctx, sqlUpdate, sqlUpdate)
	if err != nil {
		return fmt.Errorf("store accounts: %w", err)
	}
	var folded *portion
	for p := range l.read {
		err := folded.write(ctx, tx, update, func() error { return p.fold(c, kept) })
		if err != nil {
			return err
		}
		if folded != nil {
			l.free <- folded
		}
		folded = p
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return folded.write(ctx, tx, update, func() error { return nil })
}

// scratch is where one account after the other is decoded and folded. Most texts of an
// account stand in those of its colleagues too.
type scratch struct {
	person  account.Recent
	decoder *ledger.Codec
}

func newScratch() *scratch { return &scratch{decoder: ledger.NewReusingDecoder()} }

// decode makes the account of what is stored.
func (s *scratch) decode(id ledger.PersonID, state, older []byte) (*account.Recent, error) {
	s.person.Reset(id)
	s.decoder.Reset(state)
	return &s.person, s.person.Read(s.decoder, older)
}
