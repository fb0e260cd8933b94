package commands

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// BenchmarkIndexationDecision decides on a million folded pensions (ten thousand accounts, a
// hundred times): simulate counts only, appends also makes the events to record.
func BenchmarkIndexationDecision(b *testing.B) {
	const accounts, times = 10_000, 100
	raise, err := rules.NewRaise(money.MustParse("896.93"), money.MustParse("941.77"))
	require.NoError(b, err)
	by := &indexing{decree: event.IndexationDecreed{From: period.MustDate("2018-05-01")},
		kinds: map[string]kindIndexing{"old_age": {full: raise, partial: raise}},
		run:   uuid.UUID{1}}
	persons := make([]*account.Person, accounts)
	for i := range persons {
		p := account.NewPerson(ledger.DeterministicID("pensioner", i))
		amount := money.Amount(20_000 + i)
		p.Cases = []account.Case{{ID: ledger.DeterministicID(p.ID, "case"), Kind: "old_age",
			Office: "602", State: account.CaseAwarded, Award: event.Award{Pays: "monthly",
				From: period.MustDate("2017-01-01"), Amount: amount},
			Amounts: []account.DatedAmount{{From: period.MustDate("2017-01-01"), Amount: amount}}}}
		persons[i] = p
	}
	perPension := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/accounts/times,
			"ns/pension")
	}
	b.Run("simulate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			counts := newTally()
			for range times {
				for _, p := range persons {
					for i := range p.Cases {
						if ch, ok := by.of(&p.Cases[i]); ok {
							counts.add(&p.Cases[i], ch)
						}
					}
				}
			}
			require.Equal(b, accounts*times, counts.sums.Benefits)
		}
		perPension(b)
	})
	b.Run("appends", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			counts := newTally()
			for range times {
				for first := 0; first < accounts; first += indexBatch {
					batch := by.appends(persons[first:first+indexBatch], ledger.Meta{}, counts)
					require.Len(b, batch, indexBatch)
				}
			}
		}
		perPension(b)
	})
}
