// Package node puts a whole Stazh together: Postgres (its own or a given one), the log,
// keys and archive, the law, the projections and the clerk. The server and the command
// open the same node; whoever of several is first does the work that only one may do.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pgrun"
	"github.com/stazh/stazh/ledger/pgvault"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections"
	accounts "github.com/stazh/stazh/projections/account"
	"github.com/stazh/stazh/projections/filer"
)

// Config says where a node keeps its data. The zero value of every field but Clock and
// Logger is good.
type Config struct {
	// Dir is the data directory, "stazh-data" by default: the own Postgres, the key.
	Dir string
	// DatabaseURL is a Postgres of the operator's; empty for one of our own.
	DatabaseURL string
	// EventStoreURL is an EventStoreDB or KurrentDB that keeps the ledger, esdb://…; Postgres
	// then holds read models, keys and archive only. Empty for a ledger in Postgres.
	EventStoreURL string
	// KeyFile holds the installation's key; Dir/installation.key by default.
	KeyFile string
	// Demo publishes demonstration values for months whose true values are unknown.
	Demo bool
	// PartitionRows is the number of events of a partition of the ledger, see pglog.Options;
	// zero is the usual one.
	PartitionRows int64
	Clock         func() time.Time
	Logger        *slog.Logger
}

// Node is an open Stazh.
type Node struct {
	Bus  *commands.Bus
	Log  Log
	Pool *pgxpool.Pool
	// Reads is the pool of the read models' queries: the intake and the followers cannot
	// take its connections, so that nobody who reads waits for one behind them.
	Reads    *pgxpool.Pool
	Keys     *seal.Keyring
	Runner   *projections.Runner
	Models   *Models
	Postgres *pgrun.Server // nil with a given DatabaseURL
	Config   Config

	work sync.WaitGroup
	stop context.CancelFunc
}

// Log is a ledger.Log that is given back when the node closes.
type Log interface {
	ledger.Log
	Close()
}

// poolConns is enough for every follower (one each), what the clerk's workers ask for together,
// and concurrent readers; Postgres' own default allows 100, for several nodes.
const poolConns = 40

// readConns is enough to keep two processors busy with look-ups of a millisecond; those who
// come then wait less than a query of more at once would take longer.
const readConns = 8

// Open starts or attaches to Postgres, migrates, publishes the law and makes the node
// ready for commands and queries. It follows nothing yet: see Follow and CatchUp.
func Open(ctx context.Context, cfg Config) (*Node, error) {
	if cfg.Dir == "" {
		cfg.Dir = "stazh-data"
	}
	if cfg.KeyFile == "" {
		cfg.KeyFile = filepath.Join(cfg.Dir, keyFile)
	}
	n := &Node{Config: cfg}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(err, n.Close(context.WithoutCancel(ctx)))
	}
	return n, nil
}

func (n *Node) open(ctx context.Context) error {
	if err := n.connect(ctx); err != nil {
		return err
	}
	if err := errors.Join(pgvault.Migrate(ctx, n.Pool),
		projections.Migrate(ctx, n.Pool)); err != nil {
		return err
	}
	if err := n.migrateClerk(ctx); err != nil {
		return err
	}
	if err := n.openLog(ctx); err != nil {
		return err
	}
	if err := n.checkOrigin(ctx); err != nil {
		return err
	}
	head, err := n.Log.Head(ctx)
	if err != nil {
		return err
	}
	master, err := masterKey(n.Config.KeyFile, head == 0)
	if err != nil {
		return err
	}
	if n.Keys, err = seal.NewKeyring(master, pgvault.NewVault(n.Pool)); err != nil {
		return err
	}
	archive := pgvault.NewArchive(n.Pool, n.Keys, filepath.Join(n.Config.Dir, "transfer"))
	n.Bus = &commands.Bus{
		Log: n.Log, Keys: n.Keys, Archive: archiveOf{archive},
		Law:   commands.NewLawbook(n.Log, n.Config.Clock),
		Clock: n.Config.Clock, Logger: n.Config.Logger,
	}
	if err := errors.Join(n.publishLaw(ctx), n.noteOrigin(ctx)); err != nil {
		return err
	}
	if n.Models, n.Runner, err = newModels(n); err != nil {
		return err
	}
	n.Bus.Recipients, n.Bus.Workforce, n.Bus.Staff = n.Models, n.Models, n.Models
	n.Bus.Persons, n.Bus.Payers = accounts.NewFolds(n.Pool), filer.NewFolds(n.Pool)
	return nil
}

// openLog opens the ledger where it is kept. What was opened only in part is not taken.
func (n *Node) openLog(ctx context.Context) error {
	if n.Config.EventStoreURL != "" {
		log, err := esdblog.Open(ctx, esdblog.Options{URL: n.Config.EventStoreURL,
			Clock: n.Config.Clock, Logger: n.Config.Logger})
		if err == nil {
			n.Log = log
		}
		return err
	}
	if err := pglog.Migrate(ctx, n.Pool); err != nil {
		return err
	}
	log, err := pglog.Open(ctx, n.Pool, pglog.Options{
		Clock: n.Config.Clock, Logger: n.Config.Logger,
		PartitionRows: n.Config.PartitionRows})
	if err == nil {
		n.Log = log
	}
	return err
}

// connect opens the pool, on a Postgres of our own where none is given.
func (n *Node) connect(ctx context.Context) error {
	url := n.Config.DatabaseURL
	if url == "" {
		server, err := pgrun.Start(ctx, pgrun.Config{Dir: n.Config.Dir, Logger: n.Config.Logger})
		if err != nil {
			return err
		}
		n.Postgres, url = server, server.URL()
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("the database URL cannot be read: %w", err)
	}
	cfg.MaxConns = max(cfg.MaxConns, poolConns)
	cfg.ConnConfig.RuntimeParams["application_name"] = ApplicationName()
	reads := cfg.Copy()
	reads.MaxConns, reads.MinConns, reads.MinIdleConns = readConns, 0, 0
	// Reader.Select counts on it, whatever the database's own setting is.
	reads.ConnConfig.RuntimeParams["default_transaction_isolation"] = "read committed"
	// The statements of the log and the vault are few and go by indexes whatever they are
	// asked for: planning one of them anew, over all partitions, takes longer than to run it.
	cfg.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	n.Pool, err = pgxpool.NewWithConfig(ctx, cfg)
	if err == nil {
		n.Reads, err = pgxpool.NewWithConfig(ctx, reads)
	}
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	if err := n.Pool.Ping(ctx); err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	return nil
}

// ApplicationName is what the connections of this process are called in the database.
func ApplicationName() string { return fmt.Sprintf("stazh %d", os.Getpid()) }

// lawActor is who the law of the program's own files is published by.
var lawActor = ledger.Actor{Subject: "stazh", Role: "system"}

// publishLaw records the numbers, code lists and rules that come with the program and
// are not recorded yet.
func (n *Node) publishLaw(ctx context.Context) error {
	parameters, err := law.Parameters()
	if err != nil {
		return err
	}
	if n.Config.Demo {
		invented, err := law.DemoParameters()
		if err != nil {
			return err
		}
		parameters = append(parameters, invented...)
	}
	lists, err := law.Classifiers()
	if err != nil {
		return err
	}
	c := commands.PublishLaw{Actor: lawActor, Ground: "published with the program", Keep: true,
		RulePacks: []event.RulePackPublished{control.DefaultPack()}}
	for _, p := range parameters {
		c.Parameters = append(c.Parameters, account.PublishedOf(p))
	}
	for _, l := range lists {
		c.Classifiers = append(c.Classifiers, l.Published())
	}
	if _, err := n.Bus.PublishLaw(ctx, c); err != nil {
		return fmt.Errorf("publish the law: %w", err)
	}
	return nil
}

// Follow runs projections and clerk in the background until Close.
func (n *Node) Follow(ctx context.Context) {
	ctx, n.stop = context.WithCancel(ctx)
	n.work.Go(func() {
		if err := n.Runner.Run(ctx); err != nil && ctx.Err() == nil {
			n.Config.Logger.ErrorContext(ctx, "projections ended",
				slog.String("error", err.Error()))
		}
	})
	n.work.Go(func() { n.keepClerk(ctx) })
}

// Listen takes note, in the background until Close, of what other nodes have projected: for a
// node that only answers. What is filed here is processed by a node that follows.
func (n *Node) Listen(ctx context.Context) {
	ctx, n.stop = context.WithCancel(ctx)
	n.work.Go(func() {
		if err := n.Runner.Listen(ctx); err != nil {
			n.Config.Logger.ErrorContext(ctx, "hearing of projections ended",
				slog.String("error", err.Error()))
		}
	})
	n.work.Go(func() { n.missClerk(ctx) })
}

// Close stops what runs, in the order in which it depends on each other.
func (n *Node) Close(ctx context.Context) error {
	if n.stop != nil {
		n.stop()
	}
	n.work.Wait()
	if n.Log != nil {
		n.Log.Close()
	}
	if n.Reads != nil {
		n.Reads.Close()
	}
	if n.Pool != nil {
		n.Pool.Close()
	}
	if n.Postgres != nil {
		return n.Postgres.Stop(ctx)
	}
	return nil
}

// archiveOf fits the archive of Postgres to what commands need.
type archiveOf struct{ *pgvault.Archive }

// Open gives an archived file.
func (a archiveOf) Open(ctx context.Context, name ledger.Hash) (commands.Content, error) {
	return a.Archive.Open(ctx, name)
}
