package reporting

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// Total is a row of figures.
type Total struct {
	Scope, Code, Form string
	Year, Quarter     int
	Figures
	// Position is that of the last event that touched the row.
	Position ledger.Position
}

// Filter narrows totals; nil and empty fields do not.
type Filter struct {
	Scope   string  // Country, Region or Office
	Code    string  // of the region or office
	Form    *string // AnyForm has an empty name, hence the pointer
	Year    int
	Quarter int
}

const totalColumns = `scope, code, form, year, quarter, received, processed, accepted, partial,
	refused, documents_accepted, documents_rejected, documents_parked, persons, earnings,
	benefits, contributions, assessed, payments, position`

// totalOrder is the order of lists, that of the primary key.
const totalOrder = "scope, code, form, year, quarter"

// where builds the condition of a filter; args are the parameters before its own. Only
// fields that are set take part, so that the database can use its indexes.
func (f Filter) where(args []any) (string, []any) {
	condition := ""
	add := func(column string, value any) {
		args = append(args, value)
		condition += fmt.Sprintf(" and %s = $%d", column, len(args))
	}
	if f.Scope != "" {
		add("scope", f.Scope)
	}
	if f.Code != "" {
		add("code", f.Code)
	}
	if f.Form != nil {
		add("form", *f.Form)
	}
	if f.Year != 0 {
		add("year", f.Year)
	}
	if f.Quarter != 0 {
		add("quarter", f.Quarter)
	}
	return condition, args
}

func scanTotal(row pgx.CollectableRow) (t Total, err error) {
	var position int64
	err = row.Scan(&t.Scope, &t.Code, &t.Form, &t.Year, &t.Quarter, &t.Received, &t.Processed,
		&t.Accepted, &t.Partial, &t.Refused, &t.DocumentsAccepted, &t.DocumentsRejected,
		&t.DocumentsParked, &t.Persons, &t.Earnings, &t.Benefits, &t.Contributions,
		&t.Assessed, &t.Payments, &position)
	t.Position = ledger.Position(position)
	return t, err
}

// Queries reads the totals. Told of them as a projections.Watcher, it answers lists of them
// from memory.
type Queries struct {
	reader *projections.Reader
	copy   copied
}

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{reader: projections.NewReader(pool, New()),
		copy: copied{refreshing: make(chan struct{}, 1)}}
}

// Totals lists the rows of a filter by scope, code, form, year and quarter.
func (q *Queries) Totals(
	ctx context.Context, filter Filter, cursor string, limit int,
) (page projections.Page[Total], err error) {
	var last Total
	if _, err := projections.DecodeCursor(cursor, last.place); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	list, position, held := q.copy.list(filter, last, limit+1)
	if !held && q.fill(ctx) {
		list, position, held = q.copy.list(filter, last, limit+1)
	}
	if !held {
		list, position, err = q.selectTotals(ctx, filter, last, limit+1)
	}
	if err != nil {
		return page, fmt.Errorf("read totals: %w", err)
	}
	page = projections.Paginate(list, limit, func(c *ledger.Codec, t Total) { t.place(c) })
	page.Position = position
	return page, nil
}

// selectTotals asks the table for the rows of a filter that come after another.
func (q *Queries) selectTotals(ctx context.Context, filter Filter, last Total, limit int,
) (list []Total, position ledger.Position, err error) {
	where, args := filter.where([]any{last.Scope, last.Code, last.Form, last.Year, last.Quarter,
		limit})
	position, err = q.reader.Select(ctx, "select "+totalColumns+` from `+
		q.reader.Table("total")+`
		where (scope, code, form, year, quarter) > ($1, $2, $3, $4, $5)`+where+`
		order by `+totalOrder+` limit $6`, totalOrder, args,
		func(row pgx.CollectableRow) error {
			t, err := scanTotal(row)
			list = append(list, t)
			return err
		})
	return list, position, err
}

// place describes the place of a row in the list.
func (t *Total) place(c *ledger.Codec) {
	c.String(&t.Scope)
	c.String(&t.Code)
	c.String(&t.Form)
	c.Int(&t.Year)
	c.Int(&t.Quarter)
}

// ChangedSince lists the rows of a filter that an event after the position touched, in
// the order of their last change, at most limit, and the position that the answer
// reflects. Whoever follows asks next from the position of the last row when the list is
// full, and from the answer's position when it is not.
func (q *Queries) ChangedSince(
	ctx context.Context, since ledger.Position, filter Filter, limit int,
) (list []Total, position ledger.Position, err error) {
	where, args := filter.where([]any{int64(since), projections.Limit(limit)})
	// One event touches the rows of several scopes: they share a position and must not
	// be cut apart, or the rest would be passed over by the next call.
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+totalColumns+` from (
				select t.* from total t join quarter_change q using (year, quarter)
				where q.position > $1 and t.position > $1`+where+`
				order by t.position fetch first $2 rows with ties) changed
			order by position, scope, code, form, year, quarter`, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanTotal)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read changed totals: %w", err)
	}
	return list, position, nil
}

// Expectation is the number of payers with the duty to report ПУ-3 for a quarter.
type Expectation struct {
	Scope, Code string
	Payers      int64
}

// Expected gives the number of payers that owe a report for the quarter, for each region
// or office of the scope, or for one code of it. It adds up a row for each quarter in
// which the number changed.
func (q *Queries) Expected(
	ctx context.Context, scope, code string, year, number int,
) (list []Expectation, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select scope, code, sum(delta)::bigint from payer_change
			where scope = $1 and ($2 = '' or code = $2) and (year, quarter) <= ($3, $4)
			group by scope, code order by code`, scope, code, year, number)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Expectation])
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read expected reports: %w", err)
	}
	return list, position, nil
}
