package commands_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Payers of the tests beside the one of the kit.
const (
	unpHuge, fundNoHuge       = "MA1953684", "602000018"
	unpFailing, fundNoFailing = "100000007", "602000019"
)

// uneven is a ledger that lets one payer's runs of documents wait and fails another's.
type uneven struct {
	ledger.Log
	gate chan struct{} // of the payer with the huge file
}

func (l *uneven) Append(ctx context.Context, batch ...ledger.StreamAppend,
) (ledger.Result, error) {
	last := batch[len(batch)-1]
	run := slices.ContainsFunc(last.Events, func(e ledger.NewEvent) bool {
		return e.Type == (*event.DocumentsPosted)(nil).EventType()
	})
	switch {
	case run && last.Stream == ledger.PayerStream(unpHuge):
		<-l.gate
	case run && last.Stream == ledger.PayerStream(unpFailing):
		return ledger.Result{}, errTransient
	}
	return l.Log.Append(ctx, batch...)
}

// TestBadFilingDelaysNoNeighbour: while one payer's file is in work for long and another's
// fails again and again, those of a third are received and processed as if alone.
func TestBadFilingDelaysNoNeighbour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &uneven{gate: make(chan struct{})}
		k := newKit(t, func(l ledger.Log) ledger.Log {
			log.Log = l
			return log
		})
		k.register(unpHuge, fundNoHuge, "employer")
		k.register(unpFailing, fundNoFailing, "employer")
		besideClerk(t, k, &nothingLeft{}, func() {
			registrationsOf := func(unp, fundNo string, first, count int) []byte {
				p := pack(document.PU1)
				p.UNP, p.FundNo = unp, fundNo
				var docs []document.Document
				for i := range count {
					docs = append(docs, registration(workerNo(t, first+i)))
				}
				return report(t, p, docs...)
			}
			huge := k.receive(unpHuge, registrationsOf(unpHuge, fundNoHuge, 0, 3000))
			failing := k.receive(unpFailing, registrationsOf(unpFailing, fundNoFailing, 4000, 2))
			time.Sleep(time.Second)
			var small []commands.Receipt
			for i := range 40 {
				small = append(small, k.receive(unp, registrationsOf(unp, fundNo, 5000+i, 1)))
			}
			time.Sleep(time.Second)
			for _, r := range small {
				f := k.filing(r)
				require.NotNil(t, f.Processed)
				require.Equal(t, 1, f.Processed.Accepted)
			}
			require.Nil(t, k.filing(huge).Processed)
			require.Nil(t, k.filing(failing).Processed)
			close(log.gate)
			time.Sleep(time.Second)
			require.Equal(t, 3000, k.filing(huge).Processed.Accepted)
		})
	})
}
