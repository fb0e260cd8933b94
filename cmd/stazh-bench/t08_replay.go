package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stazh/stazh/api/node"
)

// replayRSSMax is for 10 million events, in MiB; a smaller ledger must not need more.
const replayRSSMax = 2048

// replay measures T8: read, verify every hash, recompute everything and compare. A small
// ledger beside the large one shows the growth, and one without sealed partitions what these
// are worth.
func (b *bench) replay(ctx context.Context) error {
	for _, events := range []int{small, b.largeEvents()} {
		f, err := b.fill(ctx, events)
		if err != nil {
			return err
		}
		if err := b.replayOf(ctx, f); err != nil {
			return err
		}
	}
	f, err := b.settle(ctx, b.largeEvents())
	if err != nil {
		return err
	}
	return b.replayOf(ctx, f)
}

func (b *bench) replayOf(ctx context.Context, f *filled) error {
	p, err := f.place()
	if err != nil {
		return err
	}
	if f.settled {
		p.Profile = b.profile("replay")
	}
	var rates, floors []float64
	var used usage
	var peak int64
	for range longRounds {
		var a answer
		w, err := b.ask(ctx, "replay", nodeSpec{place: p}, &a)
		if err != nil {
			return err
		}
		if a.Count != int(f.head) {
			return fmt.Errorf("%w: %d of %d events replayed", errDiffers, a.Count, f.head)
		}
		bare, err := f.selectFloor(ctx)
		if err != nil {
			return err
		}
		rates, floors = append(rates, float64(f.head)/a.Took.Seconds()), append(floors, bare)
		used, peak = used.plus(w.used), max(peak, w.peak)
	}
	fig := figure{Name: fmt.Sprintf("T8 audit replay of %d events", f.head),
		Value: median(rates), Unit: "events/s", PeakRSS: mebibytes(peak),
		Note: "all read models; floor: binary SELECT of the same rows"}.
		against(median(floors)).cost(used.client, used.server, longRounds*int(f.head))
	b.add(f.aim(fig, ratioAtLeast(0.5)))
	if !f.settled {
		return nil
	}
	b.add(figure{Name: "T8 peak memory of the replay", Value: mebibytes(peak), Unit: "MiB",
		PeakRSS: mebibytes(peak)}.aim(valueAtMost(replayRSSMax)))
	return nil
}

// replayDuty replays, and finds no difference.
func replayDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, _ nodeSpec) error {
		if err := t.begin(); err != nil {
			return err
		}
		start := time.Now()
		_, report, err := n.Runner.Replay(ctx, nil)
		if err != nil {
			return err
		}
		took := time.Since(start)
		if err := t.say(answer{Took: took, Count: int(report.Events)}); err != nil {
			return err
		}
		if report.Differences > 0 {
			return t.judge(fmt.Errorf("the replay found %d differences", report.Differences))
		}
		return t.judge(nil)
	})
}
