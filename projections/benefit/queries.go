package benefit

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Queries reads cases, amounts and totals.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// Case is a case as lists show it.
type Case struct {
	Person    ledger.PersonID
	ID        uuid.UUID
	Kind      string
	Office    string
	State     account.CaseState
	Work      string // what an officer has to do next
	ClaimedOn period.Date
	FirstDay  period.Date
	LastDay   period.Date // zero while no end is known
	Amount    money.Amount
	Form      string
	Position  ledger.Position // of the case's last event
}

// Filter narrows a list of cases; empty fields do not.
type Filter struct {
	Office string
	Kind   string
	State  account.CaseState
	// Work is one of the works, AnyWork all cases that wait for somebody.
	Work string
}

// AnyWork asks for cases with any work.
const AnyWork = "any"

func (f Filter) where(args []any) (string, []any) {
	condition := ""
	add := func(column, value string) {
		args = append(args, value)
		condition += fmt.Sprintf(" and %s = $%d", column, len(args))
	}
	if f.Office != "" {
		add("office", f.Office)
	}
	if f.State != "" {
		add("state", string(f.State))
	}
	if f.Kind != "" {
		add("kind", f.Kind)
	}
	switch f.Work {
	case WorkNone:
	case AnyWork:
		condition += " and work <> ''"
	default:
		condition += " and work <> ''" // the condition of the index
		add("work", f.Work)
	}
	return condition, args
}

const caseColumnList = `person, id, kind, office, state, work, claimed_on, first_day, last_day,
	amount, form, position`

func scanCase(row pgx.CollectableRow) (c Case, err error) {
	var (
		claimed, first, last *time.Time
		position             int64
	)
	err = row.Scan(&c.Person, &c.ID, &c.Kind, &c.Office, &c.State, &c.Work, &claimed, &first,
		&last, &c.Amount, &c.Form, &position)
	c.ClaimedOn, c.FirstDay = projections.ColumnDate(claimed), projections.ColumnDate(first)
	c.LastDay, c.Position = projections.ColumnDate(last), ledger.Position(position)
	return c, err
}

// Cases lists cases, those claimed first first.
func (q *Queries) Cases(ctx context.Context, filter Filter, cursor string, limit int,
) (page projections.Page[Case], err error) {
	var last Case
	begun, err := projections.DecodeCursor(cursor, last.place)
	if err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	where, args := filter.where([]any{limit + 1})
	if begun {
		n := len(args)
		args = append(args, projections.DateColumn(last.ClaimedOn), last.Person, last.ID)
		where += fmt.Sprintf(" and (claimed_on, person, id) > ($%d, $%d, $%d)", n+1, n+2, n+3)
	}
	page.Position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+caseColumnList+" from benefit_case where true"+
			where+" order by claimed_on, person, id limit $1", args...)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, scanCase)
		page = projections.Paginate(list, limit, func(c *ledger.Codec, x Case) { x.place(c) })
		return err
	})
	if err != nil {
		return page, fmt.Errorf("read cases: %w", err)
	}
	return page, nil
}

// place describes the place of a case in the list.
func (c *Case) place(codec *ledger.Codec) {
	codec.Date(&c.ClaimedOn)
	codec.UUID(&c.Person)
	codec.UUID(&c.ID)
}

// Paid is what a case pays on a day.
type Paid struct {
	Case   uuid.UUID
	Kind   string
	Office string
	Form   string
	// FirstDay and LastDay bound the time in which this amount is paid; LastDay is zero
	// while no end is known.
	FirstDay period.Date
	LastDay  period.Date
	Amount   money.Amount
}

// PaidOn lists what a person is paid for a day.
func (q *Queries) PaidOn(ctx context.Context, accounts []ledger.PersonID, on period.Date,
) (list []Paid, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select c.id, c.kind, c.office, c.form, a.first_day,
				a.last_day, a.amount
			from amount a join benefit_case c using (person, id)
			where a.person = any($1) and a.first_day <= $2
				and (a.last_day is null or a.last_day >= $2)
			order by a.first_day, c.id`, accounts, projections.DateColumn(on))
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Paid, err error) {
			var first, last *time.Time
			err = row.Scan(&p.Case, &p.Kind, &p.Office, &p.Form, &first, &last, &p.Amount)
			p.FirstDay, p.LastDay = projections.ColumnDate(first), projections.ColumnDate(last)
			return p, err
		})
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read what is paid: %w", err)
	}
	return list, position, nil
}

// Total is what is in force of a kind at one place in a month.
type Total struct {
	Scope, Code, Kind string
	Month             period.Month
	Count             int64
	Amount            money.Amount // a month
	// Since is the month from which these figures hold.
	Since period.Month
}

// TotalFilter narrows totals; empty fields do not.
type TotalFilter struct {
	Scope string // Country, Region or Office
	Code  string
	Kind  string
}

// Totals lists what is in force in a month by scope, code and kind; what is nothing is left
// out. Each line is one look-up, however long its history.
func (q *Queries) Totals(ctx context.Context, month period.Month, f TotalFilter, cursor string,
	limit int) (page projections.Page[Total], err error) {
	var last Total
	if _, err := projections.DecodeCursor(cursor, last.place); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	page.Position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, totalsQuery, last.Scope, last.Code, last.Kind, f.Scope,
			f.Code, f.Kind, int32(month), limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Total, err error) {
			var since int32
			err = row.Scan(&t.Scope, &t.Code, &t.Kind, &since, &t.Count, &t.Amount)
			t.Month, t.Since = month, period.Month(since)
			return t, err
		})
		page = projections.Paginate(list, limit, func(c *ledger.Codec, t Total) { t.place(c) })
		return err
	})
	if err != nil {
		return page, fmt.Errorf("read totals of benefits: %w", err)
	}
	return page, nil
}

// totalsQuery steps from one series to the next by the key, and takes of each the last row
// up to the month.
const totalsQuery = `with recursive series as (
		(select scope, code, kind from total
			where (scope, code, kind) > ($1, $2, $3) and ($4 = '' or scope = $4)
				and ($5 = '' or code = $5) and ($6 = '' or kind = $6)
			order by scope, code, kind limit 1)
		union all
		select n.scope, n.code, n.kind from series s, lateral (
			select scope, code, kind from total t
			where (t.scope, t.code, t.kind) > (s.scope, s.code, s.kind)
				and ($4 = '' or scope = $4) and ($5 = '' or code = $5)
				and ($6 = '' or kind = $6)
			order by scope, code, kind limit 1) n)
	select s.scope, s.code, s.kind, t.month, t.count, t.amount from series s, lateral (
		select month, count, amount from total t where t.scope = s.scope and t.code = s.code
			and t.kind = s.kind and t.month <= $7 order by month desc limit 1) t
	where t.count <> 0 limit $8`

// place describes the place of a row in the list.
func (t *Total) place(c *ledger.Codec) {
	c.String(&t.Scope)
	c.String(&t.Code)
	c.String(&t.Kind)
}
