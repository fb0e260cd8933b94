package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// longRounds is how often ours and the floor are measured in turn where it takes long.
const longRounds = 3

// selectFloor reads the floor's copy of the ledger once, in events a second.
func (f *filled) selectFloor(ctx context.Context) (float64, error) {
	start := time.Now()
	rows, _, err := floor.SelectCopied(ctx, f.pool)
	if err == nil && rows != int(f.head) {
		err = fmt.Errorf("%w: the floor has %d rows of %d", errDiffers, rows, f.head)
	}
	return float64(rows) / time.Since(start).Seconds(), err
}

// rebuild measures T7: balances of payers and accounts of persons from nothing, on a ledger
// whose full partitions are sealed and on one whose events are all rows still.
func (b *bench) rebuild(ctx context.Context) error {
	for _, ledger := range []func(context.Context, int) (*filled, error){b.settle, b.fill} {
		f, err := ledger(ctx, b.largeEvents())
		if err != nil {
			return err
		}
		for _, model := range []string{"account", "balance"} {
			if err := b.rebuildOf(ctx, f, model); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) rebuildOf(ctx context.Context, f *filled, model string) error {
	p, err := f.place()
	if err != nil {
		return err
	}
	if f.settled {
		p.Profile = b.profile("rebuild-" + model)
	}
	var rates, floors []float64
	var used usage
	var peak int64
	for range longRounds {
		var a answer
		w, err := b.ask(ctx, "rebuild", nodeSpec{place: p, Model: model}, &a)
		if err != nil {
			return err
		}
		bare, err := f.selectFloor(ctx)
		if err != nil {
			return err
		}
		rates, floors = append(rates, float64(f.head)/a.Took.Seconds()), append(floors, bare)
		used, peak = used.plus(w.used), max(peak, w.peak)
	}
	fig := figure{Name: "T7 rebuild of " + map[string]string{"account": "persons' accounts",
		"balance": "payers' balances"}[model], Value: median(rates), Unit: "events/s",
		PeakRSS: mebibytes(peak), Note: "floor: binary SELECT of the same rows"}
	fig = fig.against(median(floors)).cost(used.client, used.server, longRounds*int(f.head))
	b.add(f.aim(fig, ratioAtLeast(0.6)))
	return nil
}

// rebuildDuty rebuilds one read model and makes sure that it comes out as it was.
func rebuildDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		model, err := modelOf(spec.Model)
		if err != nil {
			return err
		}
		before, err := digest(ctx, n.Pool, model)
		if err != nil {
			return err
		}
		if err := t.begin(); err != nil {
			return err
		}
		start := time.Now()
		if err := n.Runner.Rebuild(ctx, spec.Model, nil); err != nil {
			return err
		}
		if err := t.say(answer{Took: time.Since(start)}); err != nil {
			return err
		}
		after, err := digest(ctx, n.Pool, model)
		if err != nil {
			return err
		}
		if before != after {
			return t.judge(fmt.Errorf("rebuilt %s differs: %s, was %s", spec.Model, after, before))
		}
		return t.judge(nil)
	})
}
