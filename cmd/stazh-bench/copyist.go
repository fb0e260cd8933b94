package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// copyist fills a ledger with further quarters of reports that were filed and processed
// once: the same facts of the same persons and payers, moved to later months, through the
// real encoders and Log.Append. A ledger of ten million events is there within minutes,
// whatever the intake can do today.
type copyist struct {
	log   ledger.Log
	firms [][]recorded // by firm: what its report made
	index map[string]int
	next  map[ledger.StreamID]ledger.Revision // expected of the next append
}

// recorded is what is kept of an event.
type recorded struct {
	stream ledger.StreamID
	meta   ledger.Meta
	fact   event.Payload
}

// newCopyist learns what the first quarter's reports made: the events after a position.
func newCopyist(ctx context.Context, log ledger.Log, payers []string, after ledger.Position,
) (*copyist, error) {
	c := &copyist{log: log, firms: make([][]recorded, len(payers)), index: map[string]int{},
		next: map[ledger.StreamID]ledger.Revision{}}
	for i, unp := range payers {
		c.index[unp] = i
	}
	for e, err := range log.ReadAll(ctx, after, 0) {
		if err != nil {
			return nil, err
		}
		fact, err := event.Decode(e)
		if err != nil {
			return nil, err
		}
		payer, own := e.Stream.Payer()
		if data, ok := fact.(*event.IndividualDataReported); ok {
			payer, own = data.Slot.Payer, true
		}
		i, known := c.index[payer]
		if !own || !known {
			return nil, fmt.Errorf("%w: event %d (%s) is of no report", errDiffers, e.Position,
				e.Type)
		}
		c.firms[i] = append(c.firms[i], recorded{e.Stream, e.Meta, fact})
		c.next[e.Stream] = e.Revision
	}
	return c, nil
}

// copy appends the reports of a later quarter, a report an append. What comes next is
// encoded while the last one is being written.
func (c *copyist) copy(ctx context.Context, from, to int) error {
	batches := make(chan []ledger.StreamAppend, 4)
	failed := make(chan error, 1)
	stop := make(chan struct{})
	go func() {
		defer close(batches)
		for quarter := from; quarter < to; quarter++ {
			for firm := range c.firms {
				batch, err := c.report(firm, quarter)
				if err != nil {
					failed <- err
					return
				}
				select {
				case batches <- batch:
				case <-stop:
					return
				}
			}
		}
	}()
	defer close(stop)
	for batch := range batches {
		if _, err := c.log.Append(ctx, batch...); err != nil {
			return err
		}
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// report makes the append of one firm's report of a quarter.
func (c *copyist) report(firm, quarter int) ([]ledger.StreamAppend, error) {
	m := mover{quarter: quarter,
		filing: ledger.DeterministicID("bench", firm, quarter)}
	m.sum = sha256.Sum256(m.filing[:])
	place := map[ledger.StreamID]int{}
	var batch []ledger.StreamAppend
	for i, r := range c.firms[firm] {
		fact, err := m.move(r.fact)
		if err != nil {
			return nil, err
		}
		meta := r.meta
		meta.Correlation, meta.Source = m.filing, m.sum
		if !meta.EffectiveFrom.IsZero() {
			meta.EffectiveFrom = meta.EffectiveFrom.Add(3 * quarter)
			meta.EffectiveTo = meta.EffectiveTo.Add(3 * quarter)
		}
		s := r.stream
		at, ok := place[s]
		if !ok {
			at = len(batch)
			place[s] = at
			batch = append(batch, ledger.StreamAppend{Stream: s, Expected: c.next[s]})
		}
		batch[at].Events = append(batch[at].Events,
			event.New(ledger.DeterministicID(m.filing, i), meta, fact))
		c.next[s]++
	}
	return batch, m.tally(batch)
}

// mover moves facts of the first quarter to a later one.
type mover struct {
	quarter int
	filing  uuid.UUID
	sum     ledger.Hash
	data    []*event.IndividualDataReported
	posted  []*event.DocumentsPosted
}

func (m *mover) year() int   { return 2017 + m.quarter/4 }
func (m *mover) number() int { return m.quarter%4 + 1 }

func (m *mover) move(fact event.Payload) (event.Payload, error) {
	switch f := fact.(type) {
	case *event.FilingReceived:
		moved := *f
		moved.Filing, moved.SHA256, moved.KeyHash = m.filing, m.sum, m.sum
		moved.Receipt = "BENCH-" + m.filing.String()[:13]
		return &moved, nil
	case *event.IndividualDataReported:
		return m.moveData(f), nil
	case *event.DocumentsPosted:
		moved := *f
		moved.Filing, moved.Tallies = m.filing, slices.Clone(f.Tallies)
		m.posted = append(m.posted, &moved)
		return &moved, nil
	case *event.LiabilityAssessed:
		moved := *f
		moved.Month = moved.Month.Add(3 * m.quarter)
		return &moved, nil
	case *event.FilingProcessed:
		moved := *f
		moved.Filing, moved.Year, moved.Quarter = m.filing, m.year(), m.number()
		return &moved, nil
	}
	return nil, fmt.Errorf("%w: a report made an unexpected %s", errDiffers, fact.EventType())
}

// moveData moves months and service; earnings are those that pay gives.
func (m *mover) moveData(f *event.IndividualDataReported) *event.IndividualDataReported {
	moved := *f
	moved.Slot.Year, moved.Slot.Quarters = m.year(), strconv.Itoa(m.number())
	moved.Months = slices.Clone(f.Months)
	rate := money.MustParseRate("0.01")
	for i := range moved.Months {
		x := &moved.Months[i]
		later := x.Month.Add(3 * m.quarter)
		x.Earnings += money.Amount(m.quarter*10 + later.Number() - x.Month.Number())
		x.Contributions = x.Earnings.Times(rate)
		x.Paid, x.Month = x.Contributions, later
	}
	moved.Service = slices.Clone(f.Service)
	for i := range moved.Service {
		s := &moved.Service[i]
		s.From = s.From.Month().Add(3 * m.quarter).First()
		s.To = s.To.Month().Add(3 * m.quarter).Last()
	}
	m.data = append(m.data, &moved)
	return &moved
}

// tally puts the moved sums into the tallies, and the tallies into the batch, whose events
// were encoded before all persons were known.
func (m *mover) tally(batch []ledger.StreamAppend) error {
	for _, p := range m.posted {
		t := &p.Tallies[0]
		if len(p.Tallies) != 1 {
			return fmt.Errorf("%w: %d tallies of a report of one quarter", errDiffers,
				len(p.Tallies))
		}
		t.Year, t.Quarter, t.Earnings, t.Contributions = m.year(), m.number(), 0, 0
		for _, d := range m.data {
			if d.DocNo < p.First || d.DocNo > p.Last {
				continue
			}
			for i := range d.Months {
				t.Earnings += d.Months[i].Earnings
				t.Contributions += d.Months[i].Contributions
			}
		}
	}
	next := 0
	for i := range batch {
		for j := range batch[i].Events {
			e := &batch[i].Events[j]
			if e.Type == (*event.DocumentsPosted)(nil).EventType() {
				e.Payload = event.Encode(m.posted[next])
				next++
			}
		}
	}
	return nil
}

// expected is what the reports of quarters add up to, by arithmetic alone.
func (l labour) expected(from, to int) (sum totals) {
	rate := money.MustParseRate("0.01")
	for n := range l.Firms {
		for _, w := range l.firm(n).staff {
			for q := from; q < to; q++ {
				one := totals{Documents: 1}
				for i := range 3 {
					earned := pay(w.serial, q, q%4*3+1+i)
					one.Earnings += earned
					one.Contributions += earned.Times(rate)
				}
				sum.add(one)
			}
		}
	}
	return sum
}
