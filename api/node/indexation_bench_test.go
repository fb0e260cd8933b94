package node_test

import (
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// BenchmarkIndexation carries out a run through the database as the clerk does: from the
// approval until the read models have every new amount. In the same run it measures a
// simulation, and the floor: the same event rows by one binary COPY, and one update of as
// many amounts. CPU is that of this process, read models included; Postgres is not in it.
func BenchmarkIndexation(b *testing.B) {
	const pensions = 20_000
	for range b.N {
		n, err := node.Open(b.Context(), node.Config{Dir: b.TempDir(), DatabaseURL: pgtest.DB(b),
			Clock: time.Now, Demo: true, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(b, err)
		n.Follow(b.Context())
		appendPensions(b, n, pensions)
		waitModels(b, n)

		perPension := func(d time.Duration, unit string) {
			b.ReportMetric(float64(d.Microseconds())/pensions, unit)
		}
		cpu, begin := cpuTime(b), time.Now()
		p := prepareRaise(b, n)
		perPension(time.Since(begin), "simulate-µs/pension")
		perPension(cpuTime(b)-cpu, "simulate-cpu-µs/pension")
		require.Equal(b, pensions, p.Report.Benefits)

		before, err := n.Log.Head(b.Context())
		require.NoError(b, err)
		cpu, begin = cpuTime(b), time.Now()
		_, err = n.Bus.ApproveIndexation(b.Context(),
			commands.ApproveIndexation{Actor: decider, Ground: "decree", Run: p.Run})
		require.NoError(b, err)
		for at := before; at < before+pensions+2; { // the approval and the report
			at, err = n.Log.Wait(b.Context(), at)
			require.NoError(b, err)
		}
		perPension(time.Since(begin), "run-µs/pension")
		require.Equal(b, account.IndexationCompleted, runOf(b, n, p.Run).State)
		waitModels(b, n)
		whole := time.Since(begin)
		perPension(whole, "with-models-µs/pension")
		perPension(cpuTime(b)-cpu, "cpu-µs/pension")

		bare := bareIndexation(b, n, int64(before), pensions)
		perPension(bare, "floor-µs/pension")
		b.ReportMetric(float64(whole)/float64(bare), "×floor")
		require.NoError(b, n.Close(b.Context()))
	}
}

func waitModels(b *testing.B, n *node.Node) {
	b.Helper()
	head, err := n.Log.Head(b.Context())
	require.NoError(b, err)
	for _, model := range n.Runner.Names() {
		require.NoError(b, n.Runner.WaitFor(b.Context(), model, head))
	}
}

// bareIndexation stores the same event rows, and as many new amounts, with bare Postgres.
func bareIndexation(b *testing.B, n *node.Node, after int64, pensions int) time.Duration {
	b.Helper()
	require.NoError(b, floor.Prepare(b.Context(), n.Pool))
	rows, err := floor.Rows(b.Context(), n.Pool, after+1, pensions) // behind the approval
	require.NoError(b, err)
	require.Len(b, rows, pensions)
	encoded := floor.Encode(rows)
	_, err = n.Pool.Exec(b.Context(), `create table floor.amount as
		select stream as key, 20000::bigint as amount from floor.event where false;
		alter table floor.amount add primary key (key);
		insert into floor.amount select generate_series(1, 20000), 20000`)
	require.NoError(b, err)
	begin := time.Now()
	require.NoError(b, floor.Copy(b.Context(), n.Pool, encoded))
	tag, err := n.Pool.Exec(b.Context(), "update floor.amount set amount = amount * 105 / 100")
	require.NoError(b, err)
	require.EqualValues(b, pensions, tag.RowsAffected())
	return time.Since(begin)
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
