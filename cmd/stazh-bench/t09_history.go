package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// veteran is a person with a long history, and what it must add up to.
type veteran struct {
	id       ledger.PersonID
	stream   ledger.StreamID
	earnings money.Amount
}

// findVeterans asks the server who the veterans are, and makes sure of each history once:
// its chain, and its balance by the server's own answer.
func (f *filled) findVeterans(ctx context.Context, s *server) ([]veteran, error) {
	c := newClient(s.Address, 1)
	var list []veteran
	for n := range f.labour.Firms {
		for _, w := range f.labour.firm(n).own[:f.labour.Veterans] {
			v, err := findVeteran(ctx, c, w)
			if err != nil {
				return nil, err
			}
			if err := f.verify(ctx, c, v); err != nil {
				return nil, err
			}
			list = append(list, v)
		}
	}
	return list, nil
}

func findVeteran(ctx context.Context, c *client, w worker) (v veteran, err error) {
	body, err := json.Marshal(map[string]string{"text": w.number})
	if err != nil {
		return v, err
	}
	var found struct{ Items []struct{ ID uuid.UUID } }
	err = c.post(ctx, posting{path: "/v1/persons/search", kind: "application/json",
		role: "officer", body: body}, &found)
	if err != nil {
		return v, err
	}
	if len(found.Items) != 1 {
		return v, fmt.Errorf("%w: a veteran is found %d times", errDiffers, len(found.Items))
	}
	v = veteran{id: found.Items[0].ID, stream: ledger.PersonStream(found.Items[0].ID)}
	for quarter := range filledQuarters {
		first := quarter%4*3 + 1
		for m := first; m < first+3; m++ {
			v.earnings += jobsVeteran * pay(w.serial, quarter, m)
		}
	}
	return v, nil
}

// path asks for the certified history as of a position: folded from the ledger, not from a
// table.
func (v veteran) path(at ledger.Position) string {
	return fmt.Sprintf("/v1/persons/%s/history?as_of_position=%d", v.id, at)
}

// verify makes sure of a history as whoever is handed it can: it hashes the stored bytes and
// compares the head of the chain, which the list of events must have, too; and of the sums
// by what the reports said.
func (f *filled) verify(ctx context.Context, c *client, v veteran) error {
	if err := verifyChain(ctx, c, v.stream); err != nil {
		return err
	}
	var history struct {
		Events []service.StoredEvent
		Total  struct {
			Reported struct{ Earnings money.Amount }
		}
		Chain service.Chain
	}
	if err := c.get(ctx, v.path(f.head), nil, &history); err != nil {
		return err
	}
	var head ledger.Hash
	for i, e := range history.Events {
		head = ledger.NextHead(v.stream, ledger.Revision(i), head, ledger.HashRecord(e.Record))
	}
	if head != history.Chain.Head || len(history.Events) < jobsVeteran*filledQuarters {
		return fmt.Errorf("%w: the bytes of a history are not those of its chain", errDiffers)
	}
	if got := history.Total.Reported.Earnings; got != v.earnings {
		return fmt.Errorf("%w: a veteran earned %s, the account says %s", errDiffers,
			v.earnings, got)
	}
	return nil
}

// verifyChain makes sure that the events that the server shows are chained to each other.
func verifyChain(ctx context.Context, c *client, stream ledger.StreamID) error {
	var page struct {
		Items []struct {
			Revision   ledger.Revision
			Hash, Head ledger.Hash
		}
	}
	err := c.get(ctx, "/v1/ledger/events", url.Values{"stream": {string(stream)},
		"limit": {"1000"}}, &page)
	if err != nil {
		return err
	}
	var head ledger.Hash
	for i, e := range page.Items {
		head = ledger.NextHead(stream, ledger.Revision(i), head, e.Hash)
		if e.Revision != ledger.Revision(i) || e.Head != head {
			return fmt.Errorf("%w: the chain of a history breaks at revision %d", errDiffers, i)
		}
	}
	if len(page.Items) < jobsVeteran*filledQuarters {
		return fmt.Errorf("%w: a history of %d events", errDiffers, len(page.Items))
	}
	return nil
}

// histories are the times of whole histories over HTTP, and of bare SELECTs of the same
// rows from a log in the order of arrival.
type histories struct {
	ours, bare rounded
	events     int // of a history
	used       usage
	count      int
}

// historyPasses is how often each round reads every history: of one pass, the slowest
// hundredth is a single answer.
const historyPasses = 5

// history measures T9 on ledgers, in turn: whatever else the machine does meets all of them.
// The servers follow nothing, as a node that does begins to seal full partitions at once: a
// small ledger would be sealed when it is read, and a large one be read while it is sealed.
func (b *bench) history(ctx context.Context, ledgers ...*filled) (_ []histories, err error) {
	list := make([]histories, len(ledgers))
	readers := make([]reader, len(ledgers))
	for i, f := range ledgers {
		s, err := b.serve(ctx, f.installation, false)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, s.end()) }()
		who, err := f.findVeterans(ctx, s)
		if err != nil {
			return nil, err
		}
		readers[i] = reader{f, s, who}
	}
	for range rounds {
		for i, r := range readers {
			if err := b.historyRound(ctx, r, &list[i]); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// reader is who reads the histories of veterans from a server.
type reader struct {
	*filled
	*server
	who []veteran
}

func (b *bench) historyRound(ctx context.Context, r reader, h *histories) error {
	var paths []string
	for _, v := range r.who {
		paths = append(paths, v.path(r.head))
	}
	before, err := b.usageOf(r.child)
	if err != nil {
		return err
	}
	a, err := readAll(ctx, watchSpec{Address: r.Address,
		Paths: slices.Repeat(paths, historyPasses)})
	if err != nil {
		return err
	}
	after, err := b.usageOf(r.child)
	if err != nil {
		return err
	}
	h.used, h.count = h.used.plus(after.minus(before)), h.count+a.Count
	bare, events, err := r.bareHistories(ctx, slices.Repeat(r.who, historyPasses))
	if err != nil {
		return err
	}
	h.events = events
	h.ours.add(a.Latency)
	h.bare.add(bare)
	return nil
}

// rounded is the latencies of rounds, of which the medians count.
type rounded struct{ p50, p99 []time.Duration }

func (r *rounded) add(l latencies) {
	r.p50, r.p99 = append(r.p50, l.P50), append(r.p99, l.P99)
}

func (r *rounded) median() latencies {
	return latencies{P50: median(r.p50), P99: median(r.p99)}
}

// readAll runs a watch that reads every path once.
func readAll(ctx context.Context, spec watchSpec) (a answer, err error) {
	c, err := readyLoad(ctx, "watch", spec)
	if err != nil {
		return a, err
	}
	err = errors.Join(c.say(cue{"go"}), c.hear(&a))
	return a, errors.Join(err, c.end())
}

func (f *filled) bareHistories(ctx context.Context, who []veteran,
) (l latencies, events int, err error) {
	var took []time.Duration
	for _, v := range who {
		start := time.Now()
		rows, _, err := floor.History(ctx, f.pool, f.keys.streams[v.stream])
		took = append(took, time.Since(start))
		if err != nil {
			return l, 0, err
		}
		if events = rows; rows < jobsVeteran*filledQuarters {
			return l, 0, fmt.Errorf("%w: a history of %d rows", errDiffers, rows)
		}
	}
	return latenciesOf(took), events, nil
}

// addHistory adds the figures of T9.
func (b *bench) addHistory(h histories, state string) {
	ours, bare := h.ours.median(), h.bare.median()
	name := fmt.Sprintf("T9 history of %d events over HTTP, %s", h.events, state)
	b.add(figure{Name: name + ", p50", Value: milliseconds(ours.P50), Unit: "ms",
		Note: "floor: SELECT of the rows in order of arrival"}.
		against(milliseconds(bare.P50)).aim(ratioAtMost(1)).
		cost(h.used.client, h.used.server, h.count))
	b.add(figure{Name: name + ", p99", Value: milliseconds(ours.P99), Unit: "ms"}.
		against(milliseconds(bare.P99)).aim(ratioAtMost(2)))
}
