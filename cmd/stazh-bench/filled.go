package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pglog"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// The shape of a filled ledger. Everybody has two jobs, reported quarter by quarter, so
// that a person has some eighty events, scattered over the whole ledger; veterans have
// eight jobs and some three hundred events.
const (
	filledQuarters = quartersMax - 1 // the last one is left for what comes later
	jobsUsual      = 2
	jobsVeteran    = 8
	veterans       = 100
	firmsLeast     = 12
	firmPersons    = 500
	// partitions of a filled ledger, so that nearly all of it can be sealed.
	partitions = 8

	million = 1_000_000
	small   = million / 10
)

// filled is an installation with a ledger of many events and all read models, with a copy
// of its rows in the floor in the order of their arrival.
type filled struct {
	*installation
	labour labour
	pool   *pgxpool.Pool
	log    *pglog.Log // reads only
	head   ledger.Position
	totals quarterly
	keys   *rowKeys // of the floor
	// settled: its full partitions are sealed, as operation leaves them.
	settled bool
}

// shape plans a ledger of about so many events.
func shape(events int) labour {
	const each = 1 + jobsUsual + jobsUsual*filledQuarters
	const more = veterans * (jobsVeteran - jobsUsual) * (filledQuarters + 1)
	persons := max(firmsLeast, (events-more)/each)
	firms := max(firmsLeast, persons/firmPersons)
	return labour{Firms: firms, Persons: persons / firms, Jobs: jobsUsual,
		Veterans: (veterans + firms - 1) / firms, VeteranJobs: jobsVeteran}
}

// largeEvents gives the number of events of the large ledger of this run.
func (b *bench) largeEvents() int {
	if b.events > 0 {
		return b.events
	}
	return million * b.scale
}

// fill gives a ledger of about so many events, made at the first call.
func (b *bench) fill(ctx context.Context, events int) (*filled, error) {
	name := fmt.Sprintf("filled_%d", events)
	if f, ok := b.filled[name]; ok {
		return f, nil
	}
	in, err := b.install(ctx, name)
	if err != nil {
		return nil, err
	}
	in.partition = int64(events / partitions)
	f := &filled{installation: in, labour: shape(events), keys: newRowKeys()}
	if b.filled == nil {
		b.filled = map[string]*filled{}
	}
	b.filled[name] = f // so that it is removed whatever happens
	return f, f.load(ctx, b)
}

func (f *filled) load(ctx context.Context, b *bench) (err error) {
	if err := f.firstQuarter(ctx, b); err != nil {
		return err
	}
	p, err := f.place()
	if err != nil {
		return err
	}
	if _, err := b.ask(ctx, "catchup", nodeSpec{place: p}, new(answer)); err != nil {
		return err
	}
	return f.copyArrival(ctx, b.spoil(f.labour.expected(0, filledQuarters)))
}

// firstQuarter files the first quarter through a server, and copies it to the others.
func (f *filled) firstQuarter(ctx context.Context, b *bench) (err error) {
	s, err := b.serve(ctx, f.installation, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if err := f.open(ctx); err != nil {
		return err
	}
	if err := found(ctx, s, f.log, f.labour); err != nil {
		return err
	}
	after, err := f.log.Head(ctx)
	if err != nil {
		return err
	}
	spec := loadSpec{Address: s.Address, Clients: foundClients, Labour: f.labour,
		What: loadReports, To: 1}
	if _, err := load(ctx, spec); err != nil {
		return err
	}
	if err := waitProcessed(ctx, f.log, f.labour.unps(), foundFilings+1); err != nil {
		return err
	}
	c, err := newCopyist(ctx, f.log, f.labour.unps(), after)
	if err != nil {
		return err
	}
	return c.copy(ctx, 1, filledQuarters)
}

// copyArrival copies the ledger into the floor, in the order of arrival, and compares its
// totals with those that were filed.
func (f *filled) copyArrival(ctx context.Context, filed totals) error {
	if err := floor.Prepare(ctx, f.pool); err != nil {
		return err
	}
	var err error
	f.totals, f.head, err = eachRow(ctx, f.log, 0, f.keys, func(rows []floor.Row) error {
		return floor.Copy(ctx, f.pool, floor.Encode(rows))
	})
	if err != nil {
		return err
	}
	if err := differ("a filled ledger", filed, f.totals.all()); err != nil {
		return err
	}
	return floor.Settle(ctx, f.pool)
}

func (f *filled) remove(ctx context.Context) error {
	if f.log != nil {
		f.log.Close()
	}
	if f.pool != nil {
		f.pool.Close()
	}
	return f.installation.remove(ctx)
}

// followedMax bounds the wait for read models.
const followedMax = 10 * time.Minute

// waitFollowed waits until all read models have reached the ledger's end.
func waitFollowed(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, followedMax)
	defer cancel()
	c := newClient(s.Address, 1)
	for {
		var ready struct {
			Projections []struct{ Lag int64 }
		}
		err := c.get(ctx, "/readyz", nil, &ready)
		if err != nil && !errors.Is(err, errBusy) {
			return fmt.Errorf("wait for the read models: %w", err)
		}
		lag := int64(0)
		for _, p := range ready.Projections {
			lag = max(lag, p.Lag)
		}
		if err == nil && lag == 0 && len(ready.Projections) > 0 {
			return nil
		}
		time.Sleep(processedPoll)
	}
}
