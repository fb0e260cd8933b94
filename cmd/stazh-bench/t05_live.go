package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stazh/stazh/ledger/pglog/floor"
	"github.com/stazh/stazh/projections"
)

// Live read models: sixty firms of a thousand persons, one quarter a round.
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
	model, err := modelOf("account")
	if err != nil {
		return err
	}
	followed := p
	followed.Profile = b.profile("live")
	follower, err := readyLoad(ctx, "follow", nodeSpec{place: followed, Model: model.Name()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, follower.end()) }()
	if _, err := x.follow(follower, cueOthers); err != nil { // builds what later rounds follow with
		return err
	}
	var rates, floors []float64
	var used usage
	accounts := 0
	for range longRounds {
		n, w, bare, err := x.followQuarter(ctx, follower, model)
		if err != nil {
			return err
		}
		accounts += n
		rates = append(rates, float64(n)/w.took.Seconds())
		floors = append(floors, float64(n)/bare.Seconds())
		used = used.plus(w.used)
	}
	b.add(figure{Name: "T5 live accounts of persons", Value: median(rates), Unit: "accounts/s",
		Note: "floor: unnest upsert of the same rows, 5,000 a commit"}.
		against(median(floors)).aim(ratioAtLeast(0.8)).cost(used.client, used.server, accounts))
	var lag answer
	w, err := b.ask(ctx, "lag", nodeSpec{place: p, For: lagTime}, &lag)
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
func (x *intake) followQuarter(ctx context.Context, f *child, model projections.Projection,
) (accounts int, w followed, bare time.Duration, err error) {
	table := model.Tables()[0]
	name := schemaOf(model) + "." + table.Name
	head, err := x.log.Head(ctx)
	if err != nil {
		return 0, w, 0, err
	}
	before, err := floor.ReadAccounts(ctx, x.pool, name, table.Key, "false")
	if err == nil {
		err = before.Prepare(ctx, x.pool)
	}
	if err != nil {
		return 0, w, 0, err
	}
	r, err := x.file(ctx, bulkFirms, 1)
	if err != nil {
		return 0, w, 0, err
	}
	if w, err = x.follow(f, cueOne); err != nil {
		return 0, w, 0, err
	}
	changed, err := floor.ReadAccounts(ctx, x.pool, name, table.Key, "position > $1", int64(head))
	if err == nil && changed.Len() != r.records {
		err = fmt.Errorf("%w: %d accounts changed by %d reports of persons", errDiffers,
			changed.Len(), r.records)
	}
	if err != nil {
		return 0, w, 0, err
	}
	start := time.Now()
	err = changed.Upsert(ctx, x.pool, upsertPortion)
	bare = time.Since(start)
	if err == nil {
		_, err = x.follow(f, cueOthers)
	}
	return changed.Len(), w, bare, err
}

// followed is what catching up took.
type followed struct {
	took time.Duration
	used usage
}

// Cues of a followDuty: which read models go to the end of the ledger.
const (
	cueOne    = "one"
	cueOthers = "others"
)

// follow has a followDuty follow once.
func (x *intake) follow(f *child, which string) (w followed, err error) {
	before, err := x.b.usageOf(f)
	if err != nil {
		return w, err
	}
	var a answer
	if err := errors.Join(f.say(cue{which}), f.hear(&a)); err != nil {
		return w, err
	}
	after, err := x.b.usageOf(f)
	return followed{a.Took, after.minus(before)}, err
}
