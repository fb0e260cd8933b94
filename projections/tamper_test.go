package projections_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// filled is a table that has rows.
type filled struct {
	projection projections.Projection
	projections.Table
	rows int
}

func (f *filled) schema() string {
	return fmt.Sprintf("%s_v%d", f.projection.Name(), f.projection.Version())
}

func (f *filled) name() string { return f.schema() + "." + f.Name }

// filledTables lists the tables of the projections that have rows.
func filledTables(
	ctx context.Context, t *rapid.T, pool *pgxpool.Pool, list []projections.Projection,
) (tables []filled) {
	for _, p := range list {
		for _, table := range p.Tables() {
			f := filled{projection: p, Table: table}
			require.NoError(t, pool.QueryRow(ctx, "select count(*) from "+f.name()).Scan(&f.rows))
			if f.rows > 0 {
				tables = append(tables, f)
			}
		}
	}
	return tables
}

// other gives an SQL expression of the same type whose value is another one.
func other(kind, column string) string {
	switch kind {
	case "boolean":
		return "not " + column
	case "bigint", "integer":
		return "coalesce(" + column + ", 0) + 100000" // no neighbour has it
	case "smallint":
		return "coalesce(" + column + ", 0) + 1000"
	case "text":
		return "coalesce(" + column + ", '') || 'x'"
	case "bytea":
		return "coalesce(" + column + `, '') || '\x00'`
	case "date":
		return "coalesce(" + column + ", '2000-01-01') + 1"
	case "timestamp with time zone":
		return "coalesce(" + column + ", 'epoch') + interval '1 microsecond'"
	case "uuid":
		return "md5(coalesce(" + column + "::text, ''))::uuid"
	case "integer[]":
		return column + " || 1"
	case "bytea[]":
		return column + ` || '\x00'::bytea`
	}
	panic("no other value for type " + kind)
}

// A replay finds any one row that was changed or taken away behind the ledger's back, and
// names it; a rebuild mends it.
func TestReplayFindsAnyChangedRow(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		clear(rt, pool)
		h := projectiontest.New(t)
		random := projectiontest.NewRandom(h)
		random.Append(rt, rapid.IntRange(20, 60).Draw(rt, "facts"))
		list := all(h)
		r := runner(t, pool, h.Log, 0, list...)
		require.NoError(rt, r.CatchUp(ctx))
		table := rapid.SampledFrom(filledTables(ctx, rt, pool, list)).Draw(rt, "table")
		column := tamper(ctx, rt, pool, &table)

		found, report, err := r.Replay(ctx, nil)
		require.NoError(rt, err)
		require.EqualValues(rt, len(found), report.Differences)
		kinds := []string{}
		for _, d := range found {
			require.Equal(rt, table.projection.Name(), d.Projection)
			require.Equal(rt, table.Name, d.Table)
			kinds = append(kinds, d.Kind)
			if d.Kind == projections.Differs {
				require.Equal(rt, []string{column}, d.Columns)
			}
		}
		slices.Sort(kinds)
		switch {
		case column == "":
			require.Equal(rt, []string{projections.Missing}, kinds)
		case slices.Contains(table.Key, column):
			require.Equal(rt, []string{projections.Missing, projections.Surplus}, kinds)
		default:
			require.Equal(rt, []string{projections.Differs}, kinds)
		}
		require.NoError(rt, r.Rebuild(ctx, table.projection.Name(), nil))
		found, _, err = r.Replay(ctx, nil)
		require.NoError(rt, err)
		require.Empty(rt, found)
	})
}

// tamper changes a column of a row and gives its name, or deletes the row.
func tamper(ctx context.Context, t *rapid.T, pool *pgxpool.Pool, table *filled) string {
	where := fmt.Sprintf(" where ctid = (select ctid from %s order by ctid offset %d limit 1)",
		table.name(), rapid.IntRange(0, table.rows-1).Draw(t, "row"))
	if rapid.IntRange(0, 3).Draw(t, "way") == 0 {
		tag, err := pool.Exec(ctx, "delete from "+table.name()+where)
		require.NoError(t, err)
		require.EqualValues(t, 1, tag.RowsAffected())
		return ""
	}
	rows, err := pool.Query(ctx, `select attname, format_type(atttypid, null)
		from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum`,
		table.name())
	require.NoError(t, err)
	columns, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c [2]string, err error) {
		return c, row.Scan(&c[0], &c[1])
	})
	require.NoError(t, err)
	column := rapid.SampledFrom(columns).Draw(t, "column")
	tag, err := pool.Exec(ctx, "update "+table.name()+" set "+column[0]+" = "+
		other(column[1], column[0])+where)
	require.NoError(t, err)
	require.EqualValues(t, 1, tag.RowsAffected())
	return column[0]
}

// When a whole table differs all rows are counted, and the first thousand named.
func TestReplayCountsAllDifferences(t *testing.T) {
	t.Parallel()
	const payers = 1_100
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	for i := range payers {
		h.RegisterPayer(fmt.Sprintf("1%08d", i), "101", "Завод", 0)
	}
	r := runner(t, pool, h.Log, 0, all(h)...)
	require.NoError(t, r.CatchUp(t.Context()))
	_, err := pool.Exec(t.Context(), "update balance_v4.payer set name = 'Фабрика'")
	require.NoError(t, err)
	found, report, err := r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.EqualValues(t, payers, report.Differences)
	require.Len(t, found, 1000)
	require.Equal(t, projections.Difference{Projection: "balance", Table: "payer",
		Key: "100000000", Kind: projections.Differs, Columns: []string{"name"}}, found[0])
	require.Empty(t, leftovers(t, pool))
}
