package settlement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

const unp = "200988541"

// month is a month assessed with 35 for pension and 6 for social insurance per 100.
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
		place := a.Month.String()
		if a.For != settlement.ForContributions {
			place = a.For
		}
		list = append(list, place+" "+a.Fund+" "+a.Amount.String())
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
	b := settlement.Of(payer(quarter(), c.payments...), lawOf(t), period.MustDate("2018-12-01"))
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
		"oldest first, pension before social": {
			payments: []account.Payment{payment("a", "2018-02-10", "40.00", "", "")},
			want: map[string][]string{"a": {"2018-01 pension 29.00", "2018-01 social 6.00",
				"2018-02 pension 5.00"}},
		},
		"the named month first, the rest to the oldest": {
			payments: []account.Payment{payment("a", "2018-02-10", "40.00", "", "2018-03")},
			want: map[string][]string{"a": {"2018-03 pension 29.00", "2018-03 social 6.00",
				"2018-01 pension 5.00"}},
		},
		"within the kind": {
			payments: []account.Payment{
				payment("p", "2018-02-10", "30.00", "pension", ""),
				payment("s", "2018-02-10", "19.00", "social", "2018-02")},
			want: map[string][]string{
				"p": {"2018-01 pension 29.00", "2018-02 pension 1.00"},
				"s": {"2018-02 social 6.00", "2018-01 social 6.00", "2018-03 social 6.00"}},
			over: 1_00,
		},
	} {
		c.check(t, what)
	}
}

func TestAllocationOrder(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]allocated{
		"of one day, a payment for one fund comes before one for all": {
			payments: []account.Payment{
				payment("both", "2018-02-10", "29.00", "", ""),
				payment("p", "2018-02-10", "29.00", "pension", "")},
			want: map[string][]string{"p": {"2018-01 pension 29.00"},
				"both": {"2018-01 social 6.00", "2018-02 pension 23.00"}},
		},
		"of one day, a named month comes before the oldest": {
			payments: []account.Payment{
				payment("rest", "2018-02-10", "35.00", "", ""),
				payment("named", "2018-02-10", "35.00", "", "2018-01")},
			want: map[string][]string{
				"named": {"2018-01 pension 29.00", "2018-01 social 6.00"},
				"rest":  {"2018-02 pension 29.00", "2018-02 social 6.00"}},
		},
		"what is paid stays where it went": {
			payments: []account.Payment{
				payment("first", "2018-01-10", "35.00", "", ""),
				payment("named", "2018-02-10", "35.00", "", "2018-01")},
			want: map[string][]string{
				"first": {"2018-01 pension 29.00", "2018-01 social 6.00"},
				"named": {"2018-02 pension 29.00", "2018-02 social 6.00"}},
		},
		"the earlier value date first, whatever the order of recording": {
			payments: []account.Payment{
				payment("later", "2018-03-10", "35.00", "", ""),
				payment("earlier", "2018-02-10", "35.00", "", "")},
			want: map[string][]string{
				"earlier": {"2018-01 pension 29.00", "2018-01 social 6.00"},
				"later":   {"2018-02 pension 29.00", "2018-02 social 6.00"}},
		},
		"a month that is not assessed takes nothing": {
			payments: []account.Payment{payment("a", "2018-02-20", "106.00", "", "2019-01")},
			want: map[string][]string{"a": {
				"2018-01 pension 29.00", "2018-01 social 6.00", "2018-02 pension 29.00",
				"2018-02 social 6.00", "2018-03 pension 29.00", "2018-03 social 6.00"}},
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
	// 20 January 2018 is a Saturday.
	require.Equal(t, "2018-01-22", settlement.DueOn(lawOf(t), period.MustMonth("2017-12")).String())
	p := payer(quarter(), payment("a", "2018-02-10", "15.00", "", ""))
	for _, c := range []struct{ on, arrears, notDue string }{
		{"2018-02-09", "0.00", "105.00"}, // before the payment
		{"2018-02-20", "0.00", "90.00"},
		{"2018-02-21", "20.00", "70.00"},
		{"2018-03-21", "55.00", "35.00"},
		{"2018-04-20", "55.00", "35.00"},
		{"2018-04-21", "90.00", "0.00"},
	} {
		b := settlement.Of(p, lawOf(t), period.MustDate(c.on))
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
	b := settlement.Of(p, lawOf(t), period.MustDate("2018-03-21"))
	// 21.75 × 1 day × 36 % / 360 = 0.02175
	line := settlement.Line{From: period.MustDate("2018-03-21"),
		Until: period.MustDate("2018-03-21"), Days: 1, Base: 21_75, Divisor: 360, Amount: 2,
		Rate: money.MustParseRate("0.36")}
	require.Equal(t, []settlement.Month{{
		LiabilityAssessed: m.LiabilityAssessed, Total: 141_75,
		DueOn: period.MustDate("2018-03-20"), Unpaid: 21_75, Overdue: true, Position: 5,
		Parts: []settlement.Part{
			{Fund: "pension", Assessed: 117_45, Paid: 117_45},
			{Fund: "social", Assessed: 24_30, Paid: 2_55, Unpaid: 21_75, Penalty: 2,
				Lines: []settlement.Line{line}}},
		Awaiting: &settlement.Awaiting{Parameter: rules.NationalAverageWage,
			Month: period.MustMonth("2018-01"), Persons: 2, Earnings: 15_00, Of: m.Earnings},
	}}, b.Months)
	require.Equal(t, settlement.Totals{Sums: settlement.Sums{Assessed: 141_75, Paid: 120_00,
		Arrears: 21_75, Penalty: 2, PenaltyUnpaid: 2}, Awaiting: 1}, b.Totals)
}

func TestDemonstrationValuesShow(t *testing.T) {
	t.Parallel()
	law := account.NewLaw()
	require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: rules.NationalAverageWage,
		Value: "900.00", From: period.MustDate("2018-01-01"), Source: "invented", Demo: true}))
	on := period.MustDate("2018-12-01")
	require.False(t, settlement.Of(payer(quarter()), account.NewLaw(), on).Demo)
	b := settlement.Of(payer(quarter()), law, on)
	require.True(t, b.Demo)
	require.Equal(t, []bool{false, true, false},
		[]bool{b.Months[0].Demo, b.Months[1].Demo, b.Months[2].Demo})
}
