package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// Queries reads the accounts.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// Person gives the account of an insured person and the position that it reflects; a
// person without any event is projections.ErrNotFound.
func (q *Queries) Person(
	ctx context.Context, id ledger.PersonID,
) (*account.Person, ledger.Position, error) {
	var person *account.Person
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		var state []byte
		err := tx.QueryRow(ctx, "select state from person where person = $1", id).Scan(&state)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		if err != nil {
			return err
		}
		person, err = decode(state)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("account of person %s: %w", id, err)
	}
	return person, position, nil
}

// Persons gives the accounts of persons in the order of their ids as given; who has no event
// yet has an empty account.
func (q *Queries) Persons(ctx context.Context, ids []ledger.PersonID,
) ([]*account.Person, ledger.Position, error) {
	persons := make([]*account.Person, len(ids))
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		c := changes{known: ids, states: make(map[ledger.PersonID]*account.Person, len(ids))}
		err := c.load(ctx, tx)
		for i, id := range ids {
			if persons[i] = c.states[id]; persons[i] == nil {
				persons[i] = account.NewPerson(id)
			}
		}
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("accounts of persons: %w", err)
	}
	return persons, position, nil
}

// Occupational lists persons who have ever been reported by ПУ-6, in the order of their ids,
// beginning after the id.
func (q *Queries) Occupational(ctx context.Context, after ledger.PersonID, limit int,
) (ids []ledger.PersonID, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select person from person
			where occupational and person > $1 order by person limit $2`, after, limit)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[ledger.PersonID])
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("persons with an occupational part: %w", err)
	}
	return ids, position, nil
}

// OfPayer lists the persons whom a payer has ever employed or reported, by identifier.
func (q *Queries) OfPayer(
	ctx context.Context, unp, cursor string, limit int,
) (projections.Page[ledger.PersonID], error) {
	var after ledger.PersonID
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.UUID(&after)
	}); err != nil {
		return projections.Page[ledger.PersonID]{}, err
	}
	limit = projections.Limit(limit)
	var page projections.Page[ledger.PersonID]
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select person from payer_person
			where payer = $1 and person > $2 order by person limit $3`, unp, after, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[ledger.PersonID])
		page = projections.Paginate(list, limit, func(c *ledger.Codec, id ledger.PersonID) {
			c.UUID(&id)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("persons of a payer: %w", err)
	}
	page.Position = position
	return page, nil
}
