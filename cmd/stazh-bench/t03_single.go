package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stazh/stazh/ledger/pglog/floor"
)

// Single appends: the registration of one payer is one event of one stream.
const (
	singleRound    = 3200
	singleClients  = 64
	singleMany     = 512
	singleP99Most  = 15 // ms
	singleTailMost = 3  // p99 at 512 clients, in times of p50
)

// single measures T3.
func (b *bench) single(ctx context.Context) (err error) {
	x, err := b.openIntake(ctx, "single", labour{}, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	for _, clients := range []int{singleClients, singleMany} {
		if err := x.singles(ctx, clients); err != nil {
			return err
		}
	}
	return nil
}

func (x *intake) singles(ctx context.Context, clients int) error {
	var rates, floors, p50, p99 []float64
	var used usage
	for range rounds {
		l := labour{First: x.next, Firms: singleRound}
		x.next += singleRound
		r, err := x.registerAll(ctx, l, clients)
		if err != nil {
			return err
		}
		bare, err := bareLoop(ctx, x, r.rows, clients)
		if err != nil {
			return err
		}
		rates, floors = append(rates, r.rate()), append(floors, bare)
		p50 = append(p50, milliseconds(r.load.Latency.P50))
		p99 = append(p99, milliseconds(r.load.Latency.P99))
		used = used.plus(r.used)
	}
	name := fmt.Sprintf("T3 single appends, %d clients", clients)
	f := figure{Name: name, Value: median(rates), Unit: "appends/s"}.against(median(floors)).
		cost(used.client, used.server, rounds*singleRound)
	latency := figure{Name: name + ", p99", Value: median(p99), Unit: "ms"}
	if clients == singleClients {
		x.b.add(f.aim(ratioAtLeast(0.5)))
		x.b.add(latency.aim(valueAtMost(singleP99Most)))
		return nil
	}
	x.b.add(f)
	latency.Note = "floor: its own p50"
	x.b.add(latency.against(median(p50)).aim(ratioAtMost(singleTailMost)))
	return nil
}

// registerAll registers payers, each an append of its own.
func (x *intake) registerAll(ctx context.Context, l labour, clients int) (r round, err error) {
	generator, err := readyLoad(ctx, "load", loadSpec{Address: x.server.Address,
		Clients: clients, Labour: l, What: loadPayers, Ahead: true})
	if err != nil {
		return r, err
	}
	before, err := x.b.usageOf(x.server.child)
	if err != nil {
		return r, err
	}
	if err := errors.Join(generator.say(cue{"go"}), generator.hear(&r.load)); err != nil {
		return r, errors.Join(err, generator.end())
	}
	r.took = r.load.Took
	now, err := x.b.usageOf(x.server.child)
	if err != nil {
		return r, err
	}
	r.used, r.records = now.minus(before), l.Firms
	if r.rows, _, err = x.rowsSince(ctx); err != nil {
		return r, err
	}
	if len(r.rows) != l.Firms {
		err = fmt.Errorf("%w: %d payers registered, %d events", errDiffers, l.Firms, len(r.rows))
	}
	return r, errors.Join(err, generator.end())
}

// bareLoop appends rows one by one through a bare group commit, in appends a second.
func bareLoop(ctx context.Context, x *intake, rows []floor.Row, clients int) (float64, error) {
	loop := floor.NewLoop(x.pool)
	start := time.Now()
	err := inParallel(clients, len(rows), func(i int) error { return loop.Append(rows[i]) })
	took := time.Since(start)
	loop.Close()
	return float64(len(rows)) / took.Seconds(), err
}
