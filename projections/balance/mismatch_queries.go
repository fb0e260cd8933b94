package balance

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// MismatchFilter narrows a list of mismatches; empty fields do not.
type MismatchFilter struct {
	Filter
	Kind string
	// Unexplained leaves out what has been explained as it stands.
	Unexplained bool
}

// PayerMismatch is a mismatch with its payer.
type PayerMismatch struct {
	Payer  string `json:"payer"`
	Office string `json:"office"`
	reconciliation.Mismatch
}

// Open lists open mismatches of what payers declare by office, payer, quarter and kind. What
// was carried over from the quarter before is left out: it is listed there.
func (q *Queries) Open(ctx context.Context, f MismatchFilter, cursor string, limit int,
) (projections.Page[PayerMismatch], error) {
	var page projections.Page[PayerMismatch]
	var after struct {
		office, payer, kind string
		quarter             int
	}
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.String(&after.office)
		c.String(&after.payer)
		c.Int(&after.quarter)
		c.String(&after.kind)
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	from, to := projections.Offices(f.Office, f.Region)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select payer, office, content from mismatch
			where closed is null and not carried and office >= $1 and office < $2
				and ($3 = '' or kind = $3) and not ($4 and explained)
				and (office, payer, quarter, kind) > ($5, $6, $7, $8)
			order by office, payer, quarter, kind limit $9`,
			from, to, f.Kind, f.Unexplained,
			after.office, after.payer, int32(after.quarter), after.kind, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, scanMismatch)
		page = projections.Paginate(list, limit, func(c *ledger.Codec, m PayerMismatch) {
			quarter := int(quarterOf(&m.Mismatch))
			c.String(&m.Office)
			c.String(&m.Payer)
			c.Int(&quarter)
			c.String(&m.Kind)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list mismatches: %w", err)
	}
	page.Position = position
	return page, nil
}

// Mismatches lists those of what a payer declares, open and closed, by quarter, kind and opening.
func (q *Queries) Mismatches(ctx context.Context, unp string,
) (list []PayerMismatch, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select payer, office, content from mismatch
			where payer = $1 order by quarter, kind, opened`, unp)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanMismatch)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("mismatches of payer %s: %w", unp, err)
	}
	return list, position, nil
}

func scanMismatch(row pgx.CollectableRow) (m PayerMismatch, err error) {
	var content []byte
	if err := row.Scan(&m.Payer, &m.Office, &content); err != nil {
		return m, err
	}
	c := ledger.NewDecoder(content)
	m.Fields(c)
	return m, c.Finish()
}

// Duty is a form that payers of some kinds owe for a quarter, named by its first month.
type Duty struct {
	Form    string
	Quarter period.Month
	Kinds   []string
}

// Count is how many payers of an office owe a form and how many have filed it.
type Count struct {
	Office string `json:"office"`
	Owing  int64  `json:"owing"`
	Met    int64  `json:"met"`
}

// Counts gives the counts of the offices of a filter, by office. It reads a few rows for
// each office, however many payers it has.
func (q *Queries) Counts(ctx context.Context, d Duty, office, region string,
) (list []Count, position ledger.Position, err error) {
	from, to := projections.Offices(office, region)
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select office,
				coalesce(sum(payers) filter (where form = ''), 0)::bigint,
				coalesce(sum(payers) filter (where form = $3 and quarter = $4), 0)::bigint
			from total where office >= $1 and office < $2 and office <> ''
				and payer_kind = any($5) and quarter <= $4 and form in ('', $3)
			group by office order by office`, from, to, d.Form, int32(d.Quarter), d.Kinds)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("count obligations: %w", err)
	}
	return list, position, nil
}

// Missing lists the payers of an office that owe a form and have not filed it, by UNP. It
// reads the payers of the office alone.
func (q *Queries) Missing(ctx context.Context, d Duty, office, cursor string, limit int,
) (projections.Page[string], error) {
	var page projections.Page[string]
	var after string
	place := func(c *ledger.Codec) { c.String(&after) }
	if _, err := projections.DecodeCursor(cursor, place); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select unp from duty d
			where office = $1 and unp > $2 and payer_kind = any($3) and first <= $4
				and (last is null or last >= $4) and not exists (select 1 from met m
					where m.unp = d.unp and m.form = $5 and m.quarter = $4)
			order by unp limit $6`, office, after, d.Kinds, int32(d.Quarter), d.Form, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		page = projections.Paginate(list, limit, func(c *ledger.Codec, unp string) {
			c.String(&unp)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list missing reports: %w", err)
	}
	page.Position = position
	return page, nil
}
