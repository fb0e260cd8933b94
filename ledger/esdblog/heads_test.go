package esdblog_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/esdblog/standin"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
	"github.com/stazh/stazh/ledger/pglog"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// step is an append of a scripted history, and the clock at it.
type step struct {
	at    time.Time
	batch []ledger.StreamAppend
}

// script makes a history of several streams: new ones and known ones, one and many in an
// append, a repetition, and a clock that was set back.
func script() []step {
	at := time.Date(2026, 3, 31, 9, 0, 0, 123_456_000, time.UTC)
	streams := []ledger.StreamID{ledger.Law, ledger.PayerStream("100000001"),
		ledger.PersonStream(uuid.UUID{1}), ledger.PersonStream(uuid.UUID{2})}
	next := map[ledger.StreamID]ledger.Revision{}
	var steps []step
	for n := range 24 {
		at = at.Add(time.Minute)
		if n == 15 {
			at = at.Add(-time.Hour)
		}
		var batch []ledger.StreamAppend
		for i, s := range streams {
			if (n+i)%3 == 0 {
				continue
			}
			events := logtest.NewEvents(1 + (n+i)%4)
			batch = append(batch, logtest.Batch(s, next[s]-1, events...))
			next[s] += ledger.Revision(len(events))
		}
		steps = append(steps, step{at, batch})
		if n == 7 {
			steps = append(steps, step{at.Add(time.Second), batch})
		}
	}
	return steps
}

// The same history has the same records, hashes and heads on every log.
func TestHeadsAreTheSameOnAllLogs(t *testing.T) {
	t.Parallel()
	var now time.Time
	clock := func() time.Time { return now }
	pool, err := pgxpool.New(t.Context(), pgtest.DB(t))
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	require.NoError(t, pglog.Migrate(t.Context(), pool))
	postgres, err := pglog.Open(t.Context(), pool, pglog.Options{Clock: clock, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(postgres.Close)
	memory := memlog.New(clock)
	logs := map[string]ledger.Log{"Postgres": postgres,
		"EventStoreDB": open(t, standin.Start(t).URL(), func(o *esdblog.Options) {
			o.Clock = clock
		})}
	for _, s := range script() {
		now = s.at
		want, err := memory.Append(t.Context(), s.batch...)
		require.NoError(t, err)
		for name, log := range logs {
			got, err := log.Append(t.Context(), s.batch...)
			require.NoError(t, err, name)
			require.Equal(t, want.Repeated, got.Repeated, name)
		}
	}
	want := histories(t, memory)
	require.Len(t, want, 4)
	for name, log := range logs {
		got := histories(t, log)
		for s := range want {
			require.Equal(t, want[s], got[s], "%s, stream %s", name, s)
		}
		require.Len(t, got, len(want))
	}
}

// histories reads all streams; positions are each log's own.
func histories(t *testing.T, log ledger.Log) map[ledger.StreamID][]ledger.Event {
	t.Helper()
	all := map[ledger.StreamID][]ledger.Event{}
	for e, err := range log.ReadAll(t.Context(), 0, 0) {
		require.NoError(t, err)
		e.Position = 0
		all[e.Stream] = append(all[e.Stream], e)
	}
	return all
}
