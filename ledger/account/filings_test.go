package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

var arrival = &event.FilingReceived{Filing: id(3), Receipt: "R-1", SHA256: ledger.Hash{1},
	KeyHash: ledger.Hash{2}, Channel: "api"}

func foldFilings(payloads ...event.Payload) *account.Filings {
	s := account.NewFilings()
	for n, x := range payloads {
		e := at(n, x)
		e.Meta.Actor = ledger.Actor{Subject: "clerk", Role: "payer"}
		s.Apply(e, x)
	}
	return s
}

func tally(form string, accepted, parked int) event.Tally {
	return event.Tally{Form: form, Year: 2018, Quarter: 1, Accepted: accepted, Parked: parked}
}

func TestFilingFromArrivalToResult(t *testing.T) {
	t.Parallel()
	parked := &event.DocumentParked{Filing: id(3), DocNo: 2, Form: "ПУ-3", Awaits: "SPF-501"}
	processed := &event.FilingProcessed{Filing: id(3), Outcome: event.Partial, Documents: 4,
		Findings: ledger.Hash{30}}
	s := foldFilings(arrival,
		&event.DocumentsPosted{Filing: id(3), First: 1, Last: 2, Findings: ledger.Hash{10},
			Tallies: []event.Tally{tally("ПУ-3", 1, 1)}},
		parked,
		&event.DocumentsPosted{Filing: id(3), First: 3, Last: 4,
			Tallies: []event.Tally{tally("ПУ-3", 1, 0), tally("ПУ-1", 1, 0)}},
		processed)

	require.Equal(t, []account.Filing{{
		FilingReceived: *arrival, Actor: ledger.Actor{Subject: "clerk", Role: "payer"},
		ReceivedAt: start, Position: 10, Posted: 4,
		Findings:  []ledger.Hash{{10}, {30}},
		Tallies:   []event.Tally{tally("ПУ-3", 2, 1), tally("ПУ-1", 1, 0)},
		Processed: processed, ProcessedAt: start.Add(4 * time.Hour),
	}}, s.Filings)
	require.Equal(t, []account.Parked{{DocumentParked: *parked,
		RecordedAt: start.Add(2 * time.Hour)}}, s.Parked)

	_, ok := s.ParkedDocument(id(3), 2)
	require.True(t, ok)
	_, ok = s.ParkedDocument(id(3), 1)
	require.False(t, ok)

	released := &event.ParkedDocumentReleased{Filing: id(3), DocNo: 2, Accepted: true,
		Findings: ledger.Hash{40}, Tallies: []event.Tally{tally("ПУ-3", 1, -1)}}
	s.Apply(at(5, released), released)
	require.Empty(t, s.Parked)
	f, ok := s.Filing(id(3))
	require.True(t, ok)
	require.Equal(t, []event.Tally{tally("ПУ-3", 3, 0), tally("ПУ-1", 1, 0)}, f.Tallies)
	require.Equal(t, []ledger.Hash{{10}, {30}, {40}}, f.Findings)
}

func TestParkedDocumentExpires(t *testing.T) {
	t.Parallel()
	s := foldFilings(arrival,
		&event.DocumentParked{Filing: id(3), DocNo: 2},
		&event.DocumentParked{Filing: id(3), DocNo: 5},
		&event.ParkedDocumentExpired{Filing: id(3), DocNo: 2, Findings: ledger.Hash{9},
			Tallies: []event.Tally{{Form: "ПУ-3", Rejected: 1, Parked: -1}}})
	require.Len(t, s.Parked, 1)
	require.Equal(t, 5, s.Parked[0].DocNo)
	require.Equal(t, []ledger.Hash{{9}}, s.Filings[0].Findings)
	require.Equal(t, []event.Tally{{Form: "ПУ-3", Rejected: 1, Parked: -1}}, s.Filings[0].Tallies)
}

func TestFilingIsFoundByIDAndKey(t *testing.T) {
	t.Parallel()
	second := &event.FilingReceived{Filing: id(4), Receipt: "R-2", SHA256: ledger.Hash{5}}
	s := foldFilings(arrival, second)
	f, ok := s.Filing(id(4))
	require.True(t, ok)
	require.Equal(t, "R-2", f.Receipt)
	f, ok = s.ByKey(ledger.Hash{2})
	require.True(t, ok)
	require.Equal(t, "R-1", f.Receipt)
	_, ok = s.ByKey(ledger.Hash{})
	require.False(t, ok, "filings without a key are not found by none")
	_, ok = s.Filing(id(9))
	require.False(t, ok)
}

func TestFilingThatNeverArrivedIsAFault(t *testing.T) {
	t.Parallel()
	x := &event.DocumentsPosted{Filing: id(9)}
	require.Panics(t, func() { foldFilings(arrival, x) })
}

func TestMergeTallies(t *testing.T) {
	t.Parallel()
	one := event.Tally{Form: "ПУ-3", Year: 2018, Quarter: 1, Accepted: 1, Rejected: 2, Parked: 3,
		Persons: 4, Earnings: 5, Benefits: 6, Contributions: 7, Payments: 8}
	other := one
	other.Quarter = 2
	sum := event.Tally{Form: "ПУ-3", Year: 2018, Quarter: 1, Accepted: 2, Rejected: 4, Parked: 6,
		Persons: 8, Earnings: 10, Benefits: 12, Contributions: 14, Payments: 16}
	list := account.MergeTallies(nil, []event.Tally{one, other})
	require.Equal(t, []event.Tally{one, other}, list)
	require.Equal(t, []event.Tally{sum, other}, account.MergeTallies(list, []event.Tally{one}))
}
