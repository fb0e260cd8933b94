package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// TestMain lets this binary be started as a child, as the program starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == childFlag {
		if err := runDuty(context.Background(), os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newBench makes a run on a Postgres of its own.
func newBench(t *testing.T) *bench {
	t.Helper()
	// Not t.TempDir, whose parents only their owner can enter: root's Postgres runs as
	// another user.
	dir, err := os.MkdirTemp("", "stazh-bench-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	b := &bench{config: config{dir: dir, scale: 1}, logger: slog.New(slog.DiscardHandler)}
	b.cluster, err = startCluster(t.Context(), dir, b.logger)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.cluster.close(context.Background())) })
	return b
}

// What is filed over HTTP is taken in by the server, compared and copied; one kopeck that
// differs ends the run without a figure.
func TestIntakeIsMeasuredAndCompared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	l := labour{Firms: 3, Persons: 4, Jobs: 2}
	x, err := b.openIntake(t.Context(), "intake", l, true)
	require.NoError(t, err)
	defer func() { require.NoError(t, x.close(context.Background())) }()

	r, err := x.file(t.Context(), 2, 2)
	require.NoError(t, err)
	require.Equal(t, 2*3*4*2, r.records)
	require.Equal(t, 6, r.load.Requests)
	require.Greater(t, len(r.rows), r.records, "payers' events are rows too")
	require.Positive(t, r.took)
	require.Positive(t, r.used.client+r.used.server)
	c, err := x.copyRows(t.Context(), r.rows, 10)
	require.NoError(t, err)
	require.Positive(t, c.took)

	require.NoError(t, waitFollowed(t.Context(), x.server))
	live, err := liveTotals(t.Context(), newClient(x.server.Address, 1), 0)
	require.NoError(t, err)
	require.Equal(t, l.expected(0, 2), live.all())

	b.wrong = true
	_, err = x.file(t.Context(), 2, 1)
	require.ErrorIs(t, err, errDiffers)
	require.Empty(t, b.figures)
}

// A ledger that is filled from one real quarter holds what was planned, in the read
// models too, and a replay finds no difference.
func TestFilledLedgerIsRight(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	f := &filled{labour: labour{Firms: 12, Persons: 3, Jobs: 2, Veterans: 1, VeteranJobs: 8},
		keys: newRowKeys()}
	var err error
	f.installation, err = b.install(t.Context(), "filled")
	require.NoError(t, err)
	f.partition = 500
	require.NoError(t, f.load(t.Context(), b))
	defer func() { require.NoError(t, f.remove(context.Background())) }()
	require.Equal(t, f.labour.expected(0, filledQuarters), f.totals.all())
	require.Len(t, f.totals, filledQuarters)

	p, err := f.place()
	require.NoError(t, err)
	var a answer
	w, err := b.ask(t.Context(), "replay", nodeSpec{place: p}, &a)
	require.NoError(t, err)
	require.Equal(t, int(f.head), a.Count)
	require.Positive(t, w.peak)
	require.NoError(t, b.sizes(t.Context(), f))
	require.Len(t, b.figures, 3)
	h, err := b.history(t.Context(), f)
	require.NoError(t, err)
	require.GreaterOrEqual(t, h[0].events, jobsVeteran*filledQuarters)

	b.wrong = true
	require.ErrorIs(t, f.copyArrival(t.Context(), b.spoil(f.totals.all())), errDiffers)
}

// The floor writes and reads the rows that it is given.
func TestFloorKeepsRows(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in, err := b.install(t.Context(), "floor")
	require.NoError(t, err)
	pool, err := in.pool(t.Context())
	require.NoError(t, err)
	defer pool.Close()
	require.NoError(t, floor.Prepare(t.Context(), pool))
	keys := newRowKeys()
	var rows []floor.Row
	for i := range 6 {
		rows = append(rows, keys.row(&ledger.Event{Stream: ledger.PayerStream(fmt.Sprint(i % 2)),
			Revision: ledger.Revision(i / 2), Position: ledger.Position(i + 1),
			NewEvent: ledger.NewEvent{Type: "x", Payload: []byte("payload")}}))
	}
	require.NoError(t, floor.Copy(t.Context(), pool, floor.Encode(rows)))
	n, size, err := floor.SelectCopied(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, []int{6, 6 * (ownBytes + len("payload"))}, []int{n, size})
	n, _, err = floor.History(t.Context(), pool, keys.streams["payer-1"])
	require.NoError(t, err)
	require.Equal(t, 3, n)

	accounts, err := floor.ReadAccounts(t.Context(), pool, "floor.event", []string{"position"},
		"position > $1", int64(2))
	require.NoError(t, err)
	require.ErrorContains(t, accounts.Upsert(t.Context(), pool, 2), "no array of int16")
	_, err = pool.Exec(t.Context(), "CREATE TABLE floor.model AS SELECT position, revision, "+
		"record, nullif(revision, 1) AS often, NULL::uuid AS never FROM floor.event; ALTER TABLE floor.model ADD PRIMARY KEY (position)")
	require.NoError(t, err)
	accounts, err = floor.ReadAccounts(t.Context(), pool, "floor.model", []string{"position"},
		"position > $1", int64(2))
	require.NoError(t, err)
	require.Equal(t, 4, accounts.Len())
	require.NoError(t, accounts.Prepare(t.Context(), pool))
	require.NoError(t, accounts.Empty(t.Context(), pool))
	require.NoError(t, accounts.Upsert(t.Context(), pool, 3))
	require.NoError(t, accounts.Upsert(t.Context(), pool, 3), "twice is once")
	var same bool
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM floor.account)
		= 4 AND NOT EXISTS (SELECT * FROM floor.account EXCEPT SELECT * FROM floor.model)`).
		Scan(&same))
	require.True(t, same)
}

// Who sleeps is late by no more than the time that there was, and wakes when told to.
func TestDozeTellsHowLateItWakes(t *testing.T) {
	t.Parallel()
	c, err := readyLoad(t.Context(), "doze", cue{})
	require.NoError(t, err)
	require.NoError(t, c.say(cue{"go"}))
	time.Sleep(20 * nap)
	require.NoError(t, c.say(cue{"stop"}))
	var a answer
	require.NoError(t, c.hear(&a))
	require.NoError(t, c.end())
	require.Positive(t, a.Count)
	require.LessOrEqual(t, time.Duration(a.Count)*nap, a.Took)
	require.Positive(t, a.Latency.P50)
	require.Less(t, a.Latency.P99, a.Took)
}
