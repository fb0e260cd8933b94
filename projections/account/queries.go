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
// person without any event is projections.ErrNotFound. Where accounts are joined it is the
// one account of all, seen from the survivor's.
func (q *Queries) Person(
	ctx context.Context, id ledger.PersonID,
) (*account.Person, ledger.Position, error) {
	var person *account.Person
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		var state, older []byte
		err := tx.QueryRow(ctx, "select state, older from person where person = $1", id).
			Scan(&state, &older)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		if err != nil {
			return err
		}
		if person, err = account.Restore(state, older); err == nil && person.Linked() {
			person, err = joined(ctx, tx, person)
		}
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("account of person %s: %w", id, err)
	}
	return person, position, nil
}

// joined gives the one account of all that the account is joined with.
func joined(ctx context.Context, tx pgx.Tx, p *account.Person) (*account.Person, error) {
	load := func(ids []ledger.PersonID) ([]*account.Person, error) {
		list, err := statesOf(ctx, tx, ids)
		for _, p := range list {
			if err == nil && p.Revision == ledger.NoStream {
				err = fmt.Errorf("%w: joined account %s is not there", ledger.ErrCorrupt, p.ID)
			}
		}
		return list, err
	}
	survivors, err := load([]ledger.PersonID{p.Canonical()})
	if err != nil {
		return nil, err
	}
	others, err := load(survivors[0].Absorbed)
	if err != nil {
		return nil, err
	}
	return account.Join(survivors[0], others...), nil
}

// Accounts gives the ids of all accounts of the person whose account the id is, which may
// be unknown: the survivor's first.
func (q *Queries) Accounts(ctx context.Context, id ledger.PersonID,
) (ids []ledger.PersonID, err error) {
	_, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `with survivor as (select coalesce((select merged_into
				from person where person = $1), $1::uuid) as id)
			select id from survivor union all
			(select person from person where merged_into = (select id from survivor)
			order by person)`, id)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[ledger.PersonID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("accounts of a person: %w", err)
	}
	return ids, nil
}

// Persons gives the accounts of persons in the order of their ids as given; who has no event
// yet has an empty account.
func (q *Queries) Persons(ctx context.Context, ids []ledger.PersonID,
) ([]*account.Person, ledger.Position, error) {
	var persons []*account.Person
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) (err error) {
		persons, err = statesOf(ctx, tx, ids)
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

// statesOf reads accounts in the order of their ids; who has no event yet has an empty one.
func statesOf(ctx context.Context, tx pgx.Tx, ids []ledger.PersonID,
) ([]*account.Person, error) {
	list := make([]*account.Person, len(ids))
	for i, id := range ids {
		list[i] = account.NewPerson(id)
	}
	rows, err := tx.Query(ctx, `select ord, state, older from person
		join unnest($1::uuid[]) with ordinality n(person, ord) using (person)`,
		projections.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	var (
		ord          int64
		state, older []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&ord, &state, &older}, func() error {
		list[ord-1], err = account.Restore(state, older)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	return list, nil
}

// OfPayer lists the persons whom a payer has ever employed or reported, in a stable order. A
// person with joined accounts is listed once, as the survivor.
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
		rows, err := tx.Query(ctx, ofPayer, unp, after, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x listed, err error) {
			err = row.Scan(&x.link, &x.person)
			return x, err
		})
		cut := projections.Paginate(list, limit, func(c *ledger.Codec, x listed) {
			c.UUID(&x.link)
		})
		page.Next = cut.Next
		for _, x := range cut.Items {
			page.Items = append(page.Items, x.person)
		}
		return err
	})
	if err != nil {
		return page, fmt.Errorf("persons of a payer: %w", err)
	}
	page.Position = position
	return page, nil
}

// listed is a person of a payer, by the account under which the payer reported.
type listed struct{ link, person ledger.PersonID }

// ofPayer lists the accounts that a payer has reported, and leaves out those whose person
// another one stands for: the survivor's, or the first of those it has absorbed.
const ofPayer = `select l.person, coalesce(p.merged_into, p.person)
	from payer_person l join person p on p.person = l.person
	where l.payer = $1 and l.person > $2 and (p.merged_into is null or not (
		exists (select from payer_person s where s.payer = l.payer and s.person = p.merged_into)
		or exists (select from person q join payer_person s on s.person = q.person
			where q.merged_into = p.merged_into and q.person < p.person and s.payer = l.payer)))
	order by l.person limit $3`
