package settlement_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

const unp = "200988541"

// noLaw is a law without any number.
var noLaw = account.NewLaw()

// month is a month assessed with 35 for pensions and 6 for social insurance per 100.
func month(m string, earnings money.Amount) account.LiabilityMonth {
	return account.LiabilityMonth{LiabilityAssessed: event.LiabilityAssessed{
		Month: period.MustMonth(m), Persons: 1, Earnings: earnings, Base: earnings,
		Withheld: earnings / 100, Pension: earnings / 100 * 28, Social: earnings / 100 * 6,
	}, Position: 5}
}

func payment(ref, on, amount, kind, named string) account.Payment {
	x := account.Payment{PaymentReceived: event.PaymentReceived{
		BankRef: ref, ValueDate: period.MustDate(on), Amount: money.MustParse(amount), Kind: kind}}
	if named != "" {
		x.Month = period.MustMonth(named)
	}
	return x
}

func payer(months []account.LiabilityMonth, payments ...account.Payment) *account.Payer {
	p := account.NewPayer(unp)
	p.Position, p.Months, p.Payments = 9, months, payments
	return p
}

// quarter owes 29.00 and 6.00 for each of three months, 105.00 in all.
func quarter() []account.LiabilityMonth {
	return []account.LiabilityMonth{
		month("2018-01", 100_00), month("2018-02", 100_00), month("2018-03", 100_00)}
}

// went tells where a payment went, in short.
func went(x settlement.Payment) (list []string) {
	for _, a := range x.Allocations {
		list = append(list, a.Month.String()+" "+a.Part+" "+a.Amount.String())
	}
	return list
}

// allocated is a list of payments for quarter, and where they go.
type allocated struct {
	payments []account.Payment
	want     map[string][]string // bank reference to allocations
	over     money.Amount
}

func (c *allocated) check(t *testing.T, what string) {
	t.Helper()
	b := settlement.Of(payer(quarter(), c.payments...), noLaw, period.MustDate("2018-12-01"))
	got := map[string][]string{}
	for _, x := range b.Payments {
		got[x.BankRef] = went(x)
	}
	require.Equal(t, c.want, got, what)
	require.Equal(t, c.over, b.Overpayment, what)
}

func TestAllocationByMonthAndKind(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]allocated{
		"oldest first, pensions before social": {
			payments: []account.Payment{payment("a", "2018-02-10", "40.00", "", "")},
			want: map[string][]string{"a": {"2018-01 pensions 29.00", "2018-01 social 6.00",
				"2018-02 pensions 5.00"}},
		},
		"the named month first, the rest to the oldest": {
			payments: []account.Payment{payment("a", "2018-02-10", "40.00", "", "2018-03")},
			want: map[string][]string{"a": {"2018-03 pensions 29.00", "2018-03 social 6.00",
				"2018-01 pensions 5.00"}},
		},
		"within the kind": {
			payments: []account.Payment{
				payment("p", "2018-02-10", "30.00", "pension", ""),
				payment("s", "2018-02-10", "19.00", "social", "2018-02")},
			want: map[string][]string{
				"p": {"2018-01 pensions 29.00", "2018-02 pensions 1.00"},
				"s": {"2018-02 social 6.00", "2018-01 social 6.00", "2018-03 social 6.00"}},
			over: 1_00,
		},
		"a payment for both leaves to others what only they can pay": {
			payments: []account.Payment{
				payment("both", "2018-01-10", "29.00", "", ""),
				payment("p", "2018-02-10", "29.00", "pension", "")},
			want: map[string][]string{"p": {"2018-01 pensions 29.00"},
				"both": {"2018-01 social 6.00", "2018-02 pensions 23.00"}},
		},
	} {
		c.check(t, what)
	}
}

func TestAllocationOrder(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]allocated{
		"a named month comes before all others": {
			payments: []account.Payment{
				payment("rest", "2018-01-10", "35.00", "", ""),
				payment("named", "2018-02-10", "35.00", "", "2018-01")},
			want: map[string][]string{
				"named": {"2018-01 pensions 29.00", "2018-01 social 6.00"},
				"rest":  {"2018-02 pensions 29.00", "2018-02 social 6.00"}},
		},
		"the earlier value date first, whatever the order of recording": {
			payments: []account.Payment{
				payment("later", "2018-03-10", "35.00", "", ""),
				payment("earlier", "2018-02-10", "35.00", "", "")},
			want: map[string][]string{
				"earlier": {"2018-01 pensions 29.00", "2018-01 social 6.00"},
				"later":   {"2018-02 pensions 29.00", "2018-02 social 6.00"}},
		},
		"a month that is not assessed takes nothing": {
			payments: []account.Payment{payment("a", "2018-02-10", "106.00", "", "2019-01")},
			want: map[string][]string{"a": {
				"2018-01 pensions 29.00", "2018-01 social 6.00", "2018-02 pensions 29.00",
				"2018-02 social 6.00", "2018-03 pensions 29.00", "2018-03 social 6.00"}},
			over: 1_00,
		},
		"a value date after the day does not count": {
			payments: []account.Payment{payment("a", "2018-12-02", "35.00", "", "")},
			want:     map[string][]string{},
		},
	} {
		c.check(t, what)
	}
}

func TestArrearsBeginAfterThe20th(t *testing.T) {
	t.Parallel()
	require.Equal(t, "2018-01-20", settlement.DueOn(period.MustMonth("2017-12")).String())
	p := payer(quarter(), payment("a", "2018-02-10", "15.00", "", ""))
	for _, c := range []struct{ on, arrears, notDue string }{
		{"2018-02-09", "0.00", "105.00"}, // before the payment
		{"2018-02-20", "0.00", "90.00"},
		{"2018-02-21", "20.00", "70.00"},
		{"2018-03-21", "55.00", "35.00"},
		{"2018-04-20", "55.00", "35.00"},
		{"2018-04-21", "90.00", "0.00"},
	} {
		b := settlement.Of(p, noLaw, period.MustDate(c.on))
		require.Equal(t, c.arrears, b.Arrears.String(), c.on)
		require.Equal(t, c.notDue, b.NotDue.String(), c.on)
		require.Equal(t, c.arrears != "0.00", b.Months[0].Overdue, c.on)
	}
}

func TestMonthShowsItsAssessment(t *testing.T) {
	t.Parallel()
	m := month("2018-02", 100_00)
	m.SelfBase, m.SelfPension, m.SelfSocial = 305_00, 88_45, 18_30
	m.Awaits, m.AwaitsFor = rules.NationalAverageWage, period.MustMonth("2018-01")
	m.Earnings = []event.PersonEarnings{{Earnings: 7_00}, {Earnings: 8_00}}
	p := payer([]account.LiabilityMonth{m}, payment("a", "2018-03-01", "120.00", "", ""))
	b := settlement.Of(p, noLaw, period.MustDate("2018-03-21"))
	require.Equal(t, []settlement.Month{{
		LiabilityAssessed: m.LiabilityAssessed, ForPensions: 117_45, ForSocial: 24_30,
		Total: 141_75, DueOn: period.MustDate("2018-03-20"), PaidPensions: 117_45,
		PaidSocial: 2_55, Unpaid: 21_75, Overdue: true, Position: 5,
		Awaiting: &settlement.Awaiting{Parameter: rules.NationalAverageWage,
			Month: period.MustMonth("2018-01"), Persons: 2, Earnings: 15_00},
	}}, b.Months)
	require.Equal(t, settlement.Totals{Assessed: 141_75, Paid: 120_00, Arrears: 21_75, Awaiting: 1},
		b.Totals)
}

func TestDemonstrationValuesShow(t *testing.T) {
	t.Parallel()
	law := account.NewLaw()
	require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: rules.NationalAverageWage,
		Value: "900.00", From: period.MustDate("2018-01-01"), Source: "invented", Demo: true}))
	on := period.MustDate("2018-12-01")
	require.False(t, settlement.Of(payer(quarter()), noLaw, on).Demo)
	b := settlement.Of(payer(quarter()), law, on)
	require.True(t, b.Demo)
	require.Equal(t, []bool{false, true, false},
		[]bool{b.Months[0].Demo, b.Months[1].Demo, b.Months[2].Demo})
}

// anyPayer draws assessments, some made negative by a correction, and payments.
func anyPayer(t *rapid.T) *account.Payer {
	first := period.MustMonth("2018-01")
	var months []account.LiabilityMonth
	for n := range rapid.IntRange(0, 6).Draw(t, "months") {
		part := rapid.Int64Range(-50, 400)
		m := month(first.Add(2*n).String(), 0)
		m.Pension = money.Amount(part.Draw(t, "pension"))
		m.Social = money.Amount(part.Draw(t, "social"))
		months = append(months, m)
	}
	p := payer(months)
	for n := range rapid.IntRange(0, 8).Draw(t, "payments") {
		x := payment(fmt.Sprint(n), "2018-01-01", "0.00",
			rapid.SampledFrom([]string{"", "pension", "social"}).Draw(t, "kind"), "")
		x.Amount = money.Amount(rapid.Int64Range(1, 500).Draw(t, "amount"))
		x.ValueDate = x.ValueDate.AddDays(rapid.IntRange(0, 300).Draw(t, "day"))
		if rapid.Bool().Draw(t, "named") {
			x.Month = first.Add(rapid.IntRange(0, 12).Draw(t, "month"))
		}
		p.Payments = append(p.Payments, x)
	}
	return p
}

func TestBooksBalance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		on := period.MustDate("2017-12-20").AddDays(rapid.IntRange(0, 500).Draw(t, "on"))
		b := settlement.Of(p, noLaw, on)

		require.Equal(t, b.Assessed-b.Paid, b.Arrears+b.NotDue-b.Overpayment)
		require.Equal(t, p.Assessed(), b.Assessed)
		for _, sum := range []money.Amount{b.Arrears, b.NotDue, b.Overpayment} {
			require.GreaterOrEqual(t, sum, money.Amount(0))
		}
		type place struct {
			month period.Month
			part  string
		}
		given := map[place]money.Amount{}
		for _, x := range b.Payments {
			require.LessOrEqual(t, x.ValueDate, on)
			rest := x.Amount
			for _, a := range x.Allocations {
				require.Positive(t, int64(a.Amount))
				require.False(t, x.Kind == "pension" && a.Part != settlement.PartPensions ||
					x.Kind == "social" && a.Part != settlement.PartSocial)
				rest -= a.Amount
				given[place{a.Month, a.Part}] += a.Amount
			}
			require.Equal(t, rest, x.Rest)
			require.GreaterOrEqual(t, x.Rest, money.Amount(0))
		}
		for _, m := range b.Months {
			require.Equal(t, given[place{m.Month, settlement.PartPensions}], m.PaidPensions)
			require.Equal(t, given[place{m.Month, settlement.PartSocial}], m.PaidSocial)
			require.LessOrEqual(t, m.PaidPensions, max(m.ForPensions, 0))
			require.LessOrEqual(t, m.PaidSocial, max(m.ForSocial, 0))
		}
		requireNothingIdle(t, b)
	})
}

// requireNothingIdle checks that no payment has a rest while a part that it may pay is
// unpaid.
func requireNothingIdle(t *rapid.T, b settlement.Balance) {
	for _, x := range b.Payments {
		for _, m := range b.Months {
			require.False(t, x.Rest > 0 && x.Kind != "social" && m.PaidPensions < m.ForPensions)
			require.False(t, x.Rest > 0 && x.Kind != "pension" && m.PaidSocial < m.ForSocial)
		}
	}
}

func TestPaymentsInAnyOrderOfRecordingPayTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyPayer(t)
		on := period.MustDate("2018-09-01")
		want := settlement.Of(p, noLaw, on)
		p.Payments = rapid.Permutation(p.Payments).Draw(t, "order")
		got := settlement.Of(p, noLaw, on)
		require.Equal(t, want.Months, got.Months)
		require.Equal(t, want.Totals, got.Totals)
	})
}
