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
func (c *changes) store(ctx context.Context, tx, reading pgx.Tx, r *room) error {
	fresh := projections.NewRows()
	if err := c.foldFresh(fresh, r); err != nil {
		return err
	}
	if err := c.foldKnown(ctx, tx, reading, r); err != nil {
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
func (c *changes) foldFresh(fresh *projections.Rows, r *room) error {
	for _, t := range c.fresh {
		r.person.Reset(t.id)
		if err := c.fold(&r.person, t); err != nil {
			return err
		}
		write(fresh, &r.person)
	}
	return nil
}

// foldKnown takes the known accounts through in portions: while one is folded here, the server
// writes those before and, in a transaction of its own, reads those behind it. A person is in
// one portion only, so that what is read is never what is being written.
func (c *changes) foldKnown(ctx context.Context, tx, reading pgx.Tx, r *room) error {
	if len(c.known) == 0 {
		return nil
	}
	beside, cancel := context.WithCancel(ctx)
	l := newLoading(c, r, reading != tx)
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
		group.Go(func() error { return l.run(beside, reading) })
	}
	w, err := newWriting(ctx, tx)
	if err != nil {
		return err
	}
	defer w.close()
	for p := range l.read {
		if err := p.fold(c, r); err != nil {
			return err
		}
		if err := w.send(p); err != nil {
			return err
		}
		l.free <- p
		if err := w.await(writtenAtOnce - 1); err != nil {
			return err
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return w.await(0)
}

// room is where a batch is folded: one account after the other is decoded in it, and portions
// come and go. Most texts of an account stand in those of its colleagues too.
type room struct {
	person   account.Recent
	decoder  *ledger.Codec
	portions []*portion
}

func newRoom() *room { return &room{decoder: ledger.NewReusingDecoder()} }

// decode makes the account of what is stored.
func (r *room) decode(id ledger.PersonID, state, older []byte) (*account.Recent, error) {
	r.person.Reset(id)
	r.decoder.Reset(state)
	return &r.person, r.person.Read(r.decoder, older)
}

// free gives so many portions that nobody uses.
func (r *room) free(n int) chan *portion {
	for len(r.portions) < n {
		r.portions = append(r.portions, newPortion())
	}
	free := make(chan *portion, n)
	for _, p := range r.portions[:n] {
		free <- p
	}
	return free
}
