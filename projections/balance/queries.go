package balance

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Queries reads the accounts of payers.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// Payer gives a payer's account and the position that it reflects; a payer without any
// event is projections.ErrNotFound.
func (q *Queries) Payer(
	ctx context.Context, unp string,
) (*account.Payer, ledger.Position, error) {
	var payer *account.Payer
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		var state []byte
		err := tx.QueryRow(ctx, "select state from payer where unp = $1", unp).Scan(&state)
		if errors.Is(err, pgx.ErrNoRows) {
			return projections.ErrNotFound
		}
		if err != nil {
			return err
		}
		track, err := decode(state)
		if err != nil {
			return err
		}
		payer = track.Payer
		return nil
	})
	if err != nil {
		return nil, position, fmt.Errorf("account of payer %s: %w", unp, err)
	}
	return payer, position, nil
}

// Filter narrows a list of payers; empty fields do not.
type Filter struct {
	Office string // three digits
	Region string // the first digit of the offices
}

// Summary is a payer in a list. Amounts in BYN over all months and payments.
type Summary struct {
	UNP      string
	Name     string
	Office   string
	Kind     string
	Assessed money.Amount
	Paid     money.Amount
}

// List gives registered payers, ordered by office and UNP.
func (q *Queries) List(
	ctx context.Context, filter Filter, cursor string, limit int,
) (projections.Page[Summary], error) {
	var page projections.Page[Summary]
	var office, unp string
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.String(&office)
		c.String(&unp)
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	from, to := projections.Offices(filter.Office, filter.Region)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select unp, name, office, kind, assessed, paid from payer
			where office >= $1 and office < $2 and (office, unp) > ($3, $4) and registered
			order by office, unp limit $5`, from, to, office, unp, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Summary])
		page = projections.Paginate(list, limit, func(c *ledger.Codec, s Summary) {
			c.String(&s.Office)
			c.String(&s.UNP)
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list payers: %w", err)
	}
	page.Position = position
	return page, nil
}

// Awaiting lists the payers with months that wait for a value of the parameter in one of
// the months from the first to the last given (an unlimited run when the last is zero),
// or for any parameter when the name is empty; by UNP, beginning after the given one. It
// finds candidates; whether a month still waits is decided on the payer's stream.
func (q *Queries) Awaiting(ctx context.Context, parameter string, from, until period.Month,
	after string, limit int) ([]string, ledger.Position, error) {
	var unps []string
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select distinct payer from awaiting
			where ($1 = '' or parameter = $1 and for_month >= $2
				and ($3 = 0 or for_month <= $3)) and payer > $4
			order by payer limit $5`, parameter, int32(from), int32(until), after,
			projections.Limit(limit))
		if err != nil {
			return err
		}
		unps, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("payers waiting for %s: %w", parameter, err)
	}
	return unps, position, nil
}
