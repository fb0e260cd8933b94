package floor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Accounts are rows of a table of a read model, read to be written again by the barest
// statement that can.
type Accounts struct {
	table   string
	key     []string
	columns []string
	types   []string
	values  [][]any
}

// ReadAccounts reads the rows of a table that fulfil a condition.
func ReadAccounts(ctx context.Context, pool *pgxpool.Pool, table string, key []string,
	condition string, args ...any) (*Accounts, error) {
	a := &Accounts{table: table, key: key}
	described, err := pool.Query(ctx, `SELECT attname, format_type(atttypid, atttypmod)
		FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
		ORDER BY attnum`, table)
	if err != nil {
		return nil, err
	}
	var name, kind string
	_, err = pgx.ForEachRow(described, []any{&name, &kind}, func() error {
		a.columns, a.types = append(a.columns, name), append(a.types, kind)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", table, err)
	}
	rows, err := pool.Query(ctx, "SELECT "+strings.Join(a.columns, ", ")+" FROM "+table+
		" WHERE "+condition, args...)
	if err != nil {
		return nil, err
	}
	a.values, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) {
		return row.Values()
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	return a, nil
}

// Len is the number of rows.
func (a *Accounts) Len() int { return len(a.values) }

// Prepare makes floor.account a copy of the table, with its indexes and its rows of now:
// what Upsert will meet.
func (a *Accounts) Prepare(ctx context.Context, pool *pgxpool.Pool) error {
	for _, sql := range []string{"CREATE SCHEMA IF NOT EXISTS floor",
		"DROP TABLE IF EXISTS floor.account",
		"CREATE TABLE floor.account (LIKE " + a.table + " INCLUDING ALL)",
		"INSERT INTO floor.account SELECT * FROM " + a.table, "VACUUM ANALYZE floor.account"} {
		if _, err := pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare accounts of the floor: %w", err)
		}
	}
	return nil
}

// Empty takes all rows of Prepare away.
func (a *Accounts) Empty(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, "TRUNCATE floor.account")
	return err
}

// Upsert writes the rows with one `unnest` statement and one commit for each portion.
func (a *Accounts) Upsert(ctx context.Context, pool *pgxpool.Pool, portion int) error {
	arrays, sets := make([]string, len(a.columns)), make([]string, len(a.columns))
	for i, c := range a.columns {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, a.types[i])
		sets[i] = c + " = EXCLUDED." + c
	}
	sql := "INSERT INTO floor.account SELECT * FROM unnest(" + strings.Join(arrays, ", ") +
		") ON CONFLICT (" + strings.Join(a.key, ", ") + ") DO UPDATE SET " +
		strings.Join(sets, ", ")
	for from := 0; from < len(a.values); from += portion {
		part := a.values[from:min(from+portion, len(a.values))]
		args := make([]any, len(a.columns))
		for i := range args {
			var err error
			if args[i], err = column(part, i); err != nil {
				return err
			}
		}
		if _, err := pool.Exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("upsert accounts of the floor: %w", err)
		}
	}
	return nil
}

// column gives one column of rows as an array of its type; a column with NULLs, as some
// accounts have no value in it, is the slower array of anything.
func column(rows [][]any, i int) (any, error) {
	if list, some := nullable(rows, i); some {
		return list, nil
	}
	switch rows[0][i].(type) {
	case [16]byte:
		return columnOf[[16]byte](rows, i)
	case int64:
		return columnOf[int64](rows, i)
	case int32:
		return columnOf[int32](rows, i)
	case bool:
		return columnOf[bool](rows, i)
	case string:
		return columnOf[string](rows, i)
	case []byte:
		return columnOf[[]byte](rows, i)
	}
	return nil, fmt.Errorf("accounts of the floor: no array of %T", rows[0][i])
}

// nullable gives the values of a column, and whether one of them is NULL.
func nullable(rows [][]any, i int) (list []any, some bool) {
	if !slices.ContainsFunc(rows, func(row []any) bool { return row[i] == nil }) {
		return nil, false
	}
	for _, row := range rows {
		list = append(list, row[i])
	}
	return list, true
}

func columnOf[T any](rows [][]any, i int) ([]T, error) {
	list := make([]T, len(rows))
	for n, row := range rows {
		value, ok := row[i].(T)
		if !ok {
			return nil, fmt.Errorf("accounts of the floor: %T among %T", row[i], list)
		}
		list[n] = value
	}
	return list, nil
}
