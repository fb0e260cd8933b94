package balance

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
	"github.com/stazh/stazh/projections"
)

// Suspended is a payment that waits for its payer.
type Suspended struct {
	Treasury  string // UNP of the filer of the list
	BankRef   string
	Office    string // of the treasury
	ValueDate period.Date
	BookedOn  period.Date
	Amount    money.Amount
	Kind      string
	Month     period.Month
	Payer     string // as the list has it, empty when it is no UNP
	Reason    string
	Receipt   string
	DocNo     int
	Position  ledger.Position
}

// Suspended lists the payments that wait, the oldest first.
func (q *Queries) Suspended(ctx context.Context, filter Filter, cursor string, limit int,
) (projections.Page[Suspended], error) {
	var page projections.Page[Suspended]
	var day int
	var treasury, ref string
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.Int(&day)
		c.String(&treasury)
		c.String(&ref)
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	from, to := projections.Offices(filter.Office, filter.Region)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select treasury, bank_ref, office, value_date, booked_on,
				amount, kind, month, payer, reason, receipt, document, position from suspended
			where office >= $1 and office < $2 and (value_date, treasury, bank_ref) > ($3, $4, $5)
			order by value_date, treasury, bank_ref limit $6`, from, to, day, treasury, ref, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Suspended])
		page = projections.Paginate(list, limit, func(c *ledger.Codec, s Suspended) {
			day := int(s.ValueDate)
			c.Int(&day)
			c.String(&s.Treasury)
			c.String(&s.BankRef)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list suspended payments: %w", err)
	}
	page.Position = position
	return page, nil
}

// Accounts gives the accounts of registered payers with their open mismatches, ordered by
// office and UNP. What of them is in arrears on a day is computed by whoever asks: an index
// of it would age.
func (q *Queries) Accounts(ctx context.Context, filter Filter, cursor string, limit int,
) (projections.Page[*reconciliation.Track], error) {
	var page projections.Page[*reconciliation.Track]
	var office, unp string
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.String(&office)
		c.String(&unp)
	}); err != nil {
		return page, err
	}
	from, to := projections.Offices(filter.Office, filter.Region)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select state from payer
			where office >= $1 and office < $2 and (office, unp) > ($3, $4) and registered
			order by office, unp limit $5`, from, to, office, unp, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*reconciliation.Track, error) {
			var state []byte
			if err := row.Scan(&state); err != nil {
				return nil, err
			}
			return decode(state)
		})
		page = projections.Paginate(list, limit, func(c *ledger.Codec, t *reconciliation.Track) {
			c.String(&t.Payer.Office)
			c.String(&t.Payer.UNP)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("accounts of payers: %w", err)
	}
	page.Position = position
	return page, nil
}
