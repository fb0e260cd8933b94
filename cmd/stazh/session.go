package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pgrun"
)

// session is an open ledger for the time of one command.
type session struct {
	*service.Service
	node *node.Node
}

// keyFileName is the key's place in the data directory.
const keyFileName = "installation.key"

// keyFile is the path of the installation's key.
func (g *settings) keyFile() string {
	if g.KeyFile != "" {
		return g.KeyFile
	}
	return filepath.Join(g.Data, keyFileName)
}

// nodeConfig says where the ledger is that the command works on.
func (a *app) nodeConfig(logger *slog.Logger) node.Config {
	return node.Config{Dir: a.Data, DatabaseURL: a.DatabaseURL, EventStoreURL: a.EventStore,
		KeyFile: a.KeyFile, Clock: a.clock, Logger: logger}
}

// exists tells whether there is a ledger to open; only a database can tell where one of
// the operator's own is used.
func (g *settings) exists() bool {
	if g.DatabaseURL != "" {
		return true
	}
	for _, name := range []string{"postgres", "postgres.location"} {
		if _, err := os.Stat(filepath.Join(g.Data, name)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// read opens an existing ledger for a command that shows something. A mistyped directory
// must not be answered with a new, empty ledger.
func (a *app) read(ctx context.Context, do func(context.Context, *session) error) error {
	if !a.exists() {
		return unavailable("there is no ledger in %s: make one with `%[2]s demo` or "+
			"`%[2]s serve`, or name its directory with --data", a.Data, program())
	}
	return a.write(ctx, do)
}

// write opens the ledger, making a new one where there is none. While the command works,
// it takes part in what a server does: if no other process follows the ledger and
// processes filings, this one does.
func (a *app) write(ctx context.Context, do func(context.Context, *session) error) (err error) {
	if err := auth.Named(a.actor(roleOfficer)); err != nil {
		return &coded{exitUsage, err} // before anything is opened: a flag or variable is wrong
	}
	logger := a.logger(slog.LevelWarn)
	n, err := a.open(ctx, a.nodeConfig(logger))
	if err != nil {
		return err
	}
	defer func() {
		a.letOthersFinish(ctx, n.Postgres)
		err = errors.Join(err, n.Close(context.WithoutCancel(ctx)))
	}()
	n.Follow(ctx)
	return do(ctx, &session{Service: newService(n), node: n})
}

// open opens the node; an error says what to do about it.
func (a *app) open(ctx context.Context, config node.Config) (*node.Node, error) {
	n, err := node.Open(ctx, config)
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) && a.DatabaseURL != "" {
		return nil, unavailable("%w; start that Postgres, or correct --database-url "+
			"(STAZH_DATABASE_URL)", err)
	}
	if errors.Is(err, ledger.ErrUnavailable) && a.EventStore != "" {
		return nil, unavailable("%w; start that EventStoreDB, or correct --eventstore-url "+
			"(STAZH_EVENTSTORE_URL)", err)
	}
	return n, err
}

// othersPoll is how often is looked whether the others have finished.
const othersPoll = 200 * time.Millisecond

// letOthersFinish keeps the Postgres that this command started as long as another stazh,
// which came later, works on it. An interrupt that ended the command does not end the
// wait; a second one ends the program.
func (a *app) letOthersFinish(ctx context.Context, server *pgrun.Server) {
	if server == nil || server.Attached() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	conn, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return
	}
	defer conn.Close(ctx) //nolint:errcheck // only read
	tick := time.NewTicker(othersPoll)
	defer tick.Stop()
	for told := false; ; told = true {
		var others int
		err := conn.QueryRow(ctx, `select count(*) from pg_stat_activity
			where backend_type = 'client backend' and application_name like 'stazh %'
			and application_name <> $1`, node.ApplicationName()).Scan(&others)
		if err != nil || others == 0 {
			return
		}
		if !told {
			a.term.say("Another stazh uses the database that this command started: " +
				"waiting until it ends. Ctrl-C ends both.")
		}
		<-tick.C
	}
}

// allow asks for the permission of what a command does without a use case of its own.
func (a *app) allow(role string, action auth.Action, object auth.Object) error {
	return auth.Allow(a.actor(role), action, object)
}

// newService gives the use cases on an open node.
func newService(n *node.Node) *service.Service {
	return service.New(service.Config{Bus: n.Bus, Runner: n.Runner,
		Models: n.Models.Queries, Clock: n.Config.Clock,
		Spool: filepath.Join(n.Config.Dir, "transfer")})
}
