package statement_test

import (
	"testing"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/statement"
)

// BenchmarkAccount sums an account of ten years with eight jobs, with and without rows.
func BenchmarkAccount(b *testing.B) {
	var slots []account.Slot
	for quarter := range 40 {
		for payer := range 8 {
			var months []event.MonthFact
			for m := range 3 {
				months = append(months, event.MonthFact{Earnings: money.Amount(100_000 + payer),
					Month: period.MustMonth("2018-01").Add(3*quarter + m)})
			}
			slots = append(slots, slot(string(rune('0'+payer))+"00988541", "01", "r", early,
				1, months...))
		}
	}
	p, l := person(slots...), law(b)
	b.Run("rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			statement.Of(p, l)
		}
	})
	b.Run("sums", func(b *testing.B) {
		b.ReportAllocs()
		for sums := statement.NewSums(l); b.Loop(); {
			sums.Of(p)
		}
	})
}
