// Package filer gives all that is stored of payers who file: the accounts that one read model
// keeps and the filings that another one keeps. It is a cache of the intake, whose user makes
// sure of what it says.
package filer

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/gather"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
	"github.com/stazh/stazh/projections/filing"
)

// Folds gives payers' accounts and filings as they are stored at the moment, in one round trip
// for all who ask at the same time.
type Folds struct {
	pool     *pgxpool.Pool
	balances *projections.Reader
	filings  *projections.Reader
	reads    *gather.Batcher[string, *stored]
}

// stored is a payer as the tables have it; nil fields for none.
type stored struct {
	payer   *account.Payer
	filings *account.Filings
}

// foldsBatch bounds the payers of one query: some have hundreds of filings.
const foldsBatch = 64

// NewFolds makes them on a pool.
func NewFolds(pool *pgxpool.Pool) *Folds {
	f := &Folds{pool: pool, balances: projections.NewReader(pool, balance.New()),
		filings: projections.NewReader(pool, filing.New())}
	f.reads = gather.New(foldsBatch, func(string) int { return 1 }, f.read)
	return f
}

// Payer gives the folds of a payer's stream as of a revision; nil where it is not known, or
// the filings are behind the account. Where these may be ahead of it, as the ledger is then, too,
// their revision is ledger.NoStream. The folds are the caller's own.
func (f *Folds) Payer(ctx context.Context, unp string,
) (*account.Payer, *account.Filings, error) {
	x, err := f.reads.Do(ctx, unp)
	if err != nil {
		return nil, nil, fmt.Errorf("stored payers: %w", err)
	}
	return x.payer, x.filings, nil
}

// read answers several callers, who ask for different payers: a payer's desk has one place.
// Should two ask for the same one, the second gets nothing.
func (f *Folds) read(ctx context.Context, unps []string) ([]*stored, error) {
	found := make(map[string]*stored, len(unps))
	for _, unp := range unps {
		found[unp] = &stored{}
	}
	var at marks
	b := &pgx.Batch{}
	f.queue(b, unps, found, &at)
	err := f.pool.SendBatch(ctx, b).Close()
	if projections.IsUndefined(err) {
		err, found = nil, nil // they are not built yet
	}
	if err != nil {
		return nil, err
	}
	answers := make([]*stored, len(unps))
	for i, unp := range unps {
		x := found[unp]
		if delete(found, unp); x == nil || x.payer == nil ||
			x.payer.Position > ledger.Position(at.filings) {
			x = &stored{}
		} else if at.filings > at.balances {
			x.filings.Revision = ledger.NoStream // they may know more
		}
		answers[i] = x
	}
	return answers, nil
}

// marks are how far both read models are.
type marks struct{ balances, filings int64 }

// queue asks for everything as of one moment. The tables are locked before it, as a rebuild
// locks them to put others in their place: those would be empty at that moment.
func (f *Folds) queue(b *pgx.Batch, unps []string, found map[string]*stored, at *marks) {
	b.Queue("begin isolation level repeatable read read only")
	b.Queue("lock table " + f.balances.Table("payer") + ", " + f.filings.Table("filing") + ", " +
		f.filings.Table("parked") + " in access share mode")
	b.Queue(`select min(position) filter (where schema_name = $2),
			min(position) filter (where schema_name = $3)
		from projection.checkpoint where schema_name = any($1)
		having count(*) = 2 and bool_and(ready)`, // otherwise there is no row
		[]string{f.balances.Schema(), f.filings.Schema()}, f.balances.Schema(),
		f.filings.Schema()).
		Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&at.balances, &at.filings},
				func() error { return nil })
			return err
		})
	unique := slices.Compact(slices.Sorted(slices.Values(unps)))
	b.Queue(balance.Accounts(f.balances), unique).Query(func(rows pgx.Rows) error {
		return balance.ScanAccounts(rows, func(p *account.Payer) {
			found[p.UNP].payer = p
			found[p.UNP].filings = &account.Filings{Revision: p.Revision}
		})
	})
	b.Queue(filing.Filings(f.filings), unique).Query(func(rows pgx.Rows) error {
		return filing.ScanFilings(rows, func(unp string, x account.Filing) {
			if s := found[unp].filings; s != nil {
				s.Filings = append(s.Filings, x)
			}
		})
	})
	b.Queue(filing.Waiting(f.filings), unique).Query(func(rows pgx.Rows) error {
		return filing.ScanWaiting(rows, func(unp string, x account.Parked) {
			if s := found[unp].filings; s != nil {
				s.Parked = append(s.Parked, x)
			}
		})
	})
	b.Queue("commit")
}
