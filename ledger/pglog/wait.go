package pglog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
)

// channel is what a writing transaction notifies when it commits. The notification only
// says "look": the position is always read from the table.
const channel = "stazh_ledger"

// reconnectMax bounds the pause between two attempts to connect the listener.
const reconnectMax = 5 * time.Second

// watch holds the newest position this process knows and wakes those who wait for it.
type watch struct {
	mu      sync.Mutex
	head    ledger.Position // guarded by mu
	changed chan struct{}   // guarded by mu; closed and replaced when head grows
}

func (w *watch) publish(head ledger.Position) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if head > w.head {
		w.head = head
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

func (w *watch) state() (ledger.Position, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.head, w.changed
}

// Wait implements ledger.Log. What this process appends wakes it without a question to
// the database; what others append is heard by NOTIFY, and at the latest after
// Options.Poll. While the database is away it goes on waiting.
func (l *Log) Wait(ctx context.Context, after ledger.Position) (ledger.Position, error) {
	head, changed := l.watch.state()
	if head > after {
		return head, nil
	}
	l.listener.Do(func() { l.group.Go(l.listen) })
	for head <= after {
		select {
		case <-changed:
			head, changed = l.watch.state()
		case <-ctx.Done():
			return head, fmt.Errorf("wait for an event after %d: %w", after, ctx.Err())
		case <-l.stopped.Done():
			return head, fmt.Errorf("%w: %w", ledger.ErrUnavailable, ErrClosed)
		}
	}
	return head, nil
}

// listen keeps one connection of its own that hears notifications, until Close.
func (l *Log) listen() {
	pause := time.Millisecond
	for {
		heard, err := l.listenOnce(l.stopped)
		if l.stopped.Err() != nil {
			return
		}
		l.options.Logger.Warn("ledger listener lost its connection", "error", err)
		if heard {
			pause = time.Millisecond
		}
		select {
		case <-time.After(pause):
		case <-l.stopped.Done():
			return
		}
		pause = min(4*pause, reconnectMax)
	}
}

// listenOnce listens until the connection breaks; heard tells whether it ever worked.
func (l *Log) listenOnce(ctx context.Context) (heard bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, l.pool.Config().ConnConfig)
	if err != nil {
		return false, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return false, err
	}
	for {
		// The head is read after LISTEN, so that nothing falls between the two.
		var head int64
		if err := conn.QueryRow(ctx, sqlHead).Scan(&head); err != nil {
			return heard, err
		}
		heard = true
		l.watch.publish(ledger.Position(head))
		if err := l.waitNotification(ctx, conn); err != nil {
			return heard, err
		}
	}
}

// waitNotification returns when there may be news: after a notification of a position
// that this process does not know yet, and at the latest after the poll time.
func (l *Log) waitNotification(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, l.options.Poll)
	defer cancel()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) && !conn.IsClosed() {
				return nil
			}
			return err
		}
		position, err := strconv.ParseUint(n.Payload, 10, 64)
		known, _ := l.watch.state()
		if err != nil || ledger.Position(position) > known {
			return nil
		}
	}
}
