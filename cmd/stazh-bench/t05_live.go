package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/pglog/floor"
	"github.com/stazh/stazh/projections"
)

// Live read models: twenty firms of a thousand persons, one quarter a round.
const (
	liveFirms     = 60
	livePersons   = 1000
	upsertPortion = 5000
	// lagRate is offered for lagTime, in small appends of lagAppend persons.
	lagRate   = 10_000
	lagAppend = 20
	lagTime   = 10 * time.Second
	lagMost   = 200 // ms
	// offeredLeast is the share of lagRate that must be offered for a lag to count.
	offeredLeast = 0.95
)

// live measures T5. A quarter is filed while the read models stand still; then the one of
// persons' accounts follows, beside a bare upsert of the same accounts.
func (b *bench) live(ctx context.Context) (err error) {
	l := labour{Firms: liveFirms, Persons: livePersons, Jobs: 1}
	x, err := b.openIntake(ctx, "live", l, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	p, err := x.in.place()
	if err != nil {
		return err
	}
	var rates, floors []float64
	var used usage
	accounts := 0
	for round := range longRounds + 1 {
		// The first round only builds what later ones follow with.
		var a answer
		if round == 0 {
			if _, err := b.ask(ctx, "live", nodeSpec{place: p}, &a); err != nil {
				return err
			}
			continue
		}
		n, followed, bare, w, err := x.followQuarter(ctx, p)
		if err != nil {
			return err
		}
		accounts += n
		rates = append(rates, float64(n)/followed.Seconds())
		floors = append(floors, float64(n)/bare.Seconds())
		used = used.plus(w.used)
	}
	b.add(figure{Name: "T5 live accounts of persons", Value: median(rates), Unit: "accounts/s",
		Note: "floor: unnest upsert of the same rows, 5,000 a commit"}.
		against(median(floors)).aim(ratioAtLeast(0.8)).cost(used.client, used.server, accounts))
	var lag answer
	w, err := b.ask(ctx, "live", nodeSpec{place: p, Model: lagOf, For: lagTime}, &lag)
	if err != nil {
		return err
	}
	rate := float64(lag.Count) / lag.Took.Seconds()
	f := figure{Name: "T5 appended to readable, p99", Value: milliseconds(lag.Latency.P99),
		Unit: "ms", Note: fmt.Sprintf("%.0f events/s offered, all read models", rate)}
	bound := valueAtMost(lagMost)
	if rate < lagRate*offeredLeast {
		f.Note += ": too few, nothing is met"
		bound = valueAtMost(0)
	}
	b.add(f.aim(bound).cost(w.used.client, w.used.server, lag.Count))
	f.Name, f.Value = "T5 appended to readable, p50", milliseconds(lag.Latency.P50)
	b.add(f)
	return nil
}

// followQuarter files a quarter, lets the accounts follow and then the rest, and writes
// the same accounts with bare upserts.
func (x *intake) followQuarter(ctx context.Context, p place,
) (accounts int, took, bare time.Duration, w work, err error) {
	model, err := modelOf("account")
	if err != nil {
		return 0, 0, 0, w, err
	}
	table := model.Tables()[0]
	name := schemaOf(model) + "." + table.Name
	head, err := x.log.Head(ctx)
	if err != nil {
		return 0, 0, 0, w, err
	}
	before, err := floor.ReadAccounts(ctx, x.pool, name, table.Key, "false")
	if err == nil {
		err = before.Prepare(ctx, x.pool)
	}
	if err != nil {
		return 0, 0, 0, w, err
	}
	r, err := x.file(ctx, bulkFirms, 1)
	if err != nil {
		return 0, 0, 0, w, err
	}
	var a answer
	alone := p
	alone.Profile = x.b.profile("live") // of what is measured, and of the last round
	w, err = x.b.ask(ctx, "live", nodeSpec{place: alone, Model: model.Name()}, &a)
	if err != nil {
		return 0, 0, 0, w, err
	}
	changed, err := floor.ReadAccounts(ctx, x.pool, name, table.Key, "position > $1", int64(head))
	if err == nil && changed.Len() != r.records {
		err = fmt.Errorf("%w: %d accounts changed by %d reports of persons", errDiffers,
			changed.Len(), r.records)
	}
	if err != nil {
		return 0, 0, 0, w, err
	}
	start := time.Now()
	err = changed.Upsert(ctx, x.pool, upsertPortion)
	bare = time.Since(start)
	if err == nil {
		_, err = x.b.ask(ctx, "live", nodeSpec{place: p}, new(answer)) // the other models
	}
	return changed.Len(), a.Took, bare, w, err
}

// lagOf is the model of a liveDuty that measures the lag of all of them.
const lagOf = "lag"

// liveDuty brings one read model, or all, to the end of the ledger, and tells how long it
// took; or it measures the lag.
func liveDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		runner := n.Runner
		switch spec.Model {
		case lagOf:
			return lagDuty(ctx, t, n, spec.For)
		case "":
		default:
			model, err := modelOf(spec.Model)
			if err != nil {
				return err
			}
			runner, err = projections.NewRunner(n.Pool, n.Log,
				projections.Options{Logger: n.Config.Logger, Clock: time.Now}, model)
			if err != nil {
				return err
			}
		}
		if err := t.begin(); err != nil {
			return err
		}
		start := time.Now()
		if err := runner.CatchUp(ctx); err != nil {
			return err
		}
		if err := t.say(answer{Took: time.Since(start)}); err != nil {
			return err
		}
		// A clerk that comes later need not look at all that was done without it.
		head, err := n.Log.Head(ctx)
		if err == nil {
			err = n.Models.SetBookmark(ctx, head)
		}
		return t.judge(err)
	})
}

// lagDuty appends months of persons at a steady rate while all read models follow, and
// measures from the return of each append to the moment at which all of them show it.
func lagDuty(ctx context.Context, t *talk, n *node.Node, lasting time.Duration) error {
	facts, err := nextFacts(ctx, n.Log)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(func() { _ = n.Runner.Run(following) }) // ends with stop
	if err := t.begin(); err != nil {
		return err
	}
	var mu sync.Mutex // guards lags and failed
	var lags []time.Duration
	var failed error
	var waiting sync.WaitGroup
	every := time.Second * lagAppend / lagRate
	began := time.Now()
	count := 0
	for next := began; time.Since(began) < lasting; next = next.Add(every) {
		time.Sleep(time.Until(next))
		result, err := n.Log.Append(ctx, facts.take(lagAppend)...)
		if err != nil {
			return err
		}
		appended := time.Now()
		count += lagAppend
		waiting.Go(func() {
			err := waitAll(ctx, n.Runner, result.Position)
			mu.Lock()
			defer mu.Unlock()
			lags, failed = append(lags, time.Since(appended)), errors.Join(failed, err)
		})
	}
	took := time.Since(began)
	waiting.Wait()
	if failed != nil {
		return failed
	}
	err = t.say(answer{Took: took, Count: count, Latency: latenciesOf(lags)})
	return errors.Join(err, t.judge(nil))
}

func waitAll(ctx context.Context, r *projections.Runner, at ledger.Position) error {
	for _, name := range r.Names() {
		if err := r.WaitFor(ctx, name, at); err != nil {
			return err
		}
	}
	return nil
}

// reported is a person's last report and where the person's stream stands.
type reported struct {
	stream   ledger.StreamID
	revision ledger.Revision
	meta     ledger.Meta
	data     *event.IndividualDataReported
}

// facts are the next months of persons who were reported last, person after person.
type facts struct {
	list []*reported
	next int
}

// nextFacts begins after the last quarter of the ledger.
func nextFacts(ctx context.Context, log ledger.Log) (*facts, error) {
	f := &facts{}
	known := map[ledger.StreamID]*reported{}
	for e, err := range log.ReadAll(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		payload, err := event.Decode(e)
		if err != nil {
			return nil, err
		}
		data, ok := payload.(*event.IndividualDataReported)
		if !ok {
			continue
		}
		r, ok := known[e.Stream]
		if !ok {
			r = &reported{}
			known[e.Stream] = r
			f.list = append(f.list, r)
		}
		*r = reported{e.Stream, e.Revision, e.Meta, data}
	}
	if len(f.list) == 0 {
		return nil, fmt.Errorf("%w: nobody is reported", errDiffers)
	}
	return f, nil
}

// take gives the next quarter of so many persons.
func (f *facts) take(n int) []ledger.StreamAppend {
	list := make([]ledger.StreamAppend, n)
	for i := range list {
		r := f.list[f.next]
		f.next = (f.next + 1) % len(f.list)
		r.data.Slot.Year++
		for m := range r.data.Months {
			r.data.Months[m].Month = r.data.Months[m].Month.Add(12)
		}
		list[i] = ledger.StreamAppend{Stream: r.stream, Expected: r.revision,
			Events: []ledger.NewEvent{event.New(uuid.New(), r.meta, r.data)}}
		r.revision++
	}
	return list
}
