package order

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// Queries reads orders.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// Filter says which orders are asked for: those on a payer, or those of an office or region
// that wait. Empty fields do not narrow.
type Filter struct {
	Payer  string
	Office string
	Region string
}

// List gives orders on a payer, or else those that wait, the oldest first by office.
func (q *Queries) List(ctx context.Context, f Filter, cursor string, limit int,
) (projections.Page[*Order], error) {
	var page projections.Page[*Order]
	var office string
	var after ledger.Position
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.String(&office)
		c.Uint64((*uint64)(&after))
	}); err != nil {
		return page, err
	}
	limit = projections.Limit(limit)
	position, err := q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := q.page(ctx, tx, f, office, after, limit+1)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, scan)
		page = projections.Paginate(list, limit, func(c *ledger.Codec, o *Order) {
			c.String(&o.Office)
			c.Uint64((*uint64)(&o.Proposed))
		})
		return err
	})
	if err != nil {
		return page, fmt.Errorf("list orders: %w", err)
	}
	page.Position = position
	return page, nil
}

// OfReceipts gives the orders that filings carry out; most filings carry out none.
func (q *Queries) OfReceipts(ctx context.Context, receipts []string) (list []*Order, err error) {
	if len(receipts) == 0 {
		return nil, nil
	}
	_, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select state from correction_order
			where receipt <> '' and receipt = any($1) order by proposed`, receipts)
		if err == nil {
			list, err = pgx.CollectRows(rows, scan)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read orders of filings: %w", err)
	}
	return list, nil
}

func scan(row pgx.CollectableRow) (*Order, error) {
	var state []byte
	if err := row.Scan(&state); err != nil {
		return nil, err
	}
	return decode(state)
}

func (q *Queries) page(ctx context.Context, tx pgx.Tx, f Filter, office string,
	after ledger.Position, limit int) (pgx.Rows, error) {
	if f.Payer != "" {
		return tx.Query(ctx, `select state from correction_order
			where payer = $1 and proposed > $2 order by proposed limit $3`,
			f.Payer, int64(after), limit)
	}
	from, to := projections.Offices(f.Office, f.Region)
	return tx.Query(ctx, `select state from correction_order
		where waiting and office >= $1 and office < $2 and (office, proposed) > ($3, $4)
		order by office, proposed limit $5`, from, to, office, int64(after), limit)
}
