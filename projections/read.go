package projections

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
)

// Reader reads the live tables of one projection.
type Reader struct {
	pool   *pgxpool.Pool
	schema string
	begin  pgx.TxOptions
}

// NewReader makes a reader of the version of the projection that this program knows.
func NewReader(pool *pgxpool.Pool, p Projection) *Reader {
	schema := schemaOf(p)
	// The first table is locked before the transaction takes its snapshot. A rebuild
	// locks all tables to switch, so a reader sees either the old tables or, whole, the
	// new ones, never new tables with a snapshot that is older than their rows.
	return &Reader{pool: pool, schema: schema, begin: pgx.TxOptions{
		BeginQuery: "begin isolation level repeatable read read only; " +
			"set local search_path to " + schema + ", public; " +
			"lock table " + schema + "." + p.Tables()[0].Name + " in access share mode",
	}}
}

// SQLSTATEs of a name that does not exist.
const (
	undefinedTable  = "42P01"
	undefinedSchema = "3F000"
)

// IsUndefined tells whether a table or schema does not exist.
func IsUndefined(err error) bool {
	var database *pgconn.PgError
	return errors.As(err, &database) &&
		(database.Code == undefinedTable || database.Code == undefinedSchema)
}

// Read calls fn with a read-only transaction in which nothing changes, and gives the
// ledger position that its rows reflect exactly. While the projection is built for the
// first time the error is ErrNotBuilt.
func (r *Reader) Read(
	ctx context.Context, fn func(pgx.Tx) error,
) (ledger.Position, error) {
	var place checkpoint
	err := pgx.BeginTxFunc(ctx, r.pool, r.begin, func(tx pgx.Tx) error {
		var err error
		if place, err = readCheckpoint(ctx, tx, r.schema, ""); err != nil {
			return err
		}
		if !place.ready {
			return ErrNotBuilt
		}
		return fn(tx)
	})
	if IsUndefined(err) {
		return 0, fmt.Errorf("%w: %s", ErrNotBuilt, r.schema)
	}
	return place.position, err
}

// Table gives the name of one of the projection's tables for a statement of Select.
func (r *Reader) Table(name string) string { return r.schema + "." + name }

// Schema is where the projection's tables stand.
func (r *Reader) Schema() string { return r.schema }

// Select calls each with every row of one statement and gives the ledger position that the
// rows reflect exactly, as Read does, in a single round trip: for what is read all the
// time. Order is by which columns of the statement the rows come.
//
// A statement takes its snapshot after it has locked its tables, which gives the promise
// of Read about a rebuild; it needs the isolation level read committed, the usual one.
func (r *Reader) Select(ctx context.Context, statement, order string, args []any,
	each func(pgx.CollectableRow) error) (ledger.Position, error) {
	// The checkpoint's row comes even where the statement gives none.
	rows, err := r.pool.Query(ctx, `select x.*, c.position, c.ready
		from projection.checkpoint c left join lateral (
			select y.*, true as present from (`+statement+`) y) x on true
		where c.schema_name = '`+r.schema+`' order by `+order, args...)
	place := placed{Rows: rows}
	if err == nil {
		err = place.each(each)
	}
	switch {
	case IsUndefined(err):
		return 0, fmt.Errorf("%w: %s", ErrNotBuilt, r.schema)
	case err == nil && !place.ready:
		return 0, ErrNotBuilt
	}
	return ledger.Position(place.position), err
}

// Peek calls each with every row of one statement, without telling which position the rows
// reflect: for a cache whose user makes sure of what it says. While the projection is built
// for the first time there are no rows.
func (r *Reader) Peek(ctx context.Context, statement string, args []any,
	each func(pgx.CollectableRow) error) error {
	rows, err := r.pool.Query(ctx, statement, args...)
	if err == nil {
		defer rows.Close()
		for rows.Next() {
			if err := each(rows); err != nil {
				return err
			}
		}
		err = rows.Err()
	}
	if IsUndefined(err) {
		return nil
	}
	return err
}

// placed are rows of Select, whose last columns tell whether there is a row and the place.
type placed struct {
	pgx.Rows
	present  bool
	position int64
	ready    bool
}

// Scan fills dest from the statement's own columns.
func (p *placed) Scan(dest ...any) error {
	return p.Rows.Scan(append(dest, &p.present, &p.position, &p.ready)...)
}

func (p *placed) each(each func(pgx.CollectableRow) error) error {
	defer p.Close()
	for p.Next() {
		values := p.RawValues()
		if own := len(values) - 3; values[own] == nil {
			if err := p.Rows.Scan(append(make([]any, own+1), &p.position, &p.ready)...); err != nil {
				return err
			}
			continue
		}
		if err := each(p); err != nil {
			return err
		}
	}
	return p.Err()
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	// Next is the cursor of the following page, empty on the last one.
	Next string
	// Position is the ledger position that the items reflect.
	Position ledger.Position
}

// Limits of a page.
const (
	LimitDefault = 50
	LimitMax     = 1000
)

// Limit gives the number of items to read for a wish: the default when none is
// expressed, and never more than LimitMax.
func Limit(wish int) int {
	if wish <= 0 {
		return LimitDefault
	}
	return min(wish, LimitMax)
}

// ErrCursor: the cursor was not made by this list.
var ErrCursor = errors.New("the cursor was not given by this list, start without one")

// cursorForm is the version of the cursors' form, their first byte.
const cursorForm = 1

// EncodeCursor makes an opaque cursor of the place described by fields. Cursors appear
// in URLs, so nothing personal may go into them.
func EncodeCursor(fields func(*ledger.Codec)) string {
	c := ledger.NewEncoder([]byte{cursorForm})
	fields(c)
	return base64.RawURLEncoding.EncodeToString(c.Encoded())
}

// DecodeCursor reads what EncodeCursor made, through the same description. It gives
// false for an empty cursor, the beginning of the list.
func DecodeCursor(cursor string, fields func(*ledger.Codec)) (bool, error) {
	if cursor == "" {
		return false, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(data) == 0 || data[0] != cursorForm {
		return false, ErrCursor
	}
	c := ledger.NewDecoder(data[1:])
	fields(c)
	if c.Finish() != nil {
		return false, ErrCursor
	}
	return true, nil
}

// Paginate cuts the extra row that was read to learn whether there is a next page, and
// makes the cursor from the last item that stays.
func Paginate[T any](rows []T, limit int, place func(*ledger.Codec, T)) Page[T] {
	if len(rows) <= limit {
		return Page[T]{Items: rows}
	}
	rows = rows[:limit]
	return Page[T]{Items: rows, Next: EncodeCursor(func(c *ledger.Codec) {
		place(c, rows[limit-1])
	})}
}
