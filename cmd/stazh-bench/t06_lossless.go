package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/projections"
)

// losslessWriters append single events at once.
const losslessWriters = 64

// lossless measures T6: what is logged while a transaction stands open for the whole time
// is handled, each event once, and no later at the end than at the beginning.
func (b *bench) lossless(ctx context.Context) (err error) {
	in, err := b.install(ctx, "lossless")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.remove(context.WithoutCancel(ctx))) }()
	p, err := in.place()
	if err != nil {
		return err
	}
	var a losslessAnswer
	w, err := b.ask(ctx, "lossless", nodeSpec{place: p, For: b.lasting()}, &a)
	if err != nil {
		return err
	}
	b.add(figure{Name: "T6 events handled of those logged", Value: float64(a.Handled),
		Unit: "events", Note: fmt.Sprintf("64 writers and an idle transaction for %.0f s, %.0f "+
			"events/s; floor: events logged", a.Took.Seconds(),
			float64(a.Logged)/a.Took.Seconds())}.
		against(float64(a.Logged)).aim(ratioAtLeast(1), ratioAtMost(1)).
		cost(w.used.client, w.used.server, a.Logged))
	b.add(figure{Name: "T6 lag at the end", Value: milliseconds(a.LagLast), Unit: "ms",
		Note: "median of the last quarter of the time; floor: of the first quarter"}.
		against(milliseconds(max(a.LagFirst, lagUnit))).aim(ratioAtMost(lagGrowthMax)))
	return nil
}

const (
	// lagUnit is a lag below which no difference is seen, and lagGrowthMax what noise may
	// do to a median: a lag that grows at all multiplies within seconds.
	lagUnit      = 20 * time.Millisecond
	lagGrowthMax = 2
)

type losslessAnswer struct {
	Took              time.Duration
	Logged, Handled   int
	LagFirst, LagLast time.Duration
}

// counter is a read model that counts the events it is handed.
type counter struct{}

func (counter) Name() string { return "bench_counter" }
func (counter) Version() int { return 1 }
func (counter) DDL() string {
	return `create table counter (id integer primary key, handled bigint not null,
		positions numeric not null)`
}

func (counter) Tables() []projections.Table {
	return []projections.Table{{Name: "counter", Key: []string{"id"}}}
}

func (counter) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	sum := int64(0)
	for i := range batch {
		sum += int64(batch[i].Position)
	}
	_, err := tx.Exec(ctx, `insert into counter values (1, $1, $2) on conflict (id) do update
		set handled = counter.handled + excluded.handled,
		positions = counter.positions + excluded.positions`, len(batch), sum)
	return err
}

// losslessDuty runs writers, an idle transaction, all read models and one that counts.
func losslessDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		counting, err := projections.NewRunner(n.Pool, n.Log,
			projections.Options{Logger: n.Config.Logger, Clock: time.Now}, counter{})
		if err != nil {
			return err
		}
		idle, err := n.Pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer idle.Rollback(ctx) //nolint:errcheck // it has done nothing
		// With a transaction number it holds back whoever waits for all older ones.
		if _, err := idle.Exec(ctx, "SELECT pg_current_xact_id()"); err != nil {
			return err
		}
		following, stop := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer stop()
		work.Go(func() { _ = counting.Run(following) }) // ends with stop
		work.Go(func() { _ = n.Runner.Run(following) }) // likewise
		if err := t.begin(); err != nil {
			return err
		}
		a, err := writeAndWatch(ctx, n, counting, spec.For)
		if err != nil {
			return err
		}
		if a.Handled, err = a.check(ctx, n); err != nil {
			return err
		}
		return errors.Join(t.say(a), t.judge(nil))
	})
}

// writeAndWatch writes for a time and watches how far the counter is behind.
func writeAndWatch(ctx context.Context, n *node.Node, counting *projections.Runner,
	lasting time.Duration) (a losslessAnswer, err error) {
	var next atomic.Int64
	var writers sync.WaitGroup
	errs := make(chan error, losslessWriters)
	began := time.Now()
	for range losslessWriters {
		writers.Go(func() {
			for time.Since(began) < lasting {
				if _, err := n.Log.Append(ctx, singleFact(int(next.Add(1)))); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	var lags []time.Duration
	for time.Since(began) < lasting {
		head, err := n.Log.Head(ctx)
		if err != nil {
			return a, err
		}
		start := time.Now()
		if err := waitAll(ctx, counting, head); err != nil {
			return a, err
		}
		lags = append(lags, time.Since(start))
		time.Sleep(lagUnit)
	}
	writers.Wait()
	close(errs)
	a.Took = time.Since(began)
	if err := <-errs; err != nil {
		return a, err
	}
	head, err := n.Log.Head(ctx)
	if err != nil {
		return a, err
	}
	a.Logged = int(head)
	a.LagFirst = median(lags[:max(1, len(lags)/4)])
	a.LagLast = median(lags[len(lags)*3/4:])
	return a, errors.Join(waitAll(ctx, counting, head), waitAll(ctx, n.Runner, head))
}

// check makes sure that each position was handled once, not only as many.
func (a *losslessAnswer) check(ctx context.Context, n *node.Node) (handled int, err error) {
	var right bool
	err = n.Pool.QueryRow(ctx, `SELECT handled, handled = $1 AND positions = $1::numeric *
		($1 + 1) / 2 FROM bench_counter_v1.counter`, int64(a.Logged)).Scan(&handled, &right)
	if err == nil && !right {
		err = fmt.Errorf("%w: %d events logged, %d handled, not each once", errDiffers, a.Logged,
			handled)
	}
	return handled, err
}
