package projections_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
)

// memory is a watcher that knows how far its table was when it was told last.
type memory struct {
	counter *counter
	pool    *pgxpool.Pool
	gate    sync.RWMutex // locked by hush
	reading sync.Mutex   // held while the table is read

	mu    sync.Mutex // guards the fields below
	held  bool       // Moved has come since Lost
	at    ledger.Position
	moved int
	lost  int
}

func (m *memory) Moved(ctx context.Context) {
	m.gate.RLock()
	defer m.gate.RUnlock()
	m.reading.Lock()
	defer m.reading.Unlock()
	m.mu.Lock()
	lost := m.lost
	m.mu.Unlock()
	at, err := projections.NewReader(m.pool, m.counter).Read(ctx,
		func(pgx.Tx) error { return nil })
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.moved++; lost == m.lost {
		m.held, m.at = err == nil, at
	}
}

// hush has what is told wait until the returned function is called, at the latest at the end of
// the test.
func (m *memory) hush(t *testing.T) (speak func()) {
	m.gate.Lock()
	speak = sync.OnceFunc(m.gate.Unlock)
	t.Cleanup(speak)
	return speak
}

func (m *memory) Lost() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held, m.at = false, 0
	m.lost++
}

// told gives how often the watcher has been told.
func (m *memory) told() (moved, lost int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.moved, m.lost
}

// holds tells whether the table is known as of a position at least.
func (m *memory) holds(at ledger.Position) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held && m.at >= at
}

// requireNotOlder fails where a reader who has waited for a position would be given less.
func (m *memory) requireNotOlder(t *testing.T, at ledger.Position) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	require.True(t, !m.held || m.at >= at, "%d is known, %d was waited for", m.at, at)
}

// listener is a runner with a watcher, as a server has: one that follows, too, hears of others.
type listener struct {
	*projections.Runner
	memory *memory
	pool   *pgxpool.Pool
}

func newListener(t *testing.T, pool *pgxpool.Pool, log ledger.Log, c *counter) listener {
	t.Helper()
	m := &memory{counter: c, pool: pool}
	r, err := projections.NewRunner(pool, log, projections.Options{
		Logger: slog.New(slog.DiscardHandler), Clock: time.Now,
		Watchers: map[string]projections.Watcher{c.name: m}}, c)
	require.NoError(t, err)
	return listener{r, m, pool}
}

// listen hears from others until the end of the test, once it has heard of the position.
func (p listener) listen(t *testing.T, at ledger.Position) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Listen(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	p.eventuallyHolds(t, at)
}

func (p listener) eventuallyHolds(t *testing.T, at ledger.Position) {
	t.Helper()
	require.Eventually(t, func() bool { return p.memory.holds(at) }, 20*time.Second,
		time.Millisecond)
}

// requireWaits makes sure that a position is not reached for longer than the table is polled.
func (p listener) requireWaits(t *testing.T, at ledger.Position) {
	t.Helper()
	short, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.WaitFor(short, "counter", at), context.DeadlineExceeded)
}

// A process that does not follow tells its watcher of what another one has done before it
// wakes those who wait, who would else read what is older; also when the table itself shows it
// long before.
func TestAListenersWatcherIsToldBeforeAWaiter(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	start(t, runner(t, open(t, url), h.Log, 0, newCounter()))
	p := newListener(t, open(t, url), h.Log, newCounter())
	ctx := limited(t)
	p.listen(t, pay(h, 1))
	for range 50 {
		last := pay(h, 1)
		require.NoError(t, p.WaitFor(ctx, "counter", last))
		require.True(t, p.memory.holds(last))
	}
	_, before := p.memory.told()
	speak := p.memory.hush(t)
	last := pay(h, 3)
	p.requireWaits(t, last)
	speak()
	require.NoError(t, p.WaitFor(ctx, "counter", last))
	require.True(t, p.memory.holds(last))
	_, lost := p.memory.told()
	require.Equal(t, before, lost, "nothing was read anew")
}

// Whoever takes over has its watcher catch up first with what the one before has done last.
func TestAListenerTakesOver(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	a := newListener(t, open(t, named(t, url, "a")), h.Log, newCounter())
	b := newListener(t, open(t, named(t, url, "b")), h.Log, newCounter())
	admin, ctx := open(t, url), limited(t)
	stopA := start(t, a.Runner)
	require.NoError(t, a.WaitFor(ctx, "counter", pay(h, 10)))
	start(t, b.Runner)
	last := pay(h, 1)
	require.NoError(t, b.WaitFor(ctx, "counter", last))
	b.eventuallyHolds(t, last)
	for range 3 { // whoever leads loses all its connections in the midst of work
		kill(t, admin, leaders(t, admin)[0])
		for range 40 {
			last = pay(h, 1)
			for _, p := range []listener{a, b} {
				require.NoError(t, p.WaitFor(ctx, "counter", last))
				p.memory.requireNotOlder(t, last)
			}
		}
	}
	for leaders(t, admin)[0] != "a" { // until the first one leads again, the other one listens
		kill(t, admin, "b")
		require.NoError(t, a.WaitFor(ctx, "counter", pay(h, 1)))
	}
	last = pay(h, 1)
	require.NoError(t, b.WaitFor(ctx, "counter", last))
	b.eventuallyHolds(t, last)
	speak := b.memory.hush(t)
	last = pay(h, 5)
	require.NoError(t, a.WaitFor(ctx, "counter", last))
	stopA()
	b.requireWaits(t, last) // it has the lock by then, and reads of that how far the table is
	speak()
	require.NoError(t, b.WaitFor(ctx, "counter", last))
	b.memory.requireNotOlder(t, last)
	require.Equal(t, []string{"b"}, leaders(t, admin))
	b.eventuallyHolds(t, last)
}

// While nothing is heard nothing is known, and all of it is read again afterwards.
func TestALostConnectionLosesWhatIsKnown(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	start(t, runner(t, open(t, url), h.Log, 0, newCounter()))
	admin, name := open(t, url), "hearing"
	p := newListener(t, open(t, named(t, url, name)), h.Log, newCounter())
	ctx := limited(t)
	p.listen(t, pay(h, 1))
	for range 5 {
		_, before := p.memory.told()
		kill(t, admin, name)
		require.Eventually(t, func() bool {
			last := pay(h, 1)
			if err := p.WaitFor(ctx, "counter", last); err == nil { // from the table, too
				p.memory.requireNotOlder(t, last)
			}
			_, lost := p.memory.told()
			return lost > before
		}, 10*time.Second, time.Millisecond)
		last := pay(h, 1)
		require.NoError(t, p.WaitFor(ctx, "counter", last))
		p.memory.requireNotOlder(t, last)
		p.eventuallyHolds(t, last)
	}
}

// A connection of which nothing is left but this end is noticed, too.
func TestASilentConnectionLosesWhatIsKnown(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	start(t, runner(t, open(t, url), h.Log, 0, newCounter()))
	var silence sync.RWMutex // held by the test: nothing comes from the database meanwhile
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string,
	) (net.Conn, error) {
		server, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		go func() {
			_, _ = io.Copy(server, far)
			_ = server.Close()
		}()
		go func() {
			_, _ = io.Copy(far, gated{server, &silence})
			_ = far.Close()
		}()
		return near, nil
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	p := newListener(t, pool, h.Log, newCounter())
	p.memory.pool = open(t, url)
	p.listen(t, pay(h, 1))
	_, before := p.memory.told()
	time.Sleep(5 * time.Second) // longer than it takes to notice
	_, lost := p.memory.told()
	require.Equal(t, before, lost, "it was only quiet")
	silence.Lock()
	loud := sync.OnceFunc(silence.Unlock)
	defer loud()
	require.Eventually(t, func() bool {
		_, lost := p.memory.told()
		return lost > before && !p.memory.holds(0)
	}, 10*time.Second, 10*time.Millisecond)
	loud()
	last := pay(h, 1)
	require.NoError(t, p.WaitFor(limited(t), "counter", last))
	p.eventuallyHolds(t, last)
}

// gated hands nothing on while the gate is locked.
type gated struct {
	io.Reader
	gate *sync.RWMutex
}

func (g gated) Read(b []byte) (int, error) {
	n, err := g.Reader.Read(b)
	g.gate.RLock()
	defer g.gate.RUnlock()
	return n, err
}

// Tables that somebody has replaced are read anew wherever they are known, although nothing
// else happens: where they are followed, where somebody listens, and where they were built.
func TestReplacedTablesAreReadAnew(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	follows := newListener(t, open(t, url), h.Log, newCounter())
	listens := newListener(t, open(t, url), h.Log, newCounter())
	start(t, follows.Runner)
	last := pay(h, 20)
	require.NoError(t, follows.WaitFor(limited(t), "counter", last))
	listens.listen(t, last)
	follows.eventuallyHolds(t, last)
	for _, builds := range []listener{newListener(t, open(t, url), h.Log, newCounter()), follows,
		listens} {
		_, lost := follows.memory.told()
		_, lostToo := listens.memory.told()
		require.NoError(t, builds.Rebuild(t.Context(), "counter", nil))
		require.Eventually(t, func() bool {
			_, nowLost := follows.memory.told()
			_, nowLostToo := listens.memory.told()
			return nowLost > lost && nowLostToo > lostToo && follows.memory.holds(last) &&
				listens.memory.holds(last)
		}, 20*time.Second, time.Millisecond)
	}
}

// Whoever waits for what a rebuild of the same process has moved on to is given nothing older.
func TestARebuildOfAListenerMovesTheCheckpoint(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	c := newCounter()
	require.NoError(t, runner(t, open(t, url), h.Log, 0, newCounter()).CatchUp(t.Context()))
	p := newListener(t, open(t, url), h.Log, c)
	p.listen(t, 0)
	for range 5 {
		last := pay(h, 3) // which nobody follows
		p.requireWaits(t, last)
		waited := make(chan error, 1)
		ctx := limited(t)
		go func() {
			err := p.WaitFor(ctx, "counter", last)
			p.memory.mu.Lock()
			defer p.memory.mu.Unlock()
			if err == nil && p.memory.held && p.memory.at < last {
				err = fmt.Errorf("%d is known, %d was waited for", p.memory.at, last)
			}
			waited <- err
		}()
		require.NoError(t, p.Rebuild(t.Context(), "counter", nil))
		require.NoError(t, <-waited)
		p.eventuallyHolds(t, last)
	}
}

// A process of an older version knows nothing any more once its tables are gone.
func TestANewVersionIsHeardOf(t *testing.T) {
	t.Parallel()
	url := pgtest.DB(t)
	h := projectiontest.New(t)
	last := pay(h, 5)
	require.NoError(t, runner(t, open(t, url), h.Log, 0, newCounter()).CatchUp(t.Context()))
	p := newListener(t, open(t, url), h.Log, newCounter())
	p.listen(t, last)
	newer := newCounter()
	newer.version = 2
	require.NoError(t, runner(t, open(t, url), h.Log, 0, newer).CatchUp(t.Context()))
	require.Eventually(t, func() bool { return !p.memory.holds(0) }, 10*time.Second,
		time.Millisecond)
}
