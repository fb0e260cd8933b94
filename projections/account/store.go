package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// portionPersons is the number of persons whose states are read, folded and written together.
const portionPersons = 500

// store folds the known accounts on their states in the table and writes them back, copies
// the fresh ones into it, and adds the links.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	fresh, kept := projections.NewRows(), newScratch()
	if err := c.foldFresh(fresh, kept); err != nil {
		return err
	}
	if err := c.foldKnown(ctx, tx, kept); err != nil {
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

// foldKnown takes the known accounts through in portions. While the server writes the portion
// before and reads the one behind, a portion is folded here. A person is in one portion only,
// so that none is read before it is written.
func (c *changes) foldKnown(ctx context.Context, tx pgx.Tx, kept *scratch) error {
	if len(c.known) == 0 {
		return nil
	}
	s, err := newShuttle(ctx, tx)
	if err != nil {
		return err
	}
	ahead, here, behind := newPortion(), newPortion(), newPortion()
	for rest := c.known; len(rest) > 0 || len(here.persons)+len(behind.persons) > 0; {
		n := min(len(rest), portionPersons)
		ahead.begin(rest[:n])
		rest = rest[n:]
		err := s.trip(ctx, behind, ahead, func() error { return here.fold(c, kept) })
		if err != nil {
			return err
		}
		ahead, here, behind = behind, ahead, here
	}
	return nil
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
