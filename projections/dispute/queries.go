package dispute

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Dispute is a dispute in a list.
type Dispute struct {
	account.Dispute
	Person ledger.PersonID // whose account holds the line
	Turn   account.Turn
	Due    period.Date
}

// Filter narrows a list; exactly one of Payer and Office is given.
type Filter struct {
	// Payer lists what the payer has to answer or to correct.
	Payer string
	// Office lists what is open at an office, whoever's turn it is; with Turn only those.
	Office string
	Turn   account.Turn
	// DueBefore leaves only what is due before the day; the null date does not.
	DueBefore period.Date
}

// Queries reads the disputes.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

const columns = "id, person, turn, due, state"

func scan(row pgx.CollectableRow) (d Dispute, err error) {
	var (
		id    uuid.UUID
		due   *time.Time
		state []byte
	)
	if err = row.Scan(&id, &d.Person, &d.Turn, &due, &state); err == nil {
		d.Dispute, err = decode(state)
	}
	d.Due = projections.ColumnDate(due)
	return d, err
}

// Dispute finds a dispute; projections.ErrNotFound when there is none.
func (q *Queries) Dispute(ctx context.Context, id uuid.UUID,
) (d Dispute, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+columns+" from dispute where id = $1", id)
		if err != nil {
			return err
		}
		d, err = pgx.CollectExactlyOneRow(rows, scan)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		return err
	})
	if err != nil {
		return d, position, fmt.Errorf("dispute %s: %w", id, err)
	}
	return d, position, nil
}

// place is the cursor of a list.
type place struct {
	due period.Date
	id  uuid.UUID
}

func (p *place) fields(c *ledger.Codec) {
	c.Date(&p.due)
	c.UUID(&p.id)
}

// Open lists open disputes, the first due first.
func (q *Queries) Open(ctx context.Context, f Filter, cursor string, limit int,
) (page projections.Page[Dispute], err error) {
	var after place
	begun, err := projections.DecodeCursor(cursor, after.fields)
	if err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	args := []any{limit + 1}
	add := func(condition string, value any) string {
		args = append(args, value)
		return " and " + fmt.Sprintf(condition, len(args))
	}
	where := "turn <> ''"
	if f.Payer != "" {
		where = "turn in ('payer', 'correction')" + add("payer = $%d", f.Payer)
	} else {
		where += add("office = $%d", f.Office)
	}
	if f.Turn != "" {
		where += add("turn = $%d", string(f.Turn))
	}
	if !f.DueBefore.IsZero() {
		where += add("due < $%d", projections.DateColumn(f.DueBefore))
	}
	if begun {
		args = append(args, projections.DateColumn(after.due), after.id)
		where += fmt.Sprintf(" and (due, id) > ($%d, $%d)", len(args)-1, len(args))
	}
	page.Position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+columns+" from dispute where "+where+
			" order by due, id limit $1", args...)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, scan)
		page = projections.Paginate(list, limit, func(c *ledger.Codec, d Dispute) {
			(&place{d.Due, d.DisputeOpened.Dispute}).fields(c)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list disputes: %w", err)
	}
	return page, nil
}
