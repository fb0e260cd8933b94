package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/esdblog"
	"github.com/stazh/stazh/ledger/logcopy"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pgrun"
)

// logCopy moves a whole ledger.
type logCopy struct {
	From string `required:"" placeholder:"LOG" help:"${copy_from}"`
	To   string `required:"" placeholder:"LOG" help:"${copy_to}"`
}

// Run copies. What was begun before and interrupted is taken up again.
func (c *logCopy) Run(ctx context.Context, a *app) error {
	err := auth.Allow(a.actor(roleOfficer), auth.ReadLedger, auth.Object{Kind: auth.KindLedger})
	if err != nil {
		return err
	}
	from, done, err := a.openLog(ctx, c.From)
	if err != nil {
		return err
	}
	defer done()
	to, done, err := a.openLog(ctx, c.To)
	if err != nil {
		return err
	}
	defer done()
	unit := "bytes" // positions of an event store are places in its files
	if from.Guarantees().Dense {
		unit = "events"
	}
	var bar *progress
	var stage logcopy.Stage
	report, err := logcopy.Run(ctx, from, to,
		func(s logcopy.Stage, at, head ledger.Position) {
			if s != stage {
				if bar != nil {
					bar.clear()
				}
				bar, stage = a.progress(string(s), unit), s
			}
			bar.set(int64(at), int64(head))
		})
	if bar != nil {
		bar.clear()
	}
	return c.tell(a, report, err)
}

// tell answers, and says after an interruption that nothing is lost.
func (c *logCopy) tell(a *app, report logcopy.Report, err error) error {
	switch {
	case errors.Is(err, logcopy.ErrOther):
		return usage("%w", err)
	case err != nil:
		a.term.say("What is copied stays: the same command goes on from there.")
		if errors.Is(err, ledger.ErrUnavailable) {
			return unavailable("%w", err)
		}
		return err
	}
	answer := struct {
		Events  int64 `json:"events"`
		Streams int64 `json:"streams"`
		Copied  int64 `json:"copied"`
	}{report.Events, report.Streams, report.Copied}
	return a.term.answer(answer, func() {
		a.term.printf("Both ledgers hold %s events; the heads of all %s streams are equal.\n",
			grouped(report.Events), grouped(report.Streams))
		a.term.printf("%s\n", "The keys of persons and the archive of files are in no log: "+
			"move the tables\nof schema vault with pg_dump, and the installation's key "+
			"(docs/eventstoredb.md).")
	})
}

// openLog opens the ledger at an address: an event store, a Postgres, or the directory with
// a Postgres of stazh's own.
func (a *app) openLog(ctx context.Context, address string) (ledger.Importer, func(), error) {
	logger := a.logger(slog.LevelError)
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case strings.HasPrefix(scheme, "esdb"):
		log, err := esdblog.Open(ctx, esdblog.Options{URL: address, Clock: a.clock,
			Logger: logger})
		if err != nil {
			return nil, nil, unavailable("%s: %w", withoutPassword(address), err)
		}
		return log, log.Close, nil
	case !isURL:
		return a.openOwnLog(ctx, address)
	case scheme == "postgres" || scheme == "postgresql":
		return a.openPostgresLog(ctx, address)
	}
	return nil, nil, usage("%s is no ledger: write postgres://…, esdb://… or a data directory",
		withoutPassword(address))
}

func (a *app) openOwnLog(ctx context.Context, dir string) (ledger.Importer, func(), error) {
	if !(&settings{Data: dir}).exists() {
		return nil, nil, usage("there is no ledger in %s: name a data directory of stazh, "+
			"postgres://… or esdb://…", dir)
	}
	server, err := pgrun.Start(ctx, pgrun.Config{Dir: dir, Logger: a.logger(slog.LevelWarn)})
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		a.letOthersFinish(ctx, server)
		_ = server.Stop(context.WithoutCancel(ctx)) // the next start recovers
	}
	log, done, err := a.openPostgresLog(ctx, server.URL())
	if err != nil {
		stop()
		return nil, nil, err
	}
	return log, func() { done(); stop() }, nil
}

func (a *app) openPostgresLog(ctx context.Context, url string) (ledger.Importer, func(), error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, nil, usage("the database URL cannot be read: %w", err)
	}
	err = pool.Ping(ctx)
	if err == nil {
		err = pglog.Migrate(ctx, pool)
	}
	if err != nil {
		pool.Close()
		return nil, nil, unavailable("%s: %w", withoutPassword(url), err)
	}
	log, err := pglog.Open(ctx, pool, pglog.Options{Clock: a.clock,
		Logger: a.logger(slog.LevelError)})
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return log, func() { log.Close(); pool.Close() }, nil
}
