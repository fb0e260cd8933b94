package statement_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/contribution"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/projections/statement"
)

const (
	payerA = "200988541"
	payerB = "100000007"
)

var (
	early = time.Date(2018, 4, 20, 9, 0, 0, 0, time.UTC)
	late  = time.Date(2018, 7, 20, 9, 0, 0, 0, time.UTC)
)

// law has the numbers of 2018 for contributions of February, March (a demonstration
// value) and June; the wage that April and May need is missing.
func law(t testing.TB) *account.Law {
	t.Helper()
	l := account.NewLaw()
	for _, p := range []struct {
		name, value, from, until string
		demo                     bool
	}{
		{name: rules.InsuredRate, value: "0.01", from: "2003-01-01"},
		{name: rules.EmployerPensionRate, value: "0.28", from: "2003-01-01"},
		{name: rules.EmployerSocialRate, value: "0.06", from: "2003-01-01"},
		{name: rules.SelfEmployedPensionRate, value: "0.29", from: "2003-01-01"},
		{name: rules.SelfEmployedSocialRate, value: "0.06", from: "2003-01-01"},
		{name: rules.ContributionCeilingMultiple, value: "5", from: "2003-01-01"},
		{name: rules.MinimumWage, value: "305.00", from: "2018-01-01", until: "2018-12-31"},
		{name: rules.NationalAverageWage, value: "859.00", from: "2018-01-01", until: "2018-01-31"},
		{name: rules.NationalAverageWage, value: "880.00", from: "2018-02-01", until: "2018-02-28",
			demo: true},
		{name: rules.NationalAverageWage, value: "943.90", from: "2018-05-01", until: "2018-05-31"},
	} {
		f := &event.ParameterPublished{Name: p.name, Value: p.value, Act: "test act", Demo: p.demo,
			From: period.MustDate(p.from)}
		if p.until != "" {
			f.Until = period.MustDate(p.until)
		}
		require.NoError(t, l.Apply(ledger.Event{}, f))
	}
	return l
}

func fact(month, earnings string) event.MonthFact {
	return event.MonthFact{Month: period.MustMonth(month), Earnings: money.MustParse(earnings)}
}

func slot(payer, category, receipt string, at time.Time, position ledger.Position,
	months ...event.MonthFact) account.Slot {
	return account.Slot{
		Slot: event.Slot{Payer: payer, Employment: uuid.UUID{15: 1}, Category: category,
			Year: 2018, Quarters: "1"},
		Version: 1, Receipt: receipt, DocNo: 3, RecordedAt: at, Position: position,
		Months: months,
	}
}

func person(slots ...account.Slot) *account.Person {
	p := account.NewPerson(uuid.UUID{1})
	p.Position = 40
	p.Suppose(slots...)
	return p
}

func TestRowsHaveBothTimes(t *testing.T) {
	t.Parallel()
	full := event.MonthFact{Month: period.MustMonth("2018-02"),
		Earnings: money.MustParse("859.00"), Benefits: money.MustParse("10.00"),
		Contributions: money.MustParse("300.65"), Paid: money.MustParse("300.00"), Tariff: "35"}
	p := person(
		slot(payerB, "01", "r2", late, 30, fact("2018-02", "100.00"), fact("2017-12", "1.00")),
		slot(payerA, "03", "r3", late, 31, fact("2018-02", "5.00")),
		slot(payerA, "01", "r1", early, 20, full),
	)
	p.Employments = []account.Employment{{ID: uuid.UUID{15: 1}, Payer: payerA, Form: "ПУ-2",
		HiredOn: period.MustDate("2018-02-01"), RecordedAt: early, Contract: "01"}}
	s := statement.Of(p, law(t))

	require.Equal(t, p.ID, s.Person)
	require.Equal(t, ledger.Position(40), s.Position)
	var order []string
	for _, r := range s.Rows {
		order = append(order, r.Month.String()+" "+r.Payer+" "+r.Receipt)
	}
	require.Equal(t, []string{"2017-12 100000007 r2", "2018-02 100000007 r2",
		"2018-02 200988541 r1", "2018-02 200988541 r3"}, order)
	require.Equal(t, statement.Row{MonthFact: full, Payer: payerA, Employment: uuid.UUID{15: 1},
		Category: "01", Year: 2018, Quarters: "1", Version: 1, Receipt: "r1", DocNo: 3,
		RecordedAt: early, Position: 20}, s.Rows[2])
	require.Equal(t, []statement.Employment{{ID: uuid.UUID{15: 1}, Payer: payerA, Form: "ПУ-2",
		HiredOn: period.MustDate("2018-02-01"), RecordedAt: early, Contract: "01"}}, s.Employments)
	require.Equal(t, []int{2017, 2018}, []int{s.Years[0].Year, s.Years[1].Year})
	require.Equal(t, statement.Reported{
		Earnings: money.MustParse("964.00"), Benefits: money.MustParse("10.00"),
		Contributions: money.MustParse("300.65"), Paid: money.MustParse("300.00"),
	}, s.Years[1].Reported)
	require.Equal(t, money.MustParse("965.00"), s.Total.Reported.Earnings)
}

func TestContributionsOfAMonthWithAPayer(t *testing.T) {
	t.Parallel()
	amount := money.MustParse
	for what, c := range map[string]struct {
		slots []account.Slot
		want  contribution.Contribution
	}{
		"a worker, below the ceiling": {
			slots: []account.Slot{slot(payerA, "01", "r", early, 1, fact("2018-02", "859.00"))},
			want: contribution.Contribution{Earnings: amount("859.00"), Funds: contribution.Funds{
				Base: amount("859.00"), Insured: amount("8.59"), Pension: amount("240.52"),
				Social: amount("51.54"), ForPensions: amount("249.11"),
				ForSocial: amount("51.54"), Total: amount("300.65")}},
		},
		"two contracts share the ceiling of 5 × 859.00": {
			slots: []account.Slot{
				slot(payerA, "01", "r1", early, 1, fact("2018-02", "4000.00")),
				slot(payerA, "03", "r2", early, 2, fact("2018-02", "1000.00"))},
			want: contribution.Contribution{Earnings: amount("5000.00"), Funds: contribution.Funds{
				Base: money.MustParse("4295.00"), Insured: amount("42.95"), Pension: amount("1202.60"),
				Social: money.MustParse("257.70"), ForPensions: amount("1245.55"),
				ForSocial: money.MustParse("257.70"), Total: amount("1503.25")}},
		},
		"self-employed, lifted to the minimum wage": {
			slots: []account.Slot{slot(payerA, "10", "r", early, 1, fact("2018-02", "0.00"))},
			want: contribution.Contribution{SelfEmployed: true, Funds: contribution.Funds{
				Base: amount("305.00"), OwnPension: amount("88.45"), OwnSocial: amount("18.30"),
				ForPensions: amount("88.45"), ForSocial: amount("18.30"),
				Total: amount("106.75")}},
		},
		"the wage of the month before is not published": {
			slots: []account.Slot{slot(payerA, "01", "r", early, 1, fact("2018-04", "100.00"))},
			want: contribution.Contribution{Month: period.MustMonth("2018-04"),
				Earnings: amount("100.00"), Awaiting: &contribution.Awaiting{
					Parameter: rules.NationalAverageWage, Month: period.MustMonth("2018-03")}},
		},
		"the minimum wage of the month is not published": {
			slots: []account.Slot{slot(payerA, "10", "r", early, 1, fact("2019-01", "100.00"))},
			want: contribution.Contribution{Month: period.MustMonth("2019-01"), SelfEmployed: true,
				Earnings: amount("100.00"), Awaiting: &contribution.Awaiting{
					Parameter: rules.MinimumWage, Month: period.MustMonth("2019-01")}},
		},
		"a demonstration value": {
			slots: []account.Slot{slot(payerA, "01", "r", early, 1, fact("2018-03", "100.00"))},
			want: contribution.Contribution{Month: period.MustMonth("2018-03"), Demo: true,
				Earnings: amount("100.00"), Funds: contribution.Funds{
					Base: amount("100.00"), Insured: amount("1.00"), Pension: amount("28.00"),
					Social: amount("6.00"), ForPensions: amount("29.00"),
					ForSocial: amount("6.00"), Total: amount("35.00")}},
		},
	} {
		if c.want.Month.IsZero() {
			c.want.Month = period.MustMonth("2018-02")
		}
		c.want.Payer = payerA
		s := statement.Of(person(c.slots...), law(t))
		require.Equal(t, []contribution.Contribution{c.want}, s.Contributions, what)
		require.Equal(t, c.want.Demo, s.Demo, what)
	}
}

func TestEachPayerHasACeilingOfItsOwn(t *testing.T) {
	t.Parallel()
	s := statement.Of(person(
		slot(payerA, "01", "r1", early, 1, fact("2018-02", "4295.00")),
		slot(payerB, "01", "r2", early, 2, fact("2018-02", "100.00")),
		slot(payerB, "10", "r3", early, 3, fact("2018-02", "400.00")),
		slot(payerA, "01", "r4", late, 4, fact("2018-04", "400.00")),
	), law(t))
	require.Len(t, s.Contributions, 4)
	require.Equal(t, money.MustParse("4395.00")+money.MustParse("400.00"), s.Total.Computed.Base)
	require.Equal(t, money.MustParse("1202.60")+money.MustParse("28.00"), s.Total.Computed.Pension)
	require.Equal(t, money.MustParse("116.00"), s.Total.Computed.OwnPension)
	require.Equal(t, 1, s.Total.Awaiting)
	require.Equal(t, s.Total, s.Years[0].Totals)
}

func TestBetweenKeepsToItsMonths(t *testing.T) {
	t.Parallel()
	p := person(slot(payerA, "01", "r", early, 1,
		fact("2018-02", "1.00"), fact("2018-03", "2.00"), fact("2018-06", "4.00")))
	for _, c := range []struct{ from, to, sum string }{
		{"2018-02", "2018-06", "7.00"}, {"2018-03", "2018-06", "6.00"},
		{"2018-02", "2018-05", "3.00"}, {"2018-04", "2018-05", "0.00"},
	} {
		s := statement.Between(p, law(t), period.MustMonth(c.from), period.MustMonth(c.to))
		require.Equal(t, c.sum, s.Total.Reported.Earnings.String(), "%s to %s", c.from, c.to)
		require.Equal(t, c.sum, s.Total.Computed.Base.String())
	}
	require.Equal(t, "7.00", statement.Of(p, law(t)).Total.Reported.Earnings.String())
	require.Equal(t, "4.00", statement.Between(p, law(t), period.MustMonth("2018-04"), 0).
		Total.Reported.Earnings.String())
}

func TestTotalsAreTheSumsOfTheirLines(t *testing.T) {
	t.Parallel()
	l := law(t)
	sums := statement.NewSums(l)
	rapid.Check(t, func(t *rapid.T) {
		p := person()
		for range rapid.IntRange(0, 6).Draw(t, "slots") {
			s := slot(rapid.SampledFrom([]string{payerA, payerB}).Draw(t, "payer"),
				rapid.SampledFrom([]string{"01", "03", "10"}).Draw(t, "category"), "r", early, 1)
			s.Year = rapid.IntRange(2017, 2018).Draw(t, "year")
			for range rapid.IntRange(0, 4).Draw(t, "months") {
				month, ok := period.NewMonth(s.Year, rapid.IntRange(1, 12).Draw(t, "month"))
				require.True(t, ok)
				s.Months = append(s.Months, event.MonthFact{Month: month,
					Earnings: money.Amount(rapid.Int64Range(0, 900_000).Draw(t, "earnings"))})
			}
			p.Suppose(s)
		}
		s := statement.Of(p, l)
		require.Equal(t, s.Balance, sums.Of(p))
		var years, lines contribution.Funds
		var earnings money.Amount
		awaiting := 0
		for _, y := range s.Years {
			years.Total += y.Computed.Total
			awaiting += y.Awaiting
		}
		for _, c := range s.Contributions {
			known := false
			for _, own := range []bool{false, true} {
				sum, ok := p.EarningsAt(c.Payer, c.Month, own)
				known = known || own == c.SelfEmployed && ok && sum == c.Earnings
			}
			require.True(t, known, "%s %s", c.Month, c.Payer)
			earnings += c.Earnings
			lines.Total += c.Total
			require.Equal(t, c.Total,
				c.Insured+c.Pension+c.Social+c.OwnPension+c.OwnSocial)
			require.Equal(t, isAwaited(c), c.Awaiting != nil, "%s", c.Month)
		}
		require.Equal(t, lines.Total, s.Total.Computed.Total)
		require.Equal(t, years.Total, s.Total.Computed.Total)
		require.Equal(t, awaiting, s.Total.Awaiting)
		require.Equal(t, earnings, s.Total.Reported.Earnings)
	})
}

// isAwaited tells from the test's law whether the month lacks a number.
func isAwaited(c contribution.Contribution) bool {
	if c.SelfEmployed {
		return c.Month.Year() != 2018
	}
	m := c.Month.String()
	return m != "2018-02" && m != "2018-03" && m != "2018-06"
}

func TestEmptyStatementHasLists(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(statement.Of(person(), law(t)))
	require.NoError(t, err)
	require.NotContains(t, string(text), "null")
	require.Contains(t, string(text), `"rows":[]`)
}

// TestTariffsOfTheirOwn has earnings at the general rates and, under code 25, at 24 % for
// pensions, of which the ceiling leaves 295.00: 4000.00 × 28 % + 295.00 × 24 %.
func TestTariffsOfTheirOwn(t *testing.T) {
	t.Parallel()
	l := law(t)
	require.NoError(t, l.Apply(ledger.Event{}, &event.ClassifierPublished{
		Name: account.ClassifierTariff, Entries: []event.ClassifierEntry{{Code: "25",
			Attributes: []event.Attribute{
				{Key: account.AttributeEmployerPension, Value: "0.24"},
				{Key: account.AttributePayers, Value: "farm"}}}}}))
	reduced := fact("2018-02", "1000.00")
	reduced.Tariff = "25"
	p := person(slot(payerA, "01", "r1", early, 1, fact("2018-02", "4000.00")),
		slot(payerA, "03", "r2", early, 2, reduced))
	s := statement.Of(p, l)
	require.Len(t, s.Contributions, 1)
	c := s.Contributions[0]
	require.Equal(t, []event.TariffSum{{Tariff: "25", Earnings: money.MustParse("1000.00")}}, c.Tariffs)
	require.Equal(t, money.MustParse("4295.00"), c.Base)
	require.Equal(t, money.MustParse("1190.80"), c.Pension)
	require.Equal(t, money.MustParse("257.70"), c.Social)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	require.Contains(t, string(text), `"tariffs":[{"tariff":"25","earnings":"1000.00"}]`)
}
