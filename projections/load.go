package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
)

// copyHead and copyTail stand around the rows of a binary COPY.
const (
	copyHead = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTail = "\xff\xff"
)

// loader is a sink that fills the fresh tables of a projection.
type loader struct {
	pool       *pgxpool.Pool
	projection Projection
	schema     string
}

// loadBytes is how much is sent with one COPY.
const loadBytes = 4 << 20

func (l *loader) chunk() int { return loadBytes }

func (l *loader) put(ctx context.Context, table string, rows *rowBuffer) error {
	err := pgx.BeginTxFunc(ctx, l.pool, begin(l.schema), func(tx pgx.Tx) error {
		return rows.copyTo(ctx, tx, table)
	})
	if err != nil {
		return fmt.Errorf("load table %s of projection %s: %w", table, l.projection.Name(), err)
	}
	return nil
}

// copyTo sends all rows and empties the buffer.
func (b *rowBuffer) copyTo(ctx context.Context, tx pgx.Tx, table string) error {
	all := io.MultiReader(strings.NewReader(copyHead), bytes.NewReader(b.bytes),
		strings.NewReader(copyTail))
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, all,
		"copy "+table+" from stdin (format binary)")
	if err == nil && tag.RowsAffected() != b.rows {
		err = fmt.Errorf("%d rows arrived of %d", tag.RowsAffected(), b.rows)
	}
	b.bytes, b.rows = b.bytes[:0], 0
	return err
}

// strip takes the keys and indexes off the empty tables: built over all rows at the end
// they cost a fraction of what each row pays otherwise.
func (b *builder) strip(ctx context.Context) error {
	rows, err := b.conn.Query(ctx, `
		select format('alter table %I.%I drop constraint %I', n.nspname, t.relname, c.conname),
			format('alter table %I.%I add constraint %I %s', n.nspname, t.relname, c.conname,
				pg_get_constraintdef(c.oid)), true
		from pg_constraint c join pg_class t on t.oid = c.conrelid
			join pg_namespace n on n.oid = t.relnamespace
		where n.nspname = $1 and c.contype in ('p', 'u')
		union all
		select format('drop index %I.%I', n.nspname, x.relname), pg_get_indexdef(x.oid), false
		from pg_index i join pg_class x on x.oid = i.indexrelid
			join pg_namespace n on n.oid = x.relnamespace
		where n.nspname = $1
			and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
		b.schema)
	if err != nil {
		return b.stripError(err)
	}
	var (
		drop, restore string
		drops         []string
		isKey         bool
	)
	_, err = pgx.ForEachRow(rows, []any{&drop, &restore, &isKey}, func() error {
		drops = append(drops, drop)
		if isKey || b.indexed {
			b.indexes = append(b.indexes, restore)
		}
		return nil
	})
	if err == nil {
		err = b.run(ctx, strings.Join(drops, "; "))
	}
	return b.stripError(err)
}

// run carries out statements in one transaction of the build. Like all that a build does
// before it is put in place, they need not wait for the disk.
func (b *builder) run(ctx context.Context, statements string) error {
	return pgx.BeginTxFunc(ctx, b.conn, begin(b.schema), func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, statements)
		return err
	})
}

func (b *builder) stripError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("take off the indexes of %s: %w", b.schema, err)
}

// restore makes the keys and indexes anew, some at a time. A key that is there twice is
// found here.
func (b *builder) restore(ctx context.Context, pool *pgxpool.Pool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(indexesAtOnce)
	for _, statement := range b.indexes {
		group.Go(func() error {
			err := pgx.BeginTxFunc(ctx, pool, begin(b.schema), func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
			if err != nil {
				return fmt.Errorf("make the indexes of projection %s: %w", b.projection.Name(),
					errors.New(describe(err)))
			}
			return nil
		})
	}
	b.indexes = nil
	return group.Wait()
}

// indexesAtOnce bounds the indexes that are made at the same time; each takes memory of the
// server for sorting.
const indexesAtOnce = 2
