package projections

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
)

// copyHead and copyTail stand around the rows of a binary COPY.
const (
	copyHead = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTail = "\xff\xff"
)

// copyTo sends all rows and empties the buffer.
func (b *rowBuffer) copyTo(ctx context.Context, tx pgx.Tx, table string) error {
	all := io.MultiReader(bytes.NewReader([]byte(copyHead)), bytes.NewReader(b.bytes),
		bytes.NewReader([]byte(copyTail)))
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
	for _, drop := range drops {
		if err == nil {
			_, err = b.conn.Exec(ctx, drop)
		}
	}
	return b.stripError(err)
}

func (b *builder) stripError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("take off the indexes of %s: %w", b.schema, err)
}

// restore makes the keys and indexes anew. A key that is there twice is found here.
func (b *builder) restore(ctx context.Context) error {
	for _, statement := range b.indexes {
		if _, err := b.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make the indexes of projection %s: %w", b.projection.Name(),
				errors.New(describe(err)))
		}
	}
	b.indexes = nil
	return nil
}
