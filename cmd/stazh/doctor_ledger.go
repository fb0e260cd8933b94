package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger/pgrun"
)

// ward is the database under examination. It is only read.
type ward struct {
	conn   *pgx.Conn
	server *pgrun.Server // started or attached for the examination; nil with a URL
}

func (w *ward) close(ctx context.Context) {
	_ = w.conn.Close(ctx) // nothing was written
	if w.server != nil {
		_ = w.server.Stop(ctx) // a failed stop is told by the next start
	}
}

// inEventStore is what checks of the ledger's tables say where there are none.
const inEventStore = "the ledger is in EventStoreDB"

// notReached is what the checks behind the database say when it was not reached, or has not
// the tables that they look at.
const notReached = "not looked at: the database was not reached, or lacks tables"

// database connects; where stazh runs Postgres itself, it is started for the examination.
func (c *checkup) database(ctx context.Context) diagnosis {
	if !c.exists() {
		return unseen("there is no ledger yet")
	}
	w := &ward{}
	url := c.DatabaseURL
	if url == "" {
		server, err := pgrun.Start(ctx, pgrun.Config{Dir: c.Data,
			Logger: slog.New(slog.DiscardHandler)})
		var f *pgrun.Fault
		if errors.As(err, &f) {
			detail := f.Problem
			if f.Err != nil {
				detail += ": " + f.Err.Error()
			}
			return fault(detail, f.Remedy)
		}
		if err != nil {
			return fault(err.Error(), "see postgres.log in "+c.Data)
		}
		w.server, url = server, server.URL()
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		if w.server != nil {
			_ = w.server.Stop(context.WithoutCancel(ctx)) // the connection's error counts
		}
		return fault("the database does not answer: "+clean(err.Error(), 300),
			"start that Postgres, or correct --database-url (STAZH_DATABASE_URL)")
	}
	w.conn, c.ledger, c.reached = conn, w, true
	switch {
	case w.server == nil:
		return fine("connected to " + withoutPassword(c.DatabaseURL))
	case w.server.Attached():
		return fine("connected to the Postgres of a running stazh")
	}
	return fine("Postgres starts and accepts connections")
}

// versionNumMin is the oldest server that stazh is written for, as Postgres numbers it.
const versionNumMin = 150_000

// serverVersion asks the server, which may be another than the installed programs.
func (c *checkup) serverVersion(ctx context.Context) diagnosis {
	if c.ledger == nil {
		return unseen(notReached)
	}
	var number int
	var name string
	err := c.ledger.conn.QueryRow(ctx, `select current_setting('server_version_num')::int,
		current_setting('server_version')`).Scan(&number, &name)
	if err != nil {
		return unseen(notReached)
	}
	if number < versionNumMin {
		return fault("the server is PostgreSQL "+name+", stazh needs 15 or newer",
			"move the database to a newer Postgres")
	}
	return fine("PostgreSQL " + name)
}

// tables tells whether the ledger's tables are there.
func (c *checkup) tables(ctx context.Context) diagnosis {
	if c.ledger == nil {
		return unseen(notReached)
	}
	var missing []string
	rows, err := c.ledger.conn.Query(ctx, `select name from unnest($1::text[]) as name
		where to_regclass(name) is null`, ledgerTables(c.EventStore != ""))
	if err == nil {
		missing, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return fault("the tables cannot be seen: "+clean(err.Error(), 300),
			"grant the database user its rights back")
	}
	if len(missing) > 0 {
		c.ledger.close(ctx)
		c.ledger = nil
		return fault(fmt.Sprintf("tables are missing: %v", missing),
			"start the server once, it makes them: stazh serve")
	}
	return fine("all there")
}

// empty tells that nothing is recorded yet, as far as can be seen.
func (c *checkup) empty(ctx context.Context) bool {
	if c.ledger == nil {
		return !c.exists() || c.reached && c.DatabaseURL != ""
	}
	var position int64
	err := c.ledger.conn.QueryRow(ctx, "select position from ledger.head").Scan(&position)
	return err == nil && position == 0
}

// law tells whether the numbers and rules that the intake needs are published.
func (c *checkup) law(ctx context.Context) diagnosis {
	if c.EventStore != "" {
		return unseen(inEventStore)
	}
	if c.ledger == nil {
		return unseen(notReached)
	}
	published := map[string]int64{}
	rows, err := c.ledger.conn.Query(ctx, lawCountSQL)
	if err == nil {
		var name string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error {
			published[name] = n
			return nil
		})
	}
	remedy := "start the server once, it publishes what comes with the program: stazh serve"
	sealed := false
	if err == nil {
		err = c.ledger.conn.QueryRow(ctx, lawSealedSQL).Scan(&sealed)
	}
	if err != nil {
		return fault("the law cannot be read: "+clean(err.Error(), 300), remedy)
	}
	if sealed {
		return fine("the law is published, its first events are packed")
	}
	for _, kind := range [...]struct{ name, event string }{
		{"numbers", "law.parameter_published.v1"},
		{"code lists", "law.classifier_published.v1"},
		{"control rules", "law.rule_pack_published.v1"},
	} {
		if published[kind.event] == 0 {
			return fault("no "+kind.name+" are published: the intake refuses all files", remedy)
		}
	}
	return fine(fmt.Sprintf("published: %s, %s, %s",
		counted(published["law.parameter_published.v1"], "numbers"),
		counted(published["law.classifier_published.v1"], "code lists"),
		counted(published["law.rule_pack_published.v1"], "rule packs")))
}

// lagMuch is how many events a read model may be behind before it counts as a fault
// while a server runs: live, it follows within milliseconds.
const lagMuch = 100_000

// models tells of read models that stand still or are far behind.
func (c *checkup) models(ctx context.Context) diagnosis {
	if c.EventStore != "" {
		return unseen(inEventStore)
	}
	if c.ledger == nil {
		return unseen(notReached)
	}
	type model struct {
		Name     string
		Position int64
		Error    string
		Head     int64
	}
	rows, err := c.ledger.conn.Query(ctx, modelsSQL)
	var list []model
	if err == nil {
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[model])
	}
	if err != nil {
		return fault("the state of the read models cannot be read: "+clean(err.Error(), 300),
			"start the server once: stazh serve")
	}
	if len(list) == 0 {
		return warn("no read model has been built yet", "start the server once: stazh serve")
	}
	behind := int64(0)
	for _, m := range list {
		if m.Error != "" {
			return fault(fmt.Sprintf("%s stands still at position %d: %s", m.Name, m.Position,
				m.Error), "mend what it says; then the server goes on by itself, or: "+
				"stazh projection rebuild "+m.Name)
		}
		behind = max(behind, m.Head-m.Position)
	}
	detail := fmt.Sprintf("%d live, at most %s events behind", len(list), grouped(behind))
	switch {
	case behind > lagMuch && c.served:
		return fault(detail, "see the server's log; the machine may be too slow or the "+
			"database busy")
	case behind > 0 && !c.served:
		return warn(detail, "they catch up as soon as a server runs: stazh serve")
	}
	return fine(detail)
}

// skewMax is how far two clocks may be apart: recorded times are compared with deadlines
// in days, but people compare them with their own clock.
const skewMax = 5 * time.Second

// clocks compares this machine's clock with the database's and with the last event.
func (c *checkup) clocks(ctx context.Context) diagnosis {
	if c.EventStore != "" {
		return unseen(inEventStore)
	}
	if c.ledger == nil {
		return unseen(notReached)
	}
	var theirs time.Time
	var last *time.Time
	before := c.clock()
	err := c.ledger.conn.QueryRow(ctx, clocksSQL).Scan(&theirs, &last)
	if err != nil {
		return unseen("the database's clock cannot be read: " + clean(err.Error(), 300))
	}
	return clockDiagnosis(before, theirs, last)
}

func clockDiagnosis(ours, theirs time.Time, last *time.Time) diagnosis {
	remedy := "let both machines keep time by NTP (systemctl enable --now systemd-timesyncd)"
	if skew := theirs.Sub(ours).Abs(); skew > skewMax {
		return fault(fmt.Sprintf("this machine's clock and the database's are %s apart",
			skew.Round(time.Second)), remedy)
	}
	if last != nil && last.Sub(ours) > skewMax {
		return fault(fmt.Sprintf("the last event was recorded %s in the future: the clock "+
			"has gone back", last.Sub(ours).Round(time.Second)), remedy)
	}
	return fine("this machine and the database agree")
}
