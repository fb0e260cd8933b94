package rules_test

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

type (
	earningsRule func(*rules.Law, rules.EarningsInput, *rules.Trace) (rules.Contribution, error)
	incomeRule   func(
		*rules.Law, rules.DeclaredIncomeInput, *rules.Trace) (rules.Contribution, error)
)

func TestContributionsOnEarnings(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	for _, c := range []struct {
		rule     earningsRule
		month    string
		earnings string
		base     string
		amount   string
	}{
		// Five times 859.00, the wage of January, is the ceiling of February.
		{rules.CO1, "2018-02", "4294.99", "4294.99", "42.95"},
		{rules.CO1, "2018-02", "4295.00", "4295.00", "42.95"},
		{rules.CO1, "2018-02", "4295.01", "4295.00", "42.95"},
		{rules.CO1, "2018-06", "9999.00", "4719.50", "47.20"},
		{rules.CO1, "2018-02", "0.00", "0.00", "0.00"},
		{rules.CO1, "2018-02", "0.49", "0.49", "0.00"},
		{rules.CO1, "2018-02", "0.50", "0.50", "0.01"},
		{rules.CO2, "2018-02", "1000.00", "1000.00", "280.00"},
		{rules.CO2, "2018-02", "5000.00", "4295.00", "1202.60"},
		{rules.CO3, "2018-02", "1000.00", "1000.00", "60.00"},
		{rules.CO3, "2018-02", "5000.00", "4295.00", "257.70"},
	} {
		got, err := c.rule(law, rules.EarningsInput{
			ContributionMonth: period.MustMonth(c.month), Earnings: money.MustParse(c.earnings)}, nil)
		require.NoError(t, err)
		require.Equal(t, c.base, got.Base.String(), "%s in %s", c.earnings, c.month)
		require.Equal(t, c.amount, got.Amount.String(), "%s in %s", c.earnings, c.month)
	}
}

func TestWageThatIsNotPublishedIsMissing(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	march := period.MustMonth("2018-03")
	_, err := rules.Ceiling(law, march)
	var missing *rules.MissingParameterError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "national_average_wage", missing.Name)
	require.Equal(t, period.MustDate("2018-02-01"), missing.Date)
	_, err = rules.AssessMonth(law, march, []money.Amount{1})
	require.ErrorAs(t, err, &missing)
	require.Equal(t, &rules.Error{Code: "missing_parameter", Field: "national_average_wage",
		Day:     missing.Date,
		Message: missing.Error() + ", or give it in \"parameters\""}, rules.AsError(err))
	require.Nil(t, rules.AsError(nil))
}

func TestContributionsOfSelfEmployed(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	for _, c := range []struct {
		rule   incomeRule
		month  string
		income string
		base   string
		amount string
	}{
		{rules.CO4, "2018-01", "0.00", "305.00", "88.45"},
		{rules.CO4, "2018-12", "304.99", "305.00", "88.45"},
		{rules.CO4, "2018-12", "305.01", "305.01", "88.45"},
		{rules.CO4, "2017-12", "0.00", "265.00", "76.85"},
		{rules.CO4, "2018-02", "100000.00", "100000.00", "29000.00"},
		{rules.CO5, "2018-01", "0.00", "305.00", "18.30"},
	} {
		month, income := period.MustMonth(c.month), money.MustParse(c.income)
		got, err := c.rule(law,
			rules.DeclaredIncomeInput{ContributionMonth: month, DeclaredIncome: income}, nil)
		require.NoError(t, err)
		require.Equal(t, c.base, got.Base.String())
		require.Equal(t, c.amount, got.Amount.String())
		fast, err := rules.SelfEmployed(law, month, income)
		require.NoError(t, err)
		require.Equal(t, got.Base, fast.Base)
		require.Contains(t, []money.Amount{fast.Pension, fast.Social}, got.Amount)
	}
	_, err := rules.SelfEmployed(law, period.MustMonth("2019-01"), 1)
	require.Error(t, err)
}

func TestWorkInjuryRateLimits(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	for rate, want := range map[string]string{
		"0.00299999": "", "0.003": "30.00", "0.006": "60.00", "0.009": "90.00", "0.00900001": "",
	} {
		got, err := rules.CO6(law, rules.WorkInjuryInput{
			Payroll: money.MustParse("10000.00"), Rate: money.MustParseRate(rate)}, nil)
		if want == "" {
			require.Equal(t, "work_injury_rate", rules.AsError(err).Field)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got.String())
	}
}

func TestPayerMonth(t *testing.T) {
	t.Parallel()
	injury := money.MustParseRate("0.006")
	got, err := rules.CO7(law2018(t), rules.PayerMonthInput{
		ContributionMonth: period.MustMonth("2018-02"),
		WorkInjuryRate:    &injury,
		InsuredPersons: []rules.PersonEarnings{
			{PersonID: "a", Earnings: money.MustParse("5000.00")},
			{PersonID: "b", Earnings: money.MustParse("100.50")},
			{PersonID: "c", Earnings: money.MustParse("100.50")},
		},
	}, nil)
	require.NoError(t, err)
	require.Equal(t, "5201.00", got.TotalEarnings.String())
	require.Equal(t, "4496.00", got.TotalBase.String())
	// 42.95 + 1.005 and 1.005, each rounded up: more than 1 % of the total.
	require.Equal(t, "44.97", got.InsuredWithheld.String())
	require.Equal(t, "1258.88", got.EmployerPension.String())
	require.Equal(t, "269.76", got.EmployerSocial.String())
	require.Equal(t, "31.21", got.WorkInjury.String())
	require.Equal(t, "1604.82", got.Amount.String())
}

// referenceMonth computes CO-7 with decimals of any length and no shared code.
func referenceMonth(ceiling decimal.Decimal, earnings []decimal.Decimal) [4]string {
	base, withheld := decimal.Zero, decimal.Zero
	for _, e := range earnings {
		b := decimal.Min(e, ceiling)
		base = base.Add(b)
		withheld = withheld.Add(b.Mul(decimal.RequireFromString("0.01")).Round(2))
	}
	return [4]string{
		base.StringFixed(2), withheld.StringFixed(2),
		base.Mul(decimal.RequireFromString("0.28")).StringFixed(2),
		base.Mul(decimal.RequireFromString("0.06")).StringFixed(2),
	}
}

func TestAssessmentAgreesWithDecimals(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	rapid.Check(t, func(t *rapid.T) {
		// A multiple with eight decimals gives ceilings that are no whole kopecks.
		multiple := rapid.Int64Range(0, 900_000_000).Draw(t, "multiple")
		special := law.Clone()
		text := decimal.New(multiple, -8)
		require.NoError(t, special.Publish(
			parameter("contribution_ceiling_multiple", text.String(), "2018-02-01", "")))
		earnings := rapid.SliceOfN(rapid.Int64Range(0, 900_000), 1, 20).Draw(t, "earnings")
		amounts := make([]money.Amount, len(earnings))
		decimals := make([]decimal.Decimal, len(earnings))
		for i, e := range earnings {
			amounts[i], decimals[i] = money.Amount(e), decimal.New(e, -2)
		}
		got, err := rules.AssessMonth(special, period.MustMonth("2018-02"), amounts)
		require.NoError(t, err)
		want := referenceMonth(text.Mul(decimal.RequireFromString("859.00")), decimals)
		require.Equal(t, want, [4]string{got.Base.String(), got.Withheld.String(),
			got.EmployerPension.String(), got.EmployerSocial.String()})
	})
}

func TestPersonsContributionsAgreeWithRationals(t *testing.T) {
	t.Parallel()
	law := law2018(t)
	rapid.Check(t, func(t *rapid.T) {
		kopecks := rapid.Int64Range(0, int64(money.Max)).Draw(t, "earnings")
		got, err := rules.PersonContributions(
			law, period.MustMonth("2018-02"), money.Amount(kopecks))
		require.NoError(t, err)
		base := big.NewRat(min(kopecks, 429_500), 100)
		for rate, amount := range map[int64]money.Amount{
			1: got.Insured, 28: got.Pension, 6: got.Social,
		} {
			exact := new(big.Rat).Mul(base, big.NewRat(rate, 100))
			require.Equal(t, exact.FloatString(2), amount.String())
		}
	})
}

func TestContributionsGrowWithEarningsUpToTheCeiling(t *testing.T) {
	t.Parallel()
	terms, err := rules.TermsOf(law2018(t), period.MustMonth("2018-02"))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(0, 1_000_000).Draw(t, "low")
		high := rapid.Int64Range(low, 2_000_000).Draw(t, "high")
		a, b := terms.Person(money.Amount(low)), terms.Person(money.Amount(high))
		require.LessOrEqual(t, a.Insured, b.Insured)
		require.LessOrEqual(t, a.Pension, b.Pension)
		require.LessOrEqual(t, a.Social, b.Social)
		require.LessOrEqual(t, b.Base, terms.Ceiling())
	})
}

func TestSumsForgetWhoIsRemoved(t *testing.T) {
	t.Parallel()
	terms, err := rules.TermsOf(law2018(t), period.MustMonth("2018-02"))
	require.NoError(t, err)
	var sums, expected rules.MonthSums
	for _, e := range []money.Amount{100_001, 900_000, 7} {
		sums.Add(e, terms.Person(e))
	}
	sums.Remove(900_000, terms.Person(900_000))
	for _, e := range []money.Amount{100_001, 7} {
		expected.Add(e, terms.Person(e))
	}
	require.Equal(t, terms.Assess(expected), terms.Assess(sums))
	require.Equal(t, money.Amount(1000+28_002+6_000), terms.Assess(sums).Total())
}

func BenchmarkTermsAndPerson(b *testing.B) {
	law, month := law2018(b), period.MustMonth("2018-02")
	for b.Loop() {
		terms, err := rules.TermsOf(law, month)
		if err != nil {
			b.Fatal(err)
		}
		terms.Person(123_456)
	}
}

func BenchmarkPerson(b *testing.B) {
	terms, err := rules.TermsOf(law2018(b), period.MustMonth("2018-02"))
	require.NoError(b, err)
	for b.Loop() {
		terms.Person(123_456)
	}
}
