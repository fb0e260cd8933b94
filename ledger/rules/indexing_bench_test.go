package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// BenchmarkIndexing raises a million pensions in memory to a new wage and at least to the
// minimum, and the explained rules do the same for a sample, which must be equal.
func BenchmarkIndexing(b *testing.B) {
	const pensions, every = 1_000_000, 1000
	law, day := recordedLaw(b), period.MustDate("2018-05-01")
	amounts, after := make([]money.Amount, pensions), make([]money.Amount, pensions)
	for i := range amounts {
		amounts[i] = money.Amount(3_000 + i*7919%90_000)
	}
	oldWage, newWage := money.MustParse("896.93"), money.MustParse("941.77")
	by, err := rules.NewRaise(oldWage, newWage)
	require.NoError(b, err)
	by, err = by.AtLeastMinimum(law, money.MustParseRate("1"), day)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		for i, now := range amounts {
			after[i], _ = by.Amount(now)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pensions, "ns/pension")
	for i := 0; i < pensions; i += every {
		raised, err := rules.AD1(law, rules.WageAdjustmentInput{PensionAmount: amounts[i],
			OldAverageWage: oldWage, NewAverageWage: newWage}, nil)
		require.NoError(b, err)
		lifted, err := rules.AD2(law, rules.MinimumAdjustmentInput{PensionAmount: raised.Amount,
			MinimumRate: money.MustParseRate("1"), OnDate: day}, nil)
		require.NoError(b, err)
		require.Equal(b, lifted.Amount, after[i])
	}
}
