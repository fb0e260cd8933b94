package node_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/period"
)

// TestLedgerInEventStoreDB runs a whole node with its ledger in an event store: files are
// taken in, read models follow, a rebuild and a replay agree, and a second node on the same
// stores goes on. Postgres holds no ledger.
func TestLedgerInEventStoreDB(t *testing.T) {
	t.Parallel()
	server := standin.Start(t)
	server.MakeNoise(5)
	cfg := node.Config{Dir: t.TempDir(), DatabaseURL: pgtest.DB(t), EventStoreURL: server.URL(),
		Clock: time.Now, Demo: true, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	n, err := node.Open(t.Context(), cfg)
	require.NoError(t, err)
	n.Follow(t.Context())
	_, err = n.Bus.RegisterPayer(t.Context(), commands.RegisterPayer{Actor: actor, UNP: unp,
		FundNo: fundNo, Name: "ООО ВАСИЛЁК", Kind: "employer",
		Since: period.MustDate("2015-01-01")})
	require.NoError(t, err)
	const documents = 1500 // two runs
	file := registrationsFile(t, documents)
	r := submit(t, n, file)
	require.Eventually(t, func() bool {
		f, _, err := n.Models.Filing.ByReceipt(t.Context(), r.Number)
		return err == nil && f.Processed != nil && f.Processed.Accepted == documents
	}, time.Minute, 20*time.Millisecond)

	require.NoError(t, n.Runner.CatchUp(t.Context()))
	require.NoError(t, n.Runner.Rebuild(t.Context(), "account", nil))
	head, err := n.Log.Head(t.Context())
	require.NoError(t, err)
	require.NoError(t, n.Runner.WaitFor(t.Context(), "account", head))
	found, report, err := n.Runner.Replay(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Greater(t, int(report.Events), documents)
	require.Equal(t, documents+2, report.Streams, "persons, the payer and the law")
	require.NoError(t, n.Close(t.Context()))

	again, err := node.Open(t.Context(), cfg)
	require.NoError(t, err)
	repeated := submit(t, again, file)
	require.True(t, repeated.Repeated)
	require.Equal(t, r.Position, repeated.Position)
	require.NoError(t, again.Close(t.Context()))

	elsewhere := cfg
	elsewhere.EventStoreURL = "" // forgotten
	_, err = node.Open(t.Context(), elsewhere)
	require.ErrorIs(t, err, node.ErrOtherLedger)
	elsewhere.EventStoreURL = standin.Start(t).URL()
	_, err = node.Open(t.Context(), elsewhere)
	require.ErrorIs(t, err, node.ErrOtherLedger)
	require.Zero(t, lawEvents(t, elsewhere), "nothing was recorded in it")

	conn, err := pgx.Connect(t.Context(), cfg.DatabaseURL)
	require.NoError(t, err)
	defer conn.Close(t.Context()) //nolint:errcheck // only read
	var events int
	require.NoError(t, conn.QueryRow(t.Context(), "select count(*) from ledger.event").Scan(&events))
	require.Zero(t, events)
}

// lawEvents counts what stands in the law of an event store.
func lawEvents(t *testing.T, cfg node.Config) (n int) {
	t.Helper()
	log, err := esdblog.Open(t.Context(), esdblog.Options{URL: cfg.EventStoreURL,
		Clock: time.Now, Logger: cfg.Logger})
	require.NoError(t, err)
	defer log.Close()
	for _, err := range log.ReadStreams(t.Context(), ledger.Law) {
		require.NoError(t, err)
		n++
	}
	return n
}
