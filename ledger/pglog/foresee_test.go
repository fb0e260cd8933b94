package pglog

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// tripConn counts the round trips of a connection: readings that follow a writing.
type tripConn struct {
	net.Conn
	trips *atomic.Int64
	wrote atomic.Bool
}

func (c *tripConn) Write(b []byte) (int, error) {
	if !c.wrote.Swap(true) {
		c.trips.Add(1)
	}
	return c.Conn.Write(b)
}

func (c *tripConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.wrote.Store(false)
	return n, err
}

// openCounted opens a log whose round trips are counted.
func openCounted(t *testing.T, url string) (*Log, *atomic.Int64) {
	t.Helper()
	trips := new(atomic.Int64)
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	config.MaxConns = 1
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string,
	) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &tripConn{Conn: conn, trips: trips}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	log, err := Open(t.Context(), pool, Options{Clock: time.Now})
	require.NoError(t, err)
	t.Cleanup(log.Close)
	return log, trips
}

// Who writes alone asks for nothing: an append takes one round trip, to a new stream and to
// one that it has written. When somebody else writes, what was remembered is never believed.
func TestForesight(t *testing.T) {
	t.Parallel()
	url := database(t)
	log, trips := openCounted(t, url)
	other := open(t, url, Options{})
	event := func(s ledger.StreamID, after ledger.Revision) ledger.StreamAppend {
		return logtest.Batch(s, after, logtest.NewEvent("x"))
	}
	cost := func(do func()) int64 {
		before := trips.Load()
		do()
		return trips.Load() - before
	}
	s := logtest.NewStream()
	first := event(s, ledger.NoStream)
	appendTo(t, log, first)       // asks
	appendTo(t, log, event(s, 0)) // prepares its statements
	for i := range ledger.Revision(3) {
		require.EqualValues(t, 1, cost(func() { appendTo(t, log, event(s, i+1)) }))
		require.EqualValues(t, 1, cost(func() {
			appendTo(t, log, event(logtest.NewStream(), ledger.NoStream))
		}))
	}
	appendTo(t, other, event(s, 4))
	taken := logtest.NewStream()
	theirs := event(taken, ledger.NoStream)
	appendTo(t, other, theirs)

	var wrong *ledger.WrongRevisionError
	_, err := log.Append(t.Context(), event(s, 4))
	require.ErrorAs(t, err, &wrong)
	require.EqualValues(t, 5, wrong.Actual)
	appendTo(t, log, event(s, 5))
	_, err = log.Append(t.Context(), event(taken, ledger.NoStream))
	require.ErrorAs(t, err, &wrong)
	require.EqualValues(t, 0, wrong.Actual)
	appendTo(t, log, event(logtest.NewStream(), ledger.NoStream))
	require.True(t, appendTo(t, log, theirs).Repeated)
	require.True(t, appendTo(t, log, first).Repeated)
	appendTo(t, other, event(logtest.NewStream(), ledger.NoStream))
	appendTo(t, log, event(taken, 0)) // of a stream that it does not remember
	require.Equal(t, 14, verify(t, log))
}
