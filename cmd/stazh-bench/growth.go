package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/pglog"
)

// growth measures how a large ledger compares with a small one (T14), what its events
// take on disk (T12) and how long histories are read (T9), before and after its full
// partitions are sealed.
func (b *bench) growth(ctx context.Context) error {
	few, err := b.fill(ctx, small)
	if err != nil {
		return err
	}
	many, err := b.fill(ctx, b.largeEvents())
	if err != nil {
		return err
	}
	unsealed, err := b.history(ctx, few, many)
	if err != nil {
		return err
	}
	b.addHistory(unsealed[1], "unsealed")
	if err := b.sizes(ctx, many); err != nil {
		return err
	}
	sealed, err := b.history(ctx, many)
	if err != nil {
		return err
	}
	b.addHistory(sealed[0], "sealed")
	small, large := unsealed[0].ours.median(), unsealed[1].ours.median()
	b.add(figure{Name: "T14 history, p99", Value: milliseconds(large.P99), Unit: "ms",
		Note: fmt.Sprintf("%d events beside %d, both unsealed, in turn", many.head, few.head)}.
		against(milliseconds(small.P99)).aim(ratioAtMost(1.2)))
	return b.appends(ctx, few, many)
}

// storage is what the ledger takes on disk, with indexes.
type storage struct {
	rows   int64 // of tables of events that are not sealed
	packed int64 // of segments and what finds them
	shared int64 // of streams, contexts and the rest, for all events
	sealed int64 // partitions
}

// stored asks for the sizes. A node seals by itself, so that some partitions may be packed
// already when a measurement begins.
func (f *filled) stored(ctx context.Context) (s storage, err error) {
	err = f.pool.QueryRow(ctx, `SELECT
		coalesce(sum(bytes) FILTER (WHERE relname ~ '^event_[0-9]+$'), 0)::bigint,
		coalesce(sum(bytes) FILTER (WHERE relname IN
			('segment', 'segment_places', 'pack', 'event_sealed')), 0)::bigint,
		coalesce(sum(bytes) FILTER (WHERE relname !~ '^event_[0-9]+$' AND relname NOT IN
			('segment', 'segment_places', 'pack', 'event_sealed')), 0)::bigint,
		(SELECT count(*) FROM ledger.event_sealed)
		FROM (SELECT relname, pg_total_relation_size(oid) AS bytes FROM pg_class
			WHERE relnamespace = 'ledger'::regnamespace AND relkind = 'r') t`).
		Scan(&s.rows, &s.packed, &s.shared, &s.sealed)
	return s, err
}

// sizes measures T12: events in rows, those that are there before sealing, and events in
// segments, all of them after it. Both bear their part of what all events share.
func (b *bench) sizes(ctx context.Context, f *filled) error {
	head, err := f.log.Head(ctx)
	if err != nil {
		return err
	}
	before, err := f.stored(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	sealed, err := f.seal(ctx)
	if err != nil {
		return err
	}
	took := time.Since(start)
	after, err := f.stored(ctx)
	if err != nil {
		return err
	}
	loose, packed := int64(head)-before.sealed*f.partition, after.sealed*f.partition
	if sealed == 0 || loose <= 0 || packed > int64(head) ||
		after.sealed != before.sealed+int64(sealed) {
		return fmt.Errorf("%w: %d and then %d more partitions of %d sealed of %d events",
			errDiffers, before.sealed, sealed, f.partition, head)
	}
	shared := float64(after.shared) / float64(head)
	b.add(figure{Name: "T12 bytes of an event", Unit: "bytes",
		Value: float64(before.rows)/float64(loose) + shared,
		Note:  "tables and indexes of the ledger"}.aim(valueAtMost(300)))
	b.add(figure{Name: "T12 bytes of a sealed event", Unit: "bytes",
		Value: float64(after.packed)/float64(packed) + shared}.aim(valueAtMost(100)))
	b.add(figure{Name: "sealing", Unit: "events/s",
		Value: float64(int64(sealed)*f.partition) / took.Seconds()})
	return nil
}

// seal seals all partitions that are full, and gives their number.
func (f *filled) seal(ctx context.Context) (int, error) {
	return f.log.SealPartitions(ctx, pglog.SealOptions{All: true})
}

const (
	// growthAppends are made in each round of T14, by so many callers at once.
	growthAppends = 5000
	growthCallers = 64
)

// appends measures single appends on two ledgers in turn.
func (b *bench) appends(ctx context.Context, few, many *filled) error {
	var p99 [2][]time.Duration
	var used [2]usage
	for round := range rounds {
		for i, f := range []*filled{few, many} {
			p, err := f.place()
			if err != nil {
				return err
			}
			var a answer
			w, err := b.ask(ctx, "append", nodeSpec{place: p, First: round * growthAppends,
				Count: growthAppends, Clients: growthCallers}, &a)
			if err != nil {
				return err
			}
			p99[i] = append(p99[i], a.Latency.P99)
			used[i] = used[i].plus(w.used)
		}
	}
	note := fmt.Sprintf("%d events beside %d, %d callers", many.head, few.head, growthCallers)
	b.add(figure{Name: "T14 append, p99", Value: milliseconds(median(p99[1])), Unit: "ms",
		Note: note}.against(milliseconds(median(p99[0]))).aim(ratioAtMost(1.2)))
	all := rounds * growthAppends
	b.add(figure{Name: "T14 processor time of an append", Unit: "µs", Note: note,
		Value: perRecord(used[1].total(), all)}.against(perRecord(used[0].total(), all)).
		aim(ratioAtMost(1.1)).cost(used[1].client, used[1].server, all))
	return nil
}

// benchMeta is what events of the benchmark's own say about themselves.
func benchMeta() ledger.Meta {
	return ledger.Meta{Actor: ledger.Actor{Subject: "bench", Role: "officer"}}
}

// singleFact is the event of a single append, in a stream of its own beside all payers.
func singleFact(n int) ledger.StreamAppend {
	on := period.MustDate("2018-01-01")
	return ledger.StreamAppend{Stream: ledger.PayerStream(fmt.Sprintf("Z%08d", n)),
		Expected: ledger.NoStream, Events: []ledger.NewEvent{event.New(uuid.New(), benchMeta(),
			&event.PayerDeregistered{On: on, Cause: "bench"})}}
}

// monthFacts is the model of an appendDuty that appends months of new persons.
const monthFacts = "months"

func monthFact(int) ledger.StreamAppend {
	return ledger.StreamAppend{Stream: ledger.PersonStream(uuid.New()),
		Expected: ledger.NoStream, Events: []ledger.NewEvent{event.New(uuid.New(), benchMeta(),
			peerFact())}}
}

// appendDuty appends single events from many callers, straight to the log.
func appendDuty(ctx context.Context, t *talk) error {
	return onNode(ctx, t, func(ctx context.Context, n *node.Node, spec nodeSpec) error {
		head, err := n.Log.Head(ctx)
		if err != nil {
			return err
		}
		fact := singleFact
		if spec.Model == monthFacts {
			fact = monthFact
		}
		if err := t.begin(); err != nil {
			return err
		}
		took := make([]time.Duration, spec.Count)
		began := time.Now()
		err = inParallel(spec.Clients, spec.Count, func(i int) error {
			start := time.Now()
			_, err := n.Log.Append(ctx, fact(spec.First+i))
			took[i] = time.Since(start)
			return err
		})
		if err != nil {
			return err
		}
		a := answer{Took: time.Since(began), Count: spec.Count, Latency: latenciesOf(took)}
		if err := t.say(a); err != nil {
			return err
		}
		after, err := n.Log.Head(ctx)
		if err == nil && int(after-head) != spec.Count {
			return t.judge(fmt.Errorf("%d appends moved the head by %d", spec.Count, after-head))
		}
		return t.judge(err)
	})
}
