package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// bench measures one figure after another on one ledger, which grows on the way.
type bench struct {
	node    *node.Node
	scale   int
	only    string // part of the names of steps to take; empty for all
	figures []figure
}

var actor = ledger.Actor{Subject: "bench", Role: "operator"}

// Sizes at scale 1, which keep a run within five minutes on two cores.
const (
	largePayers  = 4
	largePersons = 1000
	smallPayers  = 64
	smallPersons = 13
	quarters     = 4
	singles      = 6400
	callers      = 64
)

func (b *bench) all(ctx context.Context) error {
	if err := floor.Prepare(ctx, b.node.Pool); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"parse", b.parse}, {"intake-large", b.largeReports}, {"intake-small", b.smallReports},
		{"singles", b.singleAppends}, {"reading", b.reading}, {"history", b.history},
		{"projection", b.projection}, {"lag", b.lag}, {"size", b.size}, {"replay", b.replay},
	} {
		if !strings.Contains(step.name, b.only) {
			continue
		}
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// rate adds a figure in things a second beside a limit in the same unit.
func (b *bench) rate(name, unit string, n int, took, limit time.Duration, what string) {
	f := figure{Name: name, Unit: unit, Value: float64(n) / took.Seconds(), What: what}
	if limit > 0 {
		f.Limit = float64(n) / limit.Seconds()
		f.Ratio = f.Value / f.Limit
	}
	b.figures = append(b.figures, f)
}

// timed adds a figure that is a duration beside a limit.
func (b *bench) timed(name string, took, limit time.Duration, what string) {
	f := figure{Name: name, Unit: "ms", Value: took.Seconds() * 1000, What: what}
	if limit > 0 {
		f.Limit = limit.Seconds() * 1000
		f.Ratio = f.Limit / f.Value
	}
	b.figures = append(b.figures, f)
}

// firm is a payer of the benchmark with its reports.
type firm struct {
	unp    string
	staff  []worker
	fundNo string
}

// found registers payers and their staff, which is not measured.
func (b *bench) found(ctx context.Context, first, count, persons int) ([]firm, error) {
	firms := make([]firm, count)
	for i := range firms {
		firms[i] = newFirm(first+i, persons)
	}
	errs := inParallel(callers, len(firms), func(i int) error {
		f := firms[i]
		_, err := b.node.Bus.RegisterPayer(ctx, commands.RegisterPayer{Actor: actor, UNP: f.unp,
			FundNo: f.fundNo, Name: "БЕНЧ", Kind: "employer",
			Since: period.MustDate("2015-01-01")})
		if err != nil {
			return err
		}
		for _, file := range [][]byte{f.registrations(), f.hires()} {
			id, err := b.submit(ctx, f.unp, file)
			if err == nil {
				err = b.accepted(ctx, f.unp, id, f.documents(file))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return firms, errs
}

// submit files and processes; accepted tells later whether every document was accepted.
func (b *bench) submit(ctx context.Context, unp string, file []byte) (uuid.UUID, error) {
	r, err := b.node.Bus.ReceiveFiling(ctx, commands.ReceiveFiling{Actor: actor, Payer: unp,
		Content: bytes.NewReader(file), Channel: "bench"})
	if err != nil {
		return uuid.UUID{}, err
	}
	return r.Filing, b.node.Bus.ProcessFiling(ctx, unp, r.Filing)
}

// accepted insists that every document of a filing was accepted. It reads the ledger and
// is therefore no part of what is timed.
func (b *bench) accepted(ctx context.Context, unp string, id uuid.UUID, want int) error {
	filings := account.NewFilings()
	for e, err := range b.node.Log.ReadStreams(ctx, ledger.PayerStream(unp)) {
		if err != nil {
			return err
		}
		payload, err := event.Decode(e)
		if err != nil {
			return err
		}
		filings.Apply(e, payload)
	}
	f, _ := filings.Filing(id)
	if f.Processed == nil || f.Processed.Accepted != want {
		return b.complain(ctx, f, want)
	}
	return nil
}

func (b *bench) complain(ctx context.Context, f account.Filing, want int) error {
	text := ""
	for _, name := range f.Findings[:min(1, len(f.Findings))] {
		if content, err := b.node.Bus.Archive.Open(ctx, name); err == nil {
			head, _ := io.ReadAll(io.LimitReader(content, 600)) //nolint:errcheck // a hint
			text = string(head)
			content.Close() //nolint:errcheck // only read
		}
	}
	return fmt.Errorf("a report of the benchmark was not accepted (%+v, want %d): %s",
		f.Processed, want, text)
}

// file submits the quarterly reports of firms, several at a time, and copies the rows
// that came of it into a bare table, in the given portions.
func (b *bench) file(ctx context.Context, firms []firm, workers, portion int,
) (n int, took, bare time.Duration, err error) {
	type job struct {
		f       firm
		content []byte
	}
	var jobs []job
	for q := range quarters * b.scale {
		for _, f := range firms {
			jobs = append(jobs, job{f, f.report(q)})
		}
	}
	after, err := b.node.Log.Head(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	ids := make([]uuid.UUID, len(jobs))
	start := time.Now()
	err = inParallel(workers, len(jobs), func(i int) (err error) {
		ids[i], err = b.submit(ctx, jobs[i].f.unp, jobs[i].content)
		return err
	})
	took = time.Since(start)
	if err != nil {
		return 0, 0, 0, err
	}
	for i, id := range ids {
		if err := b.accepted(ctx, jobs[i].f.unp, id, len(jobs[i].f.staff)); err != nil {
			return 0, 0, 0, err
		}
	}
	bare, err = b.copyRows(ctx, after, portion)
	return len(jobs) * len(firms[0].staff), took, bare, err
}

// copyRows writes the ledger's rows after a position into the bare table, each portion
// with a commit of its own.
func (b *bench) copyRows(ctx context.Context, after ledger.Position, portion int,
) (time.Duration, error) {
	rows, err := floor.Rows(ctx, b.node.Pool, int64(after), 1<<30)
	if err != nil {
		return 0, err
	}
	var encoded [][]byte
	for part := range slices.Chunk(rows, portion) {
		encoded = append(encoded, floor.Encode(part))
	}
	start := time.Now()
	for _, e := range encoded {
		if err := floor.Copy(ctx, b.node.Pool, e); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	return took, floor.Clear(ctx, b.node.Pool)
}

// inParallel does n things with so many workers and gives the first error.
func inParallel(workers, n int, do func(i int) error) error {
	var group sync.WaitGroup
	var once sync.Once
	var first error
	next := make(chan int)
	for range workers {
		group.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	return first
}
