package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/ledger"
)

// waitPoll is how often a waiting reader looks into the table itself, in case that it
// was not told: the other process's message may have been lost with a connection.
const waitPoll = 200 * time.Millisecond

// waitFailuresMax is how many looks into the table may fail in a row, as they do for a
// moment when the database restarts, before a waiting reader is told.
const waitFailuresMax = 10

// hub knows how far the schemas have come and wakes those who wait.
type hub struct {
	mu        sync.Mutex
	positions map[string]ledger.Position  // guarded by mu; by schema
	waiting   map[string]map[*waiter]bool // guarded by mu; by schema
	watched   map[string]bool             // guarded by mu; see watch
	// asked has a token when somebody has begun to wait since it was taken.
	asked chan struct{}
}

// waiter waits for a position. Each has a channel of its own: hundreds may wait, and a
// change must not wake those whose turn has not come.
type waiter struct {
	position ledger.Position
	reached  chan struct{} // closed when the position is reached
}

func newHub() *hub {
	return &hub{positions: map[string]ledger.Position{}, watched: map[string]bool{},
		waiting: map[string]map[*waiter]bool{}, asked: make(chan struct{}, 1)}
}

func (h *hub) position(schema string) ledger.Position {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.positions[schema]
}

// await gives a channel that is closed once the schema has reached the position. The
// waiter must leave.
func (h *hub) await(schema string, position ledger.Position) (w *waiter, leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w = &waiter{position: position, reached: make(chan struct{})}
	if h.positions[schema] >= position {
		close(w.reached)
		return w, func() {}
	}
	if h.waiting[schema] == nil {
		h.waiting[schema] = map[*waiter]bool{}
	}
	h.waiting[schema][w] = true
	select {
	case h.asked <- struct{}{}:
	default:
	}
	return w, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[schema], w)
	}
}

// rest lasts a time, or until somebody waits for any schema.
func (h *hub) rest(ctx context.Context, d time.Duration) {
	if h.awaited() {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-h.asked:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (h *hub) awaited() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, waiters := range h.waiting {
		if len(waiters) > 0 {
			return true
		}
	}
	select {
	case <-h.asked: // who asked has gone
	default:
	}
	return false
}

// reset takes over what was read from or written to the table, also when it is less
// than before: after a crash a projection may stand further back.
func (h *hub) reset(schema string, position ledger.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set(schema, position)
}

// set notes a position and wakes those who wait for it. The caller holds mu.
func (h *hub) set(schema string, position ledger.Position) {
	h.positions[schema] = position
	for w := range h.waiting[schema] {
		if w.position <= position {
			close(w.reached)
			delete(h.waiting[schema], w)
		}
	}
}

// raise takes over what another process told, unless more is known already.
func (h *hub) raise(schema string, position ledger.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if position > h.positions[schema] && !h.watched[schema] {
		h.set(schema, position)
	}
}

// hear takes over what the table says, but not of a schema whose follower in this process
// tells a watcher first: its batches are heard of here, too, and sometimes before.
func (h *hub) hear(schema string, position ledger.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.watched[schema] {
		h.set(schema, position)
	}
}

// isWatched tells what watch has said.
func (h *hub) isWatched(schema string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watched[schema]
}

// watch says whether the follower of this process alone tells how far a schema has come.
func (h *hub) watch(schema string, watched bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watched[schema] = watched
}

// WaitFor returns as soon as the projection has reached the position, so that whoever
// wrote an event can read what it changed. It ends with ctx.
func (r *Runner) WaitFor(ctx context.Context, name string, position ledger.Position) error {
	p, err := r.find(name)
	if err != nil {
		return err
	}
	schema := schemaOf(p)
	w, leave := r.hub.await(schema, position)
	defer leave()
	poll := time.NewTicker(waitPoll)
	defer poll.Stop()
	failures := 0
	// The table is looked into at once where nothing has been heard of it yet.
	for look := r.hub.position(schema) == 0; ; look = true {
		if look && r.hub.position(schema) < position {
			if err := r.refresh(ctx, schema); err == nil {
				failures = 0
			} else if failures++; failures > waitFailuresMax || ctx.Err() != nil {
				return err
			}
		}
		select {
		case <-w.reached:
			return nil
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("projection %s has reached %d, waiting for %d: %w",
				name, r.hub.position(schema), position, ctx.Err())
		}
	}
}

// refresh reads the place of a schema from the table.
func (r *Runner) refresh(ctx context.Context, schema string) error {
	var position int64
	err := r.pool.QueryRow(ctx, `select position from projection.checkpoint
		where schema_name = $1`, schema).Scan(&position)
	if errors.Is(err, pgx.ErrNoRows) || IsUndefined(err) {
		return nil // nobody has begun yet
	}
	if err != nil {
		return fmt.Errorf("read the checkpoint of a projection: %w", err)
	}
	// Whoever looks into the table is ahead of the message, which comes while others are heard.
	// That is asked after the look: once nothing is heard any more, watchers have nothing.
	if r.hearing.Load() && r.watches(schema) {
		return nil
	}
	r.hub.raise(schema, ledger.Position(position))
	return nil
}

// listen hears from other processes until ctx ends, on a connection of its own.
func (r *Runner) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		r.logger.WarnContext(ctx, "connection that hears of projections was lost",
			slog.String("error", describe(err)))
		sleep(ctx, backoffMin)
	}
}

func (r *Runner) hear(ctx context.Context) error {
	pooled, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // it must not go back into the pool while it listens
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
		return err
	}
	r.hearing.Store(true)
	defer r.deaf()
	if err := r.refreshAll(ctx, conn); err != nil {
		return err
	}
	for {
		message, err := hearNext(ctx, conn)
		if err != nil {
			return err
		}
		if message != nil {
			r.told(ctx, message.Payload)
		}
	}
}

// hearNext waits for a message, and gives none after a pulse on which the other side has
// answered: one that is gone without a word would else be listened to for ever, and what is in
// memory be taken to be up to date.
func hearNext(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	waiting, cancel := context.WithTimeout(ctx, pulse)
	defer cancel()
	message, err := conn.WaitForNotification(waiting)
	if err == nil || waiting.Err() == nil || ctx.Err() != nil || conn.IsClosed() {
		return message, err
	}
	answering, cancel := context.WithTimeout(ctx, pulse)
	defer cancel()
	return nil, conn.Ping(answering)
}

// told takes over what another process says, see tidings: first what concerns no watcher, as
// those take a while.
func (r *Runner) told(ctx context.Context, text string) {
	t, ok := readTidings(text)
	if !ok {
		return
	}
	for _, schema := range t.schemas {
		if r.watchers[schema] == nil {
			r.hub.raise(schema, t.position)
		}
	}
	for _, schema := range t.schemas {
		w := r.watchers[schema]
		if w == nil {
			continue
		}
		if t.replaced {
			// Also of what this process follows: its follower need not notice on a quiet ledger.
			w.Lost()
			moved(ctx, w)
		} else if r.watches(schema) && t.position > r.hub.position(schema) {
			moved(ctx, w)
		}
		r.hub.raise(schema, t.position)
	}
}

// moved has a watcher take over what has changed. If that takes longer than the other side may
// be silent, it drops what it remembers.
func moved(ctx context.Context, w Watcher) {
	ctx, cancel := context.WithTimeout(ctx, pulse)
	defer cancel()
	w.Moved(ctx)
}

// watches tells whether something in memory has to follow a schema that another process
// changes. The followers of this process tell their watchers themselves.
func (r *Runner) watches(schema string) bool {
	return r.watchers[schema] != nil && !r.hub.isWatched(schema)
}

// deaf forgets what can no longer be kept up to date, as nothing is heard any more: first that,
// as the table itself then says how far it is.
func (r *Runner) deaf() {
	for schema, w := range r.watchers {
		if r.watches(schema) {
			w.Lost()
		}
	}
	r.hearing.Store(false)
}

// refreshAll reads all places, which may have gone back while nobody listened, as tables may
// have been replaced: watchers read theirs anew, those of what this process follows, too.
func (r *Runner) refreshAll(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "select schema_name, position from projection.checkpoint")
	if err != nil {
		return err
	}
	places := map[string]ledger.Position{}
	var (
		schema   string
		position int64
	)
	_, err = pgx.ForEachRow(rows, []any{&schema, &position}, func() error {
		places[schema] = ledger.Position(position)
		return nil
	})
	if err != nil {
		return err
	}
	for schema, position := range places {
		if r.watchers[schema] == nil {
			r.hub.hear(schema, position)
		}
	}
	for schema, w := range r.watchers {
		w.Lost()
		if position, ok := places[schema]; ok {
			moved(ctx, w)
			r.hub.hear(schema, position)
		}
	}
	return nil
}
