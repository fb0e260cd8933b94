package projections_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// grower looks each event's position up, which it never finds, and then adds it.
type grower struct{ *counter }

func (grower) DDL() string { return "create table seen (position bigint primary key)" }

func (grower) Tables() []projections.Table {
	return []projections.Table{{Name: "seen", Key: []string{"position"}}}
}

func (grower) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	places := make([]int64, len(batch))
	for i := range batch {
		places[i] = int64(batch[i].Position)
	}
	var found int
	err := tx.QueryRow(ctx, `select count(*) from seen
		join unnest($1::bigint[]) n(position) using (position)`, places).Scan(&found)
	if err == nil {
		_, err = tx.Exec(ctx, "insert into seen select unnest($1::bigint[])", places)
	}
	return err
}

// A table that was known to be empty grows while one connection applies batch after batch: its
// rows are looked up by the index all the same, and not read whole for each batch.
func TestPlansKeepUpWithTables(t *testing.T) {
	t.Parallel()
	const batch, batches = 100, 60
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	p := grower{&counter{name: "grower", version: 1}}
	follow := func(pool *pgxpool.Pool) {
		require.NoError(t, runner(t, pool, h.Log, batch, p).CatchUp(limited(t)))
	}
	pool := open(t, url)
	follow(pool)
	_, err := pool.Exec(t.Context(), "alter table grower_v1.seen set (autovacuum_enabled = off)")
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "analyze grower_v1.seen")
	require.NoError(t, err)
	pay(h, batch*batches)
	other := open(t, url)
	follow(other)
	other.Close() // what a connection has counted is known when it is closed
	var rows, read int
	require.Eventually(t, func() bool {
		require.NoError(t, pool.QueryRow(t.Context(), `select n_live_tup, idx_tup_read
			from pg_stat_user_tables join pg_stat_user_indexes using (relid)
			where pg_stat_user_tables.relname = 'seen'`).Scan(&rows, &read))
		return rows == batch*batches
	}, 20*time.Second, 20*time.Millisecond)
	// A whole reading for each batch would be thirty times the rows.
	require.Less(t, read, 2*rows)
}
