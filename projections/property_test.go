package projections_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// clear drops all that projections have made in a database.
func clear(t *rapid.T, pool *pgxpool.Pool) {
	ctx := context.Background()
	for _, p := range []string{"account", "balance", "registry", "filing", "reporting",
		"benefit", "workforce", "dispute", "order"} {
		for _, version := range []string{"_v1", "_v2", "_v3", "_v4"} {
			for _, of := range []string{"", "_new", "_shadow"} {
				_, err := pool.Exec(ctx, "drop schema if exists "+p+version+of+" cascade")
				require.NoError(t, err)
			}
		}
	}
	_, err := pool.Exec(ctx, "drop schema if exists projection cascade")
	require.NoError(t, err)
}

// However a ledger is cut into batches, and however often it is rebuilt, the tables are
// the same.
func TestAnyBatchesGiveTheSame(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	rapid.Check(t, func(rt *rapid.T) {
		clear(rt, pool)
		h := projectiontest.New(t)
		random := projectiontest.NewRandom(h)
		ctx := context.Background()
		for range rapid.IntRange(1, 3).Draw(rt, "parts") {
			random.Append(rt, rapid.IntRange(1, 30).Draw(rt, "facts"))
			batch := rapid.SampledFrom([]int{1, 2, 3, 7, 1000}).Draw(rt, "batch")
			require.NoError(rt, runner(t, pool, h.Log, batch, all(h)...).CatchUp(ctx))
		}
		log := h.Log
		if rapid.Bool().Draw(rt, "by position") {
			log = struct{ ledger.Log }{log} // which is no Scanner
		}
		again := runner(t, pool, log, rapid.SampledFrom([]int{1, 5, 1000}).Draw(rt, "again"),
			all(h)...)
		found, report, err := again.Replay(ctx, nil)
		require.NoError(rt, err)
		require.Empty(rt, found)
		require.Equal(rt, head(t, h.Log), report.Events)
		for _, name := range again.Names() {
			require.NoError(rt, again.Rebuild(ctx, name, nil))
		}
		found, _, err = runner(t, pool, h.Log, 4, all(h)...).Replay(ctx, nil)
		require.NoError(rt, err)
		require.Empty(rt, found)
	})
}

// A row that was changed, removed or added behind the ledger's back is found and named.
func TestReplayNamesPlantedDifferences(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	person := h.RegisterPerson("100000001", personal("3270287A012PB2", "ИВАНОВ"))
	other := h.RegisterPerson("100000001", personal("3041088A042PB2", "ПЕТРОВА"))
	h.RegisterPayer("100000001", "101", "Завод", 0)
	r := runner(t, pool, h.Log, 0, all(h)...)
	require.NoError(t, r.CatchUp(t.Context()))

	_, err := pool.Exec(t.Context(), `
		update registry_v2.person set surname = 'СИДОРОВ', sex = 'Ж' where person = $1`, person)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `delete from account_v4.person where person = $1`, other)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(),
		`insert into account_v4.payer_person values ('999999999', $1)`, person)
	require.NoError(t, err)

	var progress []ledger.Position
	found, report, err := r.Replay(t.Context(), func(done, total ledger.Position) {
		require.Equal(t, ledger.Position(3), total)
		progress = append(progress, done)
	})
	require.NoError(t, err)
	require.Equal(t, []projections.Difference{
		{Projection: "account", Table: "person", Key: other.String(), Kind: projections.Missing},
		{Projection: "account", Table: "payer_person", Key: "999999999/" + person.String(),
			Kind: projections.Surplus},
		{Projection: "registry", Table: "person", Key: person.String(),
			Kind: projections.Differs, Columns: []string{"surname", "sex"}},
	}, found)
	require.EqualValues(t, 3, report.Differences)
	require.EqualValues(t, 3, report.Events)
	require.Equal(t, 3, report.Streams)
	require.Positive(t, report.Rate)
	require.Len(t, report.Tables, 2+7+2+4+6+4+2+1+1)
	require.Equal(t, ledger.Position(0), progress[0])
	require.Equal(t, ledger.Position(3), progress[len(progress)-1])
	require.IsNonDecreasing(t, progress)

	require.NoError(t, r.Rebuild(t.Context(), "account", nil))
	require.NoError(t, r.Rebuild(t.Context(), "registry", nil))
	found, _, err = r.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Empty(t, leftovers(t, pool))
}

// leftovers lists schemas that a rebuild or replay should have removed.
func leftovers(t *testing.T, pool *pgxpool.Pool) (names []string) {
	err := pool.QueryRow(t.Context(), `select coalesce(array_agg(nspname::text), '{}')
		from pg_namespace where nspname like '%\_new' or nspname like '%\_shadow'`).Scan(&names)
	require.NoError(t, err)
	return names
}

// The hash chain of every stream is checked while replaying.
func TestReplayRefusesABrokenChain(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	h.RegisterPayer("100000001", "101", "Завод", 0)
	h.RegisterPayer("100000001", "102", "Завод", 0)
	broken := &tampered{Log: h.Log, at: 2}
	r := runner(t, pool, broken, 0, newCounter())
	require.NoError(t, r.CatchUp(t.Context()))
	_, _, err := r.Replay(t.Context(), nil)
	require.ErrorIs(t, err, ledger.ErrCorrupt)
	require.ErrorContains(t, err, "broken at event 2")
	require.Empty(t, leftovers(t, pool))
}
