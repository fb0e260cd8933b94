package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// parse reads a text pack into documents, beside splitting the same bytes into lines.
func (b *bench) parse(ctx context.Context) error {
	f := newFirm(900, 20_000)
	file := f.report(0)
	start := time.Now()
	opened, err := format.Open(bytes.NewReader(file), "", format.Limits{})
	if err != nil {
		return err
	}
	documents := 0
	for item, err := range opened.Items(ctx) {
		if err != nil {
			return err
		}
		if item.Document != nil && len(item.Document.Faults) == 0 {
			documents++
		}
	}
	took := time.Since(start)
	if documents != len(f.staff) {
		return fmt.Errorf("parse: %d of %d documents were read", documents, len(f.staff))
	}
	start = time.Now()
	lines := bufio.NewScanner(bytes.NewReader(file))
	for lines.Scan() {
	}
	b.rate("parse text pack", "documents/s", documents, took, time.Since(start),
		"splitting the same bytes into lines")
	return opened.Close()
}

func (b *bench) largeReports(ctx context.Context) error {
	firms, err := b.found(ctx, 0, largePayers, largePersons)
	if err != nil {
		return err
	}
	n, took, bare, err := b.file(ctx, firms, largePayers, 1000)
	b.rate("intake, reports of 1,000 persons", "records/s", n, took, bare,
		"COPY of the same rows, 1,000 a commit")
	return err
}

func (b *bench) smallReports(ctx context.Context) error {
	firms, err := b.found(ctx, 100, smallPayers, smallPersons)
	if err != nil {
		return err
	}
	n, took, bare, err := b.file(ctx, firms, callers, smallPersons+6)
	b.rate("intake, reports of 13 persons", "records/s", n, took, bare,
		"COPY of the same rows, one report a commit")
	return err
}

// singleAppends appends one event at a time from many callers, beside a bare loop that
// groups single inserts.
func (b *bench) singleAppends(ctx context.Context) error {
	fact := event.Encode(&event.PayerDeregistered{On: period.MustDate("2018-01-01"),
		Cause: "bench"})
	n := singles * b.scale
	after, err := b.node.Log.Head(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	err = inParallel(callers, n, func(i int) error {
		// Streams of their own keep these events out of the payers' accounts.
		_, err := b.node.Log.Append(ctx, ledger.StreamAppend{
			Stream:   ledger.PayerStream(fmt.Sprintf("Z%08d", i)),
			Expected: ledger.NoStream, Events: []ledger.NewEvent{{ID: uuid.New(),
				Type: "payer.deregistered.v1", Meta: ledger.Meta{Actor: actor}, Payload: fact}}})
		return err
	})
	took := time.Since(start)
	if err != nil {
		return err
	}
	rows, err := floor.Rows(ctx, b.node.Pool, int64(after), n)
	if err != nil {
		return err
	}
	loop := floor.NewLoop(b.node.Pool)
	start = time.Now()
	err = inParallel(callers, len(rows), func(i int) error { return loop.Append(rows[i]) })
	bare := time.Since(start)
	loop.Close()
	b.rate("single appends, 64 callers", "appends/s", n, took, bare,
		"a bare loop that groups commits")
	if err != nil {
		return err
	}
	return floor.Clear(ctx, b.node.Pool)
}

// reading reads and decodes the whole ledger, beside a SELECT of the same rows.
func (b *bench) reading(ctx context.Context) error {
	start := time.Now()
	n := 0
	for e, err := range b.node.Log.ReadAll(ctx, 0, 0) {
		if err != nil {
			return err
		}
		if _, err := event.Decode(e); err != nil {
			return err
		}
		n++
	}
	took := time.Since(start)
	start = time.Now()
	rows, _, err := floor.Select(ctx, b.node.Pool, 0)
	b.rate("read and decode the ledger", "events/s", n, took, time.Since(start),
		"SELECT of the same rows")
	if err == nil && rows != n {
		err = fmt.Errorf("reading: %d events of %d rows", n, rows)
	}
	return err
}

// history folds a person's account from the log, beside a SELECT of its rows.
func (b *bench) history(ctx context.Context) error {
	f := newFirm(0, largePersons)
	var ours, bare []time.Duration
	for _, w := range f.staff[:300] {
		stream := ledger.PersonStream(b.node.Keys.PersonID(w.number))
		start := time.Now()
		n := 0
		for e, err := range b.node.Log.ReadStreams(ctx, stream) {
			if err != nil {
				return err
			}
			if _, err := event.Decode(e); err != nil {
				return err
			}
			n++
		}
		ours = append(ours, time.Since(start))
		start = time.Now()
		var rows int
		err := b.node.Pool.QueryRow(ctx, `SELECT count(length(e.record))
			FROM ledger.stream s JOIN ledger.event e ON e.stream = s.key
			WHERE s.name = $1`, string(stream)).Scan(&rows)
		if err != nil || rows != n {
			return fmt.Errorf("history: %d events of %d rows: %w", n, rows, err)
		}
		bare = append(bare, time.Since(start))
	}
	b.timed("history of one person, p50", median(ours), median(bare),
		"SELECT of that person's rows")
	return nil
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))]
}

// projection folds all accounts anew, beside one upsert of the rows that come of it.
func (b *bench) projection(ctx context.Context) error {
	if err := b.node.Runner.CatchUp(ctx); err != nil {
		return err
	}
	head, err := b.node.Log.Head(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := b.node.Runner.Rebuild(ctx, "account", nil); err != nil {
		return err
	}
	took := time.Since(start)
	if _, err := b.node.Pool.Exec(ctx,
		"CREATE TABLE floor.person (LIKE account_v1.person INCLUDING ALL)"); err != nil {
		return err
	}
	start = time.Now()
	tag, err := b.node.Pool.Exec(ctx, "INSERT INTO floor.person SELECT * FROM account_v1.person")
	bare := time.Since(start)
	if err != nil {
		return err
	}
	b.rate("rebuild of accounts", "events/s", int(head), took, 0, "")
	b.rate("rebuild of accounts, by rows", "accounts/s", int(tag.RowsAffected()), took, bare,
		"INSERT … SELECT of the finished rows")
	return nil
}

// lag measures the time from the call that files a report to the moment at which the
// account shows it.
func (b *bench) lag(ctx context.Context) error {
	following, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- b.node.Runner.Run(following) }()
	firms, err := b.found(ctx, 300, 50, smallPersons)
	if err != nil {
		return err
	}
	var waits []time.Duration
	for _, f := range firms {
		start := time.Now()
		r, err := b.node.Bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: actor,
			Payer: f.unp, Content: bytes.NewReader(f.report(0)), Channel: "bench"})
		if err != nil {
			return err
		}
		if err := b.node.Bus.ProcessFiling(ctx, f.unp, r.Filing); err != nil {
			return err
		}
		head, err := b.node.Log.Head(ctx)
		if err != nil {
			return err
		}
		if err := b.node.Runner.WaitFor(ctx, "account", head); err != nil {
			return err
		}
		waits = append(waits, time.Since(start))
	}
	b.timed("filed to readable, 13 persons, p50", median(waits), 0, "")
	b.timed("filed to readable, 13 persons, p99", quantile(waits, 0.99), 0, "")
	cancel()
	return <-done
}

// size is what an event takes on disk with indexes and chain, and its share of the
// metadata that events have in common.
func (b *bench) size(ctx context.Context) error {
	var bytes, events float64
	err := b.node.Pool.QueryRow(ctx, `SELECT sum(pg_total_relation_size(relid)) +
		pg_total_relation_size('ledger.context'), (SELECT count(*) FROM ledger.event) FROM pg_partition_tree('ledger.event') WHERE isleaf`).
		Scan(&bytes, &events)
	b.figures = append(b.figures, figure{Name: "size of an event on disk", Unit: "bytes",
		Value: bytes / events})
	return err
}

// replay verifies every chain, folds every projection and compares every row.
func (b *bench) replay(ctx context.Context) error {
	if err := b.node.Runner.CatchUp(ctx); err != nil {
		return err
	}
	differences, report, err := b.node.Runner.Replay(ctx, nil)
	if err != nil {
		return err
	}
	if len(differences) > 0 {
		return fmt.Errorf("replay found %d differences, no figures: %+v", len(differences), differences)
	}
	start := time.Now()
	if _, _, err := floor.Select(ctx, b.node.Pool, 0); err != nil {
		return err
	}
	b.rate("replay: verify, fold and compare all", "events/s", int(report.Events),
		report.Elapsed, time.Since(start), "SELECT of the same rows")
	return nil
}
