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

// filled is an installation whose ledger was filled through its server, read models
// included, with a copy of the rows in the floor in the order of their arrival.
type filled struct {
	*installation
	labour labour
	pool   *pgxpool.Pool
	log    *pglog.Log // reads only
	head   ledger.Position
	totals quarterly
	keys   *rowKeys // of the floor
	took   time.Duration
}

// shape plans a ledger of about so many events.
func shape(events int) labour {
	const each = 1 + jobsUsual + jobsUsual*filledQuarters
	persons := events / each
	firms := max(firmsLeast, persons/firmPersons)
	return labour{Firms: firms, Persons: persons / firms, Jobs: jobsUsual,
		Veterans: (veterans + firms - 1) / firms, VeteranJobs: jobsVeteran}
}

// events gives the number of events of the large ledger of this run.
func (b *bench) events() int { return million * b.scale }

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

// loadClients is how many connections fill a ledger.
const loadClients = 16

func (f *filled) load(ctx context.Context, b *bench) (err error) {
	s, err := b.serve(ctx, f.installation, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if f.pool, err = f.installation.pool(ctx); err != nil {
		return err
	}
	if f.log, err = pglog.Open(ctx, f.pool, pglog.Options{Clock: time.Now,
		PartitionRows: f.partition}); err != nil {
		return err
	}
	start := time.Now()
	if err := found(ctx, s, f.log, f.labour); err != nil {
		return err
	}
	result, err := load(ctx, loadSpec{Address: s.address, Clients: loadClients,
		Labour: f.labour, What: loadReports, To: filledQuarters})
	if err != nil {
		return err
	}
	err = waitProcessed(ctx, f.log, f.labour.unps(), foundFilings+filledQuarters)
	if err != nil {
		return err
	}
	if err := waitFollowed(ctx, s); err != nil {
		return err
	}
	f.took = time.Since(start)
	return f.copyArrival(ctx, b.spoil(result.Totals))
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
	c := newClient(s.address, 1)
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
