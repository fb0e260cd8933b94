package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
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
	// MergedInto is the account that this one is absorbed by; the null identifier for none.
	MergedInto ledger.PersonID
}

const personColumns = "person, known, insurance_no, surname, name, patronymic, birth_date, " +
	"sex, provisional, registered_at, merged_into"

func scanPerson(row pgx.CollectableRow) (p Person, err error) {
	var birth, registered *time.Time
	var into uuid.NullUUID
	err = row.Scan(&p.ID, &p.Known, &p.InsuranceNo, &p.Surname, &p.Name, &p.Patronymic,
		&birth, &p.Sex, &p.Provisional, &registered, &into)
	p.MergedInto = into.UUID
	p.BirthDate, p.RegisteredAt = projections.ColumnDate(birth), projections.ColumnTime(registered)
	return p, err
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

// Absorbed gives the rows of the accounts that a survivor has absorbed, by identifier.
func (q *Queries) Absorbed(
	ctx context.Context, survivor ledger.PersonID,
) (list []Person, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+personColumns+` from person
			where merged_into = $1 order by person`, survivor)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanPerson)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read absorbed accounts: %w", err)
	}
	return list, position, nil
}

// PersonByNumber finds a person by the insurance number, written with Latin letters or
// with Cyrillic ones of the same look; projections.ErrNotFound when there is none. The
// number of an absorbed account finds the survivor's.
func (q *Queries) PersonByNumber(
	ctx context.Context, text string,
) (p Person, position ledger.Position, err error) {
	no, ok := numberOf(text)
	if !ok {
		return p, 0, fmt.Errorf("person by insurance number: %w", projections.ErrNotFound)
	}
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+personColumns+` from person
			where person = (select coalesce(merged_into, person) from person
				where insurance_no = $1 and insurance_no <> '' order by person limit 1)`, no)
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
	if _, ok := numberOf(text); ok {
		p, position, err := q.PersonByNumber(ctx, text)
		page.Position = position
		if errors.Is(err, projections.ErrNotFound) {
			return page, nil
		}
		page.Items = []Person{p}
		return page, err
	}
	list, err := searchWords(text)
	if err != nil {
		return page, err
	}
	var after place[ledger.PersonID]
	personID := func(c *ledger.Codec, id *ledger.PersonID) { c.UUID(id) }
	continued, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		after.fields(c, personID)
	})
	if err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	l := listing{table: "person", key: "person", columns: personColumns,
		filter: "known and merged_into is null"}
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		hits, err := search(ctx, tx, l, list, after, continued, limit+1, scanPerson)
		page = pageOf(hits, limit, func(p Person) ledger.PersonID { return p.ID }, personID)
		return err
	})
	page.Position = position
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
	var after place[string]
	unpField := func(c *ledger.Codec, unp *string) { c.String(unp) }
	continued, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		after.fields(c, unpField)
	})
	if err != nil {
		return page, err
	}
	from, to := projections.Offices(filter.Office, filter.Region)
	l := listing{table: "payer", key: "unp", columns: payerColumns,
		filter: "registered and office >= $1 and office < $2", args: []any{from, to}}
	limit = projections.Limit(limit)
	find := func(tx pgx.Tx) ([]hit[Payer], error) {
		return listPayers(ctx, tx, l, "true", after.id, limit+1)
	}
	if no, ok := numberOf(filter.Text); ok && len(no) == unpLength {
		l.args = append(l.args, no)
		find = func(tx pgx.Tx) ([]hit[Payer], error) {
			return listPayers(ctx, tx, l, "(unp = $3 or fund_no = $3)", after.id, limit+1)
		}
	} else if filter.Text != "" {
		list, err := searchWords(filter.Text)
		if err != nil {
			return page, err
		}
		find = func(tx pgx.Tx) ([]hit[Payer], error) {
			return search(ctx, tx, l, list, after, continued, limit+1, scanPayer)
		}
	}
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		hits, err := find(tx)
		page = pageOf(hits, limit, func(p Payer) string { return p.UNP }, unpField)
		return err
	})
	page.Position = position
	if err != nil {
		return page, fmt.Errorf("search payers: %w", err)
	}
	return page, nil
}

// listPayers gives the payers of a condition after a UNP, by UNP.
func listPayers(
	ctx context.Context, tx pgx.Tx, l listing, where, after string, limit int,
) (hits []hit[Payer], err error) {
	q := query{l.args}
	rows, err := tx.Query(ctx, fmt.Sprintf(
		"select %s from payer where %s and %s and unp > %s order by unp limit %s",
		l.columns, l.filter, where, q.arg(after), q.arg(limit)), q.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h hit[Payer], err error) {
		h.item, err = scanPayer(row)
		return h, err
	})
}
