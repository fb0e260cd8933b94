package workforce

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Queries reads whom payers have reported.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// Filter says whose reports of which time are asked for.
type Filter struct {
	Payer    string
	Year     int
	Quarters Quarters // any of these; 0 for all of the year
	Category string   // empty for all
}

// Person is a reported person.
type Person struct {
	ID         ledger.PersonID
	Quarters   Quarters
	Categories []string // ascending
}

// Persons gives a page of reported persons by their pseudonyms, beginning after the given
// one, and the position that the page reflects.
func (q *Queries) Persons(ctx context.Context, f Filter, after ledger.PersonID, limit int,
) ([]Person, ledger.Position, error) {
	if f.Quarters == 0 {
		f.Quarters = QuartersOf("1234")
	}
	var page []Person
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select person, bit_or(quarters), array_agg(category order by category)
			from reported
			where payer = $1 and year = $2 and person > $3 and quarters & $4::smallint <> 0
				and ($5 = '' or category = $5)
			group by person order by person limit $6`,
			f.Payer, int16(f.Year), after, int16(f.Quarters), f.Category,
			projections.Limit(limit))
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Person, err error) {
			var quarters int16
			err = row.Scan(&p.ID, &quarters, &p.Categories)
			p.Quarters = Quarters(quarters)
			return p, err
		})
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("persons reported by payer %s: %w", f.Payer, err)
	}
	return page, position, nil
}

// Unreported gives a page of persons whom the payer employs in a quarter, named by its first
// month, and has perhaps not reported for it: by their pseudonyms, beginning after the given
// one, and the position that the page reflects. Who decides looks into their accounts, as
// reports that were cancelled may be there again.
func (q *Queries) Unreported(ctx context.Context, payer string, quarter period.Month,
	after ledger.PersonID, limit int) (page []ledger.PersonID, at ledger.Position, err error) {
	bit := QuartersOf(string(rune('0' + quarter.Quarter())))
	at, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select distinct person from employed e
			where payer = $1 and person > $2 and first <= $3 and coalesce(last >= $4, true)
				and not exists (select 1 from reported r
					where r.payer = e.payer and r.year = $5 and r.person = e.person
						and r.quarters & ~r.unsure & $6::smallint <> 0)
			order by person limit $7`, payer, after, int32(quarter.Add(2)), int32(quarter),
			int16(quarter.Year()), int16(bit), projections.Limit(limit))
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, pgx.RowTo[ledger.PersonID])
		return err
	})
	if err != nil {
		return nil, at, fmt.Errorf("persons employed by payer %s: %w", payer, err)
	}
	return page, at, nil
}
