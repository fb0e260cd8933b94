package filing

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Queries reads the filings.
type Queries struct{ reader *projections.Reader }

// NewQueries makes the queries on a pool.
func NewQueries(pool *pgxpool.Pool) *Queries {
	return &Queries{projections.NewReader(pool, New())}
}

// ByReceipt finds a filing by its receipt number.
func (q *Queries) ByReceipt(
	ctx context.Context, receipt string,
) (*Filing, ledger.Position, error) {
	return q.one(ctx, "where receipt = $1", receipt)
}

// ByID finds a filing by its identifier.
func (q *Queries) ByID(ctx context.Context, id uuid.UUID) (*Filing, ledger.Position, error) {
	return q.one(ctx, "where filing = $1", id)
}

// ByKey finds a payer's filing by the hash of an Idempotency-Key that it was sent with.
func (q *Queries) ByKey(
	ctx context.Context, payer string, keyHash ledger.Hash,
) (*Filing, ledger.Position, error) {
	return q.one(ctx, `where payer = $1 and (key_hash = $2 or $2 = any(keys))
		order by received_position limit 1`, payer, keyHash[:])
}

// BySHA256 lists the filings of the same bytes, the first one first.
func (q *Queries) BySHA256(
	ctx context.Context, sum ledger.Hash,
) ([]*Filing, ledger.Position, error) {
	return q.list(ctx, "where sha256 = $1 order by received_position limit $2",
		sum[:], projections.LimitMax)
}

// Unfinished lists the filings that have been received but not processed, oldest first,
// beginning after a position of arrival.
func (q *Queries) Unfinished(
	ctx context.Context, after ledger.Position, limit int,
) ([]*Filing, ledger.Position, error) {
	return q.list(ctx, `where filing in (select filing from unfinished
			where received_position > $1 order by received_position limit $2)
		order by received_position`, int64(after), projections.Limit(limit))
}

// OfPayer lists a payer's filings, newest first.
func (q *Queries) OfPayer(
	ctx context.Context, payer, cursor string, limit int,
) (projections.Page[*Filing], error) {
	var page projections.Page[*Filing]
	before := ledger.Position(math.MaxInt64)
	if _, err := projections.DecodeCursor(cursor, func(c *ledger.Codec) {
		c.Uint64((*uint64)(&before))
	}); err != nil {
		return page, err
	}
	if before > math.MaxInt64 {
		return page, projections.ErrCursor
	}
	limit = projections.Limit(limit)
	list, position, err := q.list(ctx, `where payer = $1 and received_position < $2
		order by received_position desc limit $3`, payer, int64(before), limit+1)
	if err != nil {
		return page, err
	}
	page = projections.Paginate(list, limit, func(c *ledger.Codec, f *Filing) {
		c.Uint64((*uint64)(&f.Position))
	})
	page.Position = position
	return page, nil
}

func (q *Queries) one(
	ctx context.Context, where string, args ...any,
) (*Filing, ledger.Position, error) {
	list, position, err := q.list(ctx, where, args...)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("filing: %w", projections.ErrNotFound)
	}
	if err != nil {
		return nil, position, err
	}
	return list[0], position, nil
}

func (q *Queries) list(
	ctx context.Context, where string, args ...any,
) (list []*Filing, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+columns+" from filing "+where, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scan)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read filings: %w", err)
	}
	return list, position, nil
}

// ParkedFor lists the documents that wait for any of the persons, in the order in which
// they were parked.
func (q *Queries) ParkedFor(
	ctx context.Context, persons []ledger.PersonID,
) ([]Parked, ledger.Position, error) {
	return q.parked(ctx, `join (select distinct filing, document from parked_person
			where person = any($1)) w using (filing, document)
		order by position, filing, document`, persons)
}

// ParkedExpired lists documents whose last day of waiting is before the given one, those
// that expired first first, at most limit.
func (q *Queries) ParkedExpired(
	ctx context.Context, before period.Date, limit int,
) ([]Parked, ledger.Position, error) {
	return q.parked(ctx, "where until < $1 order by until, filing, document limit $2",
		projections.DateColumn(before), projections.Limit(limit))
}

// Parked lists the documents of a payer that wait.
func (q *Queries) Parked(ctx context.Context, payer string) ([]Parked, ledger.Position, error) {
	return q.parked(ctx, "where payer = $1 order by filing, document", payer)
}

func (q *Queries) parked(
	ctx context.Context, rest string, args ...any,
) (list []Parked, position ledger.Position, err error) {
	position, err = q.reader.Read(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select payer, content, recorded_at, position from parked `+
			rest, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanParked)
		return err
	})
	if err != nil {
		return nil, position, fmt.Errorf("read parked documents: %w", err)
	}
	return list, position, nil
}

func scanParked(row pgx.CollectableRow) (p Parked, err error) {
	var (
		content  []byte
		recorded time.Time
		position int64
	)
	if err := row.Scan(&p.Payer, &content, &recorded, &position); err != nil {
		return p, err
	}
	p.RecordedAt, p.Position = recorded.UTC(), ledger.Position(position)
	c := ledger.NewDecoder(content)
	p.Fields(c)
	return p, c.Finish()
}
