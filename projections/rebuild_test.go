package projections_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// seen adds up what a reader sees, in a transaction or by one statement.
func seen(r *projections.Reader, one bool) (n int64, at ledger.Position, err error) {
	ctx := context.Background()
	if one {
		at, err = r.Select(ctx, "select sum(number)::bigint as n from "+r.Table("seen"), "n", nil,
			func(row pgx.CollectableRow) error { return row.Scan(&n) })
		return n, at, err
	}
	at, err = r.Read(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select sum(number)::bigint from seen").Scan(&n)
	})
	return n, at, err
}

// TestSelectTellsThePlaceOfNothing: an answer without rows reflects a position, too.
func TestSelectTellsThePlaceOfNothing(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	c := newCounter()
	reader := projections.NewReader(pool, c)
	numbers := func(above int64) (list []int64, at ledger.Position, err error) {
		at, err = reader.Select(t.Context(), "select number from "+reader.Table("seen")+
			" where number > $1", "number", []any{above}, func(row pgx.CollectableRow) error {
			var n int64
			err := row.Scan(&n)
			list = append(list, n)
			return err
		})
		return list, at, err
	}
	_, _, err := numbers(0)
	require.ErrorIs(t, err, projections.ErrNotBuilt)
	pay(h, 20)
	require.NoError(t, runner(t, pool, h.Log, 5, c).CatchUp(t.Context()))
	list, at, err := numbers(0)
	require.NoError(t, err)
	require.NotEmpty(t, list)
	require.EqualValues(t, 20, at)
	list, at, err = numbers(1 << 40)
	require.NoError(t, err)
	require.Empty(t, list)
	require.EqualValues(t, 20, at)
	_, err = reader.Select(t.Context(), "select number from "+reader.Table("seen"), "number", nil,
		func(pgx.CollectableRow) error { return errPlanted })
	require.ErrorIs(t, err, errPlanted)
}

// While events arrive and the projection is rebuilt again and again, every reader sees
// exactly as many events as the position of the answer says.
func TestReadersNeverSeeAHalfBuiltProjection(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	pool := open(t, url)
	h := projectiontest.New(t)
	pay(h, 200)
	c := newCounter()
	r := runner(t, pool, h.Log, 7, c)
	start(t, r)
	ctx, cancel := context.WithCancel(limited(t))
	require.NoError(t, r.WaitFor(ctx, "counter", 200))
	other := runner(t, open(t, url), h.Log, 11, newCounter()) // as from another process
	var readers sync.WaitGroup
	var reads [3]int
	for i := range reads {
		readers.Go(func() {
			reader := projections.NewReader(pool, c)
			var last ledger.Position
			for ctx.Err() == nil {
				n, at, err := seen(reader, i%2 == 0)
				if err != nil || n != int64(at) || at < last {
					t.Errorf("read %d events at position %d after %d: %v", n, at, last, err)
					return
				}
				last = at
				reads[i]++
			}
		})
	}
	for range 5 {
		pay(h, 20)
		var told ledger.Position
		require.NoError(t, other.Rebuild(ctx, "counter", func(done, total ledger.Position) {
			require.LessOrEqual(t, done, total)
			require.GreaterOrEqual(t, done, told)
			told = done
		}))
		require.GreaterOrEqual(t, told, ledger.Position(220))
	}
	require.NoError(t, r.WaitFor(ctx, "counter", pay(h, 5)))
	cancel()
	readers.Wait()
	n, at := count(t, pool, c)
	require.EqualValues(t, 305, n)
	require.EqualValues(t, 305, at)
	for _, n := range reads {
		require.Positive(t, n)
	}
	require.Empty(t, leftovers(t, pool))
}

// A rebuild that breaks leaves the live tables alone; the next one starts from nothing.
func TestABrokenRebuildLeavesTheLiveTables(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 20)
	c := newCounter()
	r := runner(t, pool, h.Log, 5, c)
	require.NoError(t, r.CatchUp(t.Context()))
	c.setFail(func(batch []projections.Event) error {
		if batch[0].Position > 10 {
			return errPlanted
		}
		return nil
	})
	require.ErrorIs(t, r.Rebuild(t.Context(), "counter", nil), errPlanted)
	require.Empty(t, leftovers(t, pool))
	n, at := count(t, pool, c)
	require.EqualValues(t, 20, n)
	require.EqualValues(t, 20, at)

	// What a killed process leaves behind does no harm either.
	_, err := pool.Exec(t.Context(), `create schema counter_v1_new;
		create table counter_v1_new.seen as select * from counter_v1.seen`)
	require.NoError(t, err)
	c.setFail(nil)
	require.NoError(t, r.Rebuild(t.Context(), "counter", nil))
	n, _ = count(t, pool, c)
	require.EqualValues(t, 20, n)
	require.ErrorIs(t, r.Rebuild(t.Context(), "nothing", nil), projections.ErrUnknownProjection)
}

// Only one rebuild or replay of a projection runs at a time.
func TestRebuildsExcludeOneAnother(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 2)
	r := runner(t, pool, h.Log, 0, newCounter())
	require.ErrorIs(t, r.Rebuild(t.Context(), "counter", nil), projections.ErrNotBuilt)
	require.NoError(t, r.CatchUp(t.Context()))
	busy := false
	require.NoError(t, r.Rebuild(t.Context(), "counter", func(done, _ ledger.Position) {
		if done == 0 {
			busy = true
			require.ErrorIs(t, r.Rebuild(t.Context(), "counter", nil), projections.ErrBusy)
			_, _, err := r.Replay(t.Context(), nil)
			require.ErrorIs(t, err, projections.ErrBusy)
		}
	}))
	require.True(t, busy)
}

// A rebuild reaches further than a follower that stands still, which goes on from there.
func TestRebuildMovesTheCheckpoint(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 3)
	c := newCounter()
	r := runner(t, pool, h.Log, 0, c)
	require.NoError(t, r.CatchUp(t.Context()))
	pay(h, 4)
	require.NoError(t, r.Rebuild(t.Context(), "counter", nil))
	n, at := count(t, pool, c)
	require.EqualValues(t, 7, n)
	require.EqualValues(t, 7, at)
	pay(h, 1)
	require.NoError(t, r.CatchUp(t.Context()))
	n, _ = count(t, pool, c)
	require.EqualValues(t, 8, n)
}

// A new version is built beside the old one, is not shown before it has caught up, and
// then takes its place; a process of the old version stops.
func TestANewVersionReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	pay(h, 10)
	old := newCounter()
	oldRunner := runner(t, pool, h.Log, 0, old)
	require.NoError(t, oldRunner.CatchUp(t.Context()))

	fresh := newCounter()
	fresh.version = 2
	fresh.ddl = `create table seen (type text collate "C" primary key, number bigint not null,
		more text)`
	nothing := func(pgx.Tx) error { return nil }
	_, err := projections.NewReader(pool, fresh).Read(t.Context(), nothing)
	require.ErrorIs(t, err, projections.ErrNotBuilt)
	fresh.setFail(func(batch []projections.Event) error {
		if batch[0].Position > 5 {
			return errPlanted
		}
		return nil
	})
	freshRunner := runner(t, pool, h.Log, 5, fresh)
	require.ErrorIs(t, freshRunner.CatchUp(t.Context()), errPlanted)
	_, err = projections.NewReader(pool, fresh).Read(t.Context(), nothing)
	require.ErrorIs(t, err, projections.ErrNotBuilt, "half built")
	n, _ := count(t, pool, old)
	require.EqualValues(t, 10, n)

	fresh.setFail(nil)
	require.NoError(t, freshRunner.CatchUp(t.Context()))
	n, at := count(t, pool, fresh)
	require.EqualValues(t, 10, n)
	require.EqualValues(t, 10, at)
	var left int
	require.NoError(t, pool.QueryRow(t.Context(),
		"select count(*) from pg_namespace where nspname = 'counter_v1'").Scan(&left))
	require.Zero(t, left)
	pay(h, 1)
	require.ErrorIs(t, oldRunner.CatchUp(t.Context()), projections.ErrSuperseded)
}

func FuzzCursor(f *testing.F) {
	describe := func(text *string, number *int) func(*ledger.Codec) {
		return func(c *ledger.Codec) {
			c.String(text)
			c.Int(number)
		}
	}
	word, zero := "слово", 7
	f.Add(projections.EncodeCursor(describe(&word, &zero)))
	f.Add("")
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, cursor string) {
		var text string
		var number int
		ok, err := projections.DecodeCursor(cursor, describe(&text, &number))
		if err != nil {
			require.ErrorIs(t, err, projections.ErrCursor)
			return
		}
		require.Equal(t, cursor != "", ok)
		if ok {
			var again string
			var same int
			_, err := projections.DecodeCursor(
				projections.EncodeCursor(describe(&text, &number)), describe(&again, &same))
			require.NoError(t, err)
			require.Equal(t, text, again)
			require.Equal(t, number, same)
		}
	})
}
