package node

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/commands"
)

// clerkLock is the advisory lock of the one clerk of an installation.
const clerkLock = 7_203_144_002

// clerkTakeover is how often a waiting process tries to become the clerk.
const clerkTakeover = time.Second

// migrateClerk makes the clerk's tables where they are missing.
func (n *Node) migrateClerk(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, n.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", clerkLock+1)
		if err == nil {
			_, err = tx.Exec(ctx, clerkSchema+"; "+originSchema)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate the clerk's table: %w", err)
	}
	return nil
}

// keepClerk runs the clerk while this process holds the lock for it.
func (n *Node) keepClerk(ctx context.Context) {
	for ctx.Err() == nil {
		if err := n.leadClerk(ctx); err != nil && ctx.Err() == nil {
			n.Config.Logger.ErrorContext(ctx, "clerk stopped, it will be tried again",
				slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
		case <-time.After(clerkTakeover):
		}
	}
}

// leadClerk works as the clerk if nobody else does. The lock lasts as long as its
// connection: when that is lost, so is the clerk, as another may have taken over.
func (n *Node) leadClerk(ctx context.Context) error {
	conn, err := n.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var held bool
	err = conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", clerkLock).Scan(&held)
	if err != nil || !held {
		return err
	}
	defer conn.Conn().Close(context.WithoutCancel(ctx)) //nolint:errcheck // ends the lock
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		n.watchClerk(ctx, cancel, func() error {
			_, err := conn.Exec(ctx, "select 1")
			return err
		})
	})
	watch.Go(func() { n.keepSealing(ctx) })
	// The connection is closed only when the watch no longer uses it.
	defer watch.Wait()
	defer cancel()
	clerk := &commands.Clerk{Bus: n.Bus, List: n.Models}
	return clerk.Run(ctx)
}

// clerkMissed is how often a node that only answers looks whether somebody is the clerk.
const clerkMissed = 5 * time.Second

// missClerk tells the operator when nobody processes what is filed, and when somebody does again:
// a node that only answers would look well while nothing gets further.
func (n *Node) missClerk(ctx context.Context) {
	missed, before := false, true
	for ctx.Err() == nil {
		held, err := n.clerkHeld(ctx)
		switch {
		case err != nil: // the database is away, which those who ask are told
		case !held && before: // one may be taking over from another
		case !held && !missed:
			n.Config.Logger.WarnContext(ctx, "no other server runs: what is filed waits, and read "+
				"models stand still, until one is started without --aside")
			missed = true
		case held && missed:
			n.Config.Logger.InfoContext(ctx, "another server processes what is filed")
			missed = false
		}
		before = held || err != nil
		select {
		case <-ctx.Done():
		case <-time.After(clerkMissed):
		}
	}
}

// clerkHeld tells whether some process has the lock of the clerk.
func (n *Node) clerkHeld(ctx context.Context) (held bool, err error) {
	err = n.Pool.QueryRow(ctx, `select exists (select from pg_locks
		where locktype = 'advisory' and granted and objsubid = 1
			and database = (select oid from pg_database where datname = current_database())
			and classid::bigint << 32 | objid::bigint = $1)`, int64(clerkLock)).Scan(&held)
	return held, err
}

// watchClerk cancels the clerk when its connection is gone.
func (n *Node) watchClerk(ctx context.Context, cancel func(), alive func() error) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(2 * clerkTakeover):
			if alive() != nil {
				cancel()
			}
		}
	}
}
