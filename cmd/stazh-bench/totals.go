package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/pglog/floor"
)

// totals are the control totals of reports of individual data.
type totals struct {
	Documents     int
	Earnings      money.Amount
	Benefits      money.Amount
	Contributions money.Amount
}

func (t *totals) add(other totals) {
	t.Documents += other.Documents
	t.Earnings += other.Earnings
	t.Benefits += other.Benefits
	t.Contributions += other.Contributions
}

// errDiffers: a result is not what it must be, so that nothing measured on it counts.
var errDiffers = errors.New("the result is wrong, no figure")

// differ compares control totals to the kopeck.
func differ(what string, filed, recorded totals) error {
	if filed == recorded {
		return nil
	}
	return fmt.Errorf("%w: %s: filed %+v, recorded %+v", errDiffers, what, filed, recorded)
}

// chunkRows is how many rows are handed on at once.
const chunkRows = 1000

// eachRow reads the ledger after a position through its public interface, up to its head,
// and hands its events out as rows for the floor: same keys, same sizes, whatever the
// ledger's own tables look like today. It gives what the events add up to.
func eachRow(ctx context.Context, log ledger.Log, after ledger.Position, keys *rowKeys,
	do func([]floor.Row) error) (sums quarterly, head ledger.Position, err error) {
	sums, head = quarterly{}, after
	chunk := make([]floor.Row, 0, chunkRows)
	for e, err := range log.ReadAll(ctx, after, 0) {
		if err != nil {
			return sums, head, err
		}
		if e.Position != head+1 {
			return sums, head, fmt.Errorf("%w: position %d follows %d", errDiffers, e.Position,
				head)
		}
		head = e.Position
		payload, err := event.Decode(e)
		if err != nil {
			return sums, head, err
		}
		sums.count(payload)
		chunk = append(chunk, keys.row(&e))
		if len(chunk) == cap(chunk) {
			if err := do(chunk); err != nil {
				return sums, head, err
			}
			chunk = make([]floor.Row, 0, chunkRows)
		}
	}
	if len(chunk) > 0 {
		err = do(chunk)
	}
	return sums, head, err
}

// quarterly are totals by the quarter that a report is about, such as 2026 and 3.
type quarterly map[[2]int]totals

// all adds up the quarters.
func (q quarterly) all() (sum totals) {
	for _, t := range q {
		sum.add(t)
	}
	return sum
}

// count adds an event's amounts.
func (q quarterly) count(payload event.Payload) {
	f, ok := payload.(*event.IndividualDataReported)
	if !ok {
		return
	}
	t := totals{Documents: 1}
	for i := range f.Months {
		t.Earnings += f.Months[i].Earnings
		t.Benefits += f.Months[i].Benefits
		t.Contributions += f.Months[i].Contributions
	}
	last := f.Slot.Quarters[len(f.Slot.Quarters)-1]
	quarter := [2]int{f.Slot.Year, int(last - '0')}
	t.add(q[quarter])
	q[quarter] = t
}

// ownBytes is what stands in a stored record beside the payload: event id, recorded time
// and months.
const ownBytes = 16 + 8 + 4

// rowKeys numbers streams and types in the order of their arrival.
type rowKeys struct {
	streams map[ledger.StreamID]int32
	types   map[string]int16
}

func newRowKeys() *rowKeys {
	return &rowKeys{map[ledger.StreamID]int32{}, map[string]int16{}}
}

func (k *rowKeys) row(e *ledger.Event) floor.Row {
	key, ok := k.streams[e.Stream]
	if !ok {
		key = int32(len(k.streams) + 1)
		k.streams[e.Stream] = key
	}
	kind, ok := k.types[e.Type]
	if !ok {
		kind = int16(len(k.types) + 1)
		k.types[e.Type] = kind
	}
	record := make([]byte, 0, ownBytes+len(e.Payload))
	record = append(record, e.ID[:]...)
	record = append(record, e.Head[:ownBytes-len(e.ID)]...)
	return floor.Row{Position: int64(e.Position), Stream: key, Revision: int32(e.Revision),
		Context: key, Type: kind, Record: append(record, e.Payload...),
		Head: slices.Clone(e.Head[:])}
}

const (
	// processedPoll is how often is looked whether a filing is processed.
	processedPoll = 2 * time.Millisecond
	// processedMax bounds the wait for one payer's filings.
	processedMax = 10 * time.Minute
)

// waitProcessed waits until so many filings of each payer are processed, and insists that
// every document of them was accepted.
func waitProcessed(ctx context.Context, log ledger.Log, payers []string, filings int) error {
	ctx, cancel := context.WithTimeout(ctx, processedMax)
	defer cancel()
	for _, unp := range payers {
		for {
			n, err := processed(ctx, log, unp)
			if err != nil {
				return err
			}
			if n >= filings {
				break
			}
			time.Sleep(processedPoll)
		}
	}
	return nil
}

// allProcessed tells whether so many filings of each payer are processed, and insists like
// waitProcessed.
func allProcessed(ctx context.Context, log ledger.Log, payers []string, filings int,
) (bool, error) {
	for _, unp := range payers {
		if n, err := processed(ctx, log, unp); err != nil || n < filings {
			return false, err
		}
	}
	return true, nil
}

func processed(ctx context.Context, log ledger.Log, unp string) (n int, err error) {
	for e, err := range log.ReadStreams(ctx, ledger.PayerStream(unp)) {
		if err != nil {
			return n, err
		}
		if e.Type != (*event.FilingProcessed)(nil).EventType() {
			continue
		}
		payload, err := event.Decode(e)
		if err != nil {
			return n, err
		}
		if f, ok := payload.(*event.FilingProcessed); ok && f.Outcome != event.Accepted {
			return n, fmt.Errorf("%w: a filing of %s was not accepted: %+v", errDiffers, f.Form, f)
		}
		n++
	}
	return n, nil
}
