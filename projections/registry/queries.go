package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Person is an insured person in the register.
type Person struct {
	ID ledger.PersonID
	// Known is false when the person's key was destroyed; all that follows is empty then.
	Known        bool
	InsuranceNo  string
	Surname      string
	Name         string
	Patronymic   string
	BirthDate    period.Date
	Sex          string // М or Ж
	Provisional  bool   // the identity is not confirmed
	RegisteredAt time.Time
}

const personColumns = "person, known, insurance_no, surname, name, patronymic, birth_date, " +
	"sex, provisional, registered_at"

func scanPerson(row pgx.CollectableRow) (Person, error) {
	p, _, err := scanRanked(row, false)
	return p, err
}

// scanRanked reads a person and, when the row has one, the rank behind it.
func scanRanked(row pgx.CollectableRow, ranked bool) (p Person, rank int, err error) {
	var birth, registered *time.Time
	targets := []any{&p.ID, &p.Known, &p.InsuranceNo, &p.Surname, &p.Name, &p.Patronymic,
		&birth, &p.Sex, &p.Provisional, &registered}
	if ranked {
		targets = append(targets, &rank)
	}
	err = row.Scan(targets...)
	p.BirthDate, p.RegisteredAt = projections.ColumnDate(birth), projections.ColumnTime(registered)
	return p, rank, err
}

// Queries reads the register.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New(nil))}
}

// Persons gives the register's rows of the persons that it has, by identifier.
func (q *Queries) Persons(
	ctx context.Context, ids []ledger.PersonID,
) (list []Person, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+personColumns+` from person
			where person = any($1) order by person`, ids)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanPerson)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read the register of persons: %w", err)
	}
	return list, position, nil
}

// PersonByNumber finds a person by the insurance number, written with Latin letters or
// with Cyrillic ones of the same look; projections.ErrNotFound when there is none.
func (q *Queries) PersonByNumber(
	ctx context.Context, text string,
) (p Person, position ledger.Position, err error) {
	no, ok := insuranceNo(text)
	if !ok {
		return p, 0, fmt.Errorf("person by insurance number: %w", projections.ErrNotFound)
	}
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+personColumns+` from person
			where insurance_no = $1 and insurance_no <> '' order by person limit 1`, no)
		if err != nil {
			return err
		}
		p, err = pgx.CollectExactlyOneRow(rows, scanPerson)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		return err
	})
	if err != nil {
		return p, position, fmt.Errorf("person by insurance number: %w", err)
	}
	return p, position, nil
}

// FindPersons searches by insurance number, when the text is a number, or by name: surname
// first or not, whole words or beginnings, spelling and one wrong letter a word forgiven.
// The best come first. The text is personal data: never put it into a URL or a log.
func (q *Queries) FindPersons(
	ctx context.Context, text, cursor string, limit int,
) (page projections.Page[Person], err error) {
	if _, ok := insuranceNo(text); ok {
		p, position, err := q.PersonByNumber(ctx, text)
		page.Position = position
		if errors.Is(err, projections.ErrNotFound) {
			return page, nil
		}
		page.Items = []Person{p}
		return page, err
	}
	after := place[ledger.PersonID]{rank: -1}
	personID := func(c *ledger.Codec, id *ledger.PersonID) { c.UUID(id) }
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		after.fields(c, personID)
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	s, err := newSearch(text, after.rank, after.id, limit+1)
	if err != nil {
		return page, err
	}
	type result struct {
		Person
		rank int
	}
	page.Position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+personColumns+`, rank from (select *, `+s.rank+
			` as rank from person where `+s.where+`) found
			where (rank, person) > ($1, $2) order by rank, person limit $3`, s.args...)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r result, err error) {
			r.Person, r.rank, err = scanRanked(row, true)
			return r, err
		})
		cut := projections.Paginate(list, limit, func(c *ledger.Codec, r result) {
			(&place[ledger.PersonID]{r.rank, r.ID}).fields(c, personID)
		})
		page.Next = cut.Next
		for _, r := range cut.Items {
			page.Items = append(page.Items, r.Person)
		}
		return err
	})
	if err != nil {
		return page, fmt.Errorf("search persons: %w", err)
	}
	return page, nil
}

// Payer gives a payer by UNP; projections.ErrNotFound when it is not registered.
func (q *Queries) Payer(
	ctx context.Context, unp string,
) (p Payer, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+payerColumns+` from payer
			where unp = $1 and registered`, unp)
		if err != nil {
			return err
		}
		p, err = pgx.CollectExactlyOneRow(rows, scanPayer)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		return err
	})
	if err != nil {
		return p, position, fmt.Errorf("payer %s: %w", unp, err)
	}
	return p, position, nil
}

// PayerFilter narrows a list of payers; empty fields do not.
type PayerFilter struct {
	Text   string // UNP, fund number or words of the name, spelling forgiven
	Office string // three digits
	Region string // the first digit of the offices
}

// FindPayers lists payers, the best first when a text is given, else by UNP.
func (q *Queries) FindPayers(
	ctx context.Context, filter PayerFilter, cursor string, limit int,
) (page projections.Page[Payer], err error) {
	after := place[string]{rank: -1}
	payerID := func(c *ledger.Codec, unp *string) { c.String(unp) }
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		after.fields(c, payerID)
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	query, args, err := payerQuery(filter, after, limit)
	if err != nil {
		return page, err
	}
	page.Position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		var rank int
		ranks := map[string]int{}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Payer, err error) {
			var since, until *time.Time
			err = row.Scan(&p.UNP, &p.Name, &p.FundNo, &p.Office, &p.Kind, &since, &until, &rank)
			p.Since = projections.ColumnDate(since)
			p.DeregisteredOn = projections.ColumnDate(until)
			ranks[p.UNP] = rank
			return p, err
		})
		page = projections.Paginate(list, limit, func(c *ledger.Codec, p Payer) {
			(&place[string]{ranks[p.UNP], p.UNP}).fields(c, payerID)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("search payers: %w", err)
	}
	return page, nil
}
