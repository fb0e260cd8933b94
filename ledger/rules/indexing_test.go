package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// The fast form gives what the explained rules give, one after another.
func TestIndexingIsTheRules(t *testing.T) {
	t.Parallel()
	law, day := recordedLaw(t), period.MustDate("2018-05-01")
	rapid.Check(t, func(t *rapid.T) {
		now := money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "now"))
		if rapid.Bool().Draw(t, "small") {
			now %= 100_000
		}
		old := money.Amount(rapid.Int64Range(1, int64(money.Max)).Draw(t, "old"))
		raised := money.Amount(rapid.Int64Range(1, int64(money.Max)).Draw(t, "new"))
		rate := money.Rate(rapid.Int64Range(0, 300_000_000).Draw(t, "rate"))
		want, err := rules.AD1(law, rules.WageAdjustmentInput{PensionAmount: now,
			OldAverageWage: old, NewAverageWage: raised}, nil)
		require.NoError(t, err)
		raise, err := rules.NewRaise(old, raised)
		require.NoError(t, err)
		got, _ := raise.Amount(now)
		require.Equal(t, want.Amount, got)

		lifted, err := rules.AD2(law, rules.MinimumAdjustmentInput{PensionAmount: want.Amount,
			MinimumRate: rate, OnDate: day}, nil)
		require.NoError(t, err)
		both, err := raise.AtLeastMinimum(law, rate, day)
		require.NoError(t, err)
		got, rule := both.Amount(now)
		require.Equal(t, lifted.Amount, got)
		require.Equal(t, got == now, rule == "", "a rule is named where something changes")
	})
}

func TestIndexingTable(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	raise, err := rules.NewRaise(money.MustParse("900.00"), money.MustParse("945.00"))
	require.NoError(t, err)
	none, err := rules.NewRaise(money.MustParse("945.00"), money.MustParse("900.00"))
	require.NoError(t, err)
	_, err = rules.NewRaise(0, money.MustParse("900.00"))
	require.Error(t, err)
	may := period.MustDate("2018-05-01") // the minimum old-age pension is 51.65
	least, err := raise.AtLeastMinimum(law, money.MustParseRate("1"), may)
	require.NoError(t, err)
	share, err := rules.NewShare(law, money.MustParseRate("0.5"), may)
	require.NoError(t, err)
	_, err = rules.NewShare(law, money.MustParseRate("0.5"), period.MustDate("2018-11-01"))
	require.Error(t, err, "the level of that day is not published")
	for _, c := range []struct {
		what           string
		by             rules.Indexing
		now, want, why string
	}{
		{"a raise of 5 %", raise, "400.00", "420.00", "AD-1"},
		{"half a kopeck goes up", raise, "0.10", "0.11", "AD-1"},
		{"less than half does not", raise, "0.09", "0.09", ""},
		{"wages that fell", none, "400.00", "400.00", ""},
		{"over the minimum", least, "100.00", "105.00", "AD-1"},
		{"still below the minimum", least, "40.00", "51.65", "AD-2"},
		{"the raise reaches the minimum", least, "49.19", "51.65", "AD-1"},
		{"a share of the level", share, "90.00", "103.29", "AD-3"},
		{"a share that fell", share, "110.00", "110.00", ""},
		{"nothing", rules.Indexing{}, "5.00", "5.00", ""},
	} {
		got, rule := c.by.Amount(money.MustParse(c.now))
		require.Equal(t, c.want, got.String(), c.what)
		require.Equal(t, c.why, rule, c.what)
	}
}
