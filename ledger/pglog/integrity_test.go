package pglog

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/pglog/segment"
)

func clock() time.Time { return time.Now() }

func newPoolAs(tb testing.TB, url, user string) *pgxpool.Pool {
	tb.Helper()
	config, err := pgxpool.ParseConfig(url)
	require.NoError(tb, err)
	config.ConnConfig.User = user
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(tb, err)
	tb.Cleanup(pool.Close)
	return pool
}

// What an administrator who took the triggers away did is noticed by reading.
func TestManipulationIsNoticed(t *testing.T) {
	t.Parallel()
	const off = `ALTER TABLE ledger.event DISABLE TRIGGER ALL;
		ALTER TABLE ledger.event_1 DISABLE TRIGGER ALL;
		ALTER TABLE ledger.context DISABLE TRIGGER ALL;`
	cases := []struct {
		name, sql    string
		all, streams error // what ReadAll and ReadStreams say
	}{
		{"deleted in the middle", `DELETE FROM ledger.event WHERE position = 3`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
		// A stream that ends early is a stream; that an event is gone shows in the whole.
		{"deleted at the end", `DELETE FROM ledger.event WHERE position = 6`,
			ledger.ErrCorrupt, nil},
		{"all deleted", `DELETE FROM ledger.event`, ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"revision moved", `UPDATE ledger.event SET revision = 7 WHERE position = 6`,
			nil, ledger.ErrCorrupt},
		{"record version", `UPDATE ledger.context SET stored = set_byte(stored, 0, 9)`,
			ledger.ErrUnknownType, ledger.ErrUnknownType},
		{"context cut", `UPDATE ledger.context SET stored = substr(stored, 1, 3)`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"context longer", `UPDATE ledger.context SET stored = stored || '\x00'`,
			ledger.ErrUnknownType, ledger.ErrUnknownType},
		{"context unknown", `UPDATE ledger.event SET context = 99 WHERE position = 4`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"type unknown", `UPDATE ledger.event SET type = 99 WHERE position = 4`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"record cut", `UPDATE ledger.event SET record = substr(record, 1, 20)
			WHERE position = 4`, ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"record longer", `UPDATE ledger.event SET record = record || '\x00'
			WHERE position = 4`, ledger.ErrUnknownType, ledger.ErrUnknownType},
		{"head cut", `UPDATE ledger.event SET head = '\x00' WHERE position = 4`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
		{"stream unknown", `UPDATE ledger.event SET stream = 99 WHERE position = 4`,
			ledger.ErrCorrupt, ledger.ErrCorrupt},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := database(t)
			log := open(t, url, Options{})
			s := logtest.NewStream()
			appendTo(t, log, logtest.Batch(s, ledger.NoStream, logtest.NewEvents(6)...))
			_, err := newPool(t, url).Exec(t.Context(), off+c.sql)
			require.NoError(t, err)
			last := func(seq func(func(ledger.Event, error) bool)) (last error) {
				for _, err := range seq {
					last = err
				}
				return last
			}
			log = open(t, url, Options{}) // which remembers nothing
			require.ErrorIs(t, last(log.ReadAll(t.Context(), 0, 0)), c.all)
			require.ErrorIs(t, last(log.ReadStreams(t.Context(), s)), c.streams)
		})
	}
}

// A changed byte that is still well-formed is found by the chain.
func TestChainNoticesAChangedByte(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{})
	s := logtest.NewStream()
	appendTo(t, log, logtest.Batch(s, ledger.NoStream, logtest.NewEvents(3)...))
	_, err := newPool(t, url).Exec(t.Context(), `ALTER TABLE ledger.event_1 DISABLE TRIGGER ALL;
		UPDATE ledger.event SET record = set_byte(record, length(record) - 1, 65)
		WHERE position = 2`)
	require.NoError(t, err)
	var verifier ledger.Verifier
	var errs []error
	for e, err := range log.ReadStreams(t.Context(), s) {
		require.NoError(t, err)
		errs = append(errs, verifier.Check(&e))
	}
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], ledger.ErrCorrupt)
}

// Records of megabytes are read in pages that stay small, and nothing is lost at the
// places where a page ends early.
func TestLargeRecords(t *testing.T) {
	t.Parallel()
	url := database(t)
	log := open(t, url, Options{})
	streams := []ledger.StreamID{logtest.NewStream(), ledger.Law, logtest.NewStream()}
	for round := range 3 {
		for i, s := range streams {
			events := logtest.NewEvents(5)
			for j := range events {
				// Random-looking bytes, so that compression does not make them small.
				seed := fmt.Sprintf("%d %d %d ", round, i, j)
				events[j].Payload = bytes.Repeat([]byte(seed), (1<<20)*(1+i)/len(seed))
			}
			appendTo(t, log, logtest.Batch(s, ledger.Revision(5*round-1), events...))
		}
	}
	require.Equal(t, 45, verify(t, log))
	verifiers := map[ledger.StreamID]*ledger.Verifier{}
	n := 0
	for e, err := range log.ReadStreams(t.Context(), streams...) {
		require.NoError(t, err)
		if verifiers[e.Stream] == nil {
			verifiers[e.Stream] = &ledger.Verifier{}
		}
		require.NoError(t, verifiers[e.Stream].Check(&e))
		n++
	}
	require.Equal(t, 45, n)
}

// Names that are not remembered, or whose slot another stream took, are looked up.
func TestNames(t *testing.T) {
	t.Parallel()
	url := database(t)
	pool := newPool(t, url)
	log := open(t, url, Options{})
	a, b := logtest.NewStream(), logtest.NewStream()
	appendTo(t, log, logtest.Batch(a, ledger.NoStream, logtest.NewEvents(2)...),
		logtest.Batch(b, ledger.NoStream, logtest.NewEvents(1)...))
	fresh := newNames(pool)
	fresh.put(nameSlots+1, "law") // shares the slot of stream 1
	for range 2 {
		var p page
		for _, key := range []int32{1, 2, 1} {
			p.add(&segment.Row{Stream: key})
		}
		require.NoError(t, fresh.resolve(t.Context(), &p))
		require.Equal(t, a, p.events[0].Stream)
		require.Equal(t, b, p.events[1].Stream)
		require.Equal(t, a, p.events[2].Stream)
	}
	var p page
	p.add(&segment.Row{Stream: 77})
	err := fresh.resolve(t.Context(), &p)
	require.ErrorIs(t, err, ledger.ErrCorrupt)
}

// Without a server, calls fail as unavailable and say so.
func TestServerAway(t *testing.T) {
	t.Parallel()
	url := database(t)
	pool := newPool(t, url)
	log, err := Open(t.Context(), pool, Options{Clock: clock})
	require.NoError(t, err)
	pool.Close()
	_, err = log.Append(t.Context(),
		logtest.Batch(logtest.NewStream(), ledger.NoStream, logtest.NewEvent("x")))
	require.ErrorIs(t, err, ledger.ErrUnavailable)
	_, err = log.Head(t.Context())
	require.ErrorIs(t, err, ledger.ErrUnavailable)
	for _, err := range log.ReadAll(t.Context(), 0, 0) {
		require.ErrorIs(t, err, ledger.ErrUnavailable)
	}
	for _, err := range log.ReadStreams(t.Context(), ledger.Law) {
		require.ErrorIs(t, err, ledger.ErrUnavailable)
	}
	log.Close()
}
