package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

func foldPayer(payloads ...event.Payload) *account.Payer {
	p := account.NewPayer(payerA)
	for n, x := range payloads {
		p.Apply(at(n, x), x)
	}
	return p
}

var registration = &event.PayerRegistered{UNP: payerA, FundNo: "101000123", Name: "Пример",
	Kind: "employer", Office: "101", Since: date("2003-01-01")}

func assessed(m string, pension money.Amount) *event.LiabilityAssessed {
	return &event.LiabilityAssessed{Month: month(m), Persons: 1, Pension: pension}
}

func waiting(m string, list ...event.PersonEarnings) *event.LiabilityAwaitsParameter {
	return &event.LiabilityAwaitsParameter{Month: month(m), Parameter: "national_average_wage",
		For: month(m).Add(-1), Earnings: list}
}

func TestPayerFold(t *testing.T) {
	t.Parallel()
	p := foldPayer(registration)
	require.Equal(t, &account.Payer{UNP: payerA, Revision: 0, Position: 10, Entries: 1, Registered: true,
		FundNo: "101000123", Name: "Пример", Kind: "employer", Office: "101",
		Since: date("2003-01-01"), Reporting: account.Reporting{
			RegisteredAt: at(0, registration).RecordedAt}}, p)

	p = foldPayer(registration, assessed("2018-03", 3), assessed("2018-01", 1),
		assessed("2018-02", 2), assessed("2018-01", 10))
	require.Equal(t, []account.LiabilityMonth{
		{LiabilityAssessed: *assessed("2018-01", 10), RecordedAt: start.Add(4 * time.Hour),
			Position: 50},
		{LiabilityAssessed: *assessed("2018-02", 2), RecordedAt: start.Add(3 * time.Hour),
			Position: 40},
		{LiabilityAssessed: *assessed("2018-03", 3), RecordedAt: start.Add(time.Hour),
			Position: 20},
	}, p.Months, "ascending, the last assessment of a month counts")
	require.EqualValues(t, 15, p.Assessed())
	require.Equal(t, ledger.Position(50), p.Position)

	m, ok := p.Month(month("2018-02"))
	require.True(t, ok)
	require.EqualValues(t, 2, m.Pension)
	_, ok = p.Month(month("2018-04"))
	require.False(t, ok)
}

func TestPayerMonthWaitsForAParameter(t *testing.T) {
	t.Parallel()
	first := event.PersonEarnings{Person: id(1), Earnings: 100}
	own := event.PersonEarnings{Person: id(1), Earnings: 30, SelfEmployed: true}
	second := event.PersonEarnings{Person: id(2), Earnings: 200}
	corrected := event.PersonEarnings{Person: id(1), Earnings: 150}

	p := foldPayer(assessed("2018-02", 7), waiting("2018-02", first, own),
		waiting("2018-02", second, corrected))
	m, ok := p.Month(month("2018-02"))
	require.True(t, ok)
	require.EqualValues(t, 7, m.Pension, "what is assessed stays")
	require.Equal(t, "national_average_wage", m.Awaits)
	require.Equal(t, month("2018-01"), m.AwaitsFor)
	require.Equal(t, []event.PersonEarnings{corrected, own, second}, m.Earnings)
	require.Equal(t, ledger.Position(30), m.Position)

	done := assessed("2018-02", 9)
	p.Apply(at(3, done), done)
	m, _ = p.Month(month("2018-02"))
	require.Equal(t, account.LiabilityMonth{LiabilityAssessed: *done,
		RecordedAt: start.Add(3 * time.Hour), Position: 40}, m, "nothing waits any more")
}

func TestPayerPayments(t *testing.T) {
	t.Parallel()
	a := &event.PaymentReceived{BankRef: "a", Amount: 100, ValueDate: date("2018-02-20")}
	b := &event.PaymentReceived{BankRef: "b", Amount: 20, ValueDate: date("2018-02-19")}
	p := foldPayer(registration, a, b)
	require.Equal(t, []account.Payment{
		{PaymentReceived: *a, RecordedAt: start.Add(time.Hour), Position: 20},
		{PaymentReceived: *b, RecordedAt: start.Add(2 * time.Hour), Position: 30}}, p.Payments)
	require.EqualValues(t, 120, p.Paid())
	require.True(t, p.HasPayment("b"))
	require.False(t, p.HasPayment("c"))
}

func TestPayerIsActiveFromItsFirstDayToTheDayOfDeregistration(t *testing.T) {
	t.Parallel()
	require.False(t, foldPayer().ActiveOn(date("2018-01-01")))
	p := foldPayer(registration)
	require.False(t, p.ActiveOn(date("2002-12-31")))
	require.True(t, p.ActiveOn(date("2003-01-01")))
	require.True(t, p.ActiveOn(date("2030-01-01")))
	p = foldPayer(registration, &event.PayerDeregistered{On: date("2020-06-30")})
	require.True(t, p.ActiveOn(date("2020-06-29")))
	require.False(t, p.ActiveOn(date("2020-06-30")))
}

// TestPayerKnowsItsWholeStream: each of the two folds takes every event of the stream,
// and moves on by it, and none of another stream.
func TestPayerKnowsItsWholeStream(t *testing.T) {
	t.Parallel()
	received := &event.FilingReceived{Filing: id(3)}
	for _, x := range []event.Payload{
		registration, &event.PayerDeregistered{}, assessed("2018-01", 1), waiting("2018-01"),
		&event.PaymentReceived{}, &event.DocumentsPosted{Filing: id(3)},
		&event.DocumentParked{Filing: id(3)}, &event.ParkedDocumentReleased{Filing: id(3)},
		&event.ParkedDocumentExpired{Filing: id(3)}, &event.FilingProcessed{Filing: id(3)},
		&event.PaymentReturned{}, &event.PaymentSuspended{}, &event.SuspendedPaymentMatched{},
		&event.BenefitExpenseClaimed{}, &event.BenefitExpenseRefused{},
		&event.OverpaymentOffset{}, &event.RefundRequested{}, &event.RefundProposed{},
		&event.RefundPaid{}, &event.DefermentProposed{}, &event.DefermentRevoked{},
		&event.PenaltyWaiverProposed{}, &event.ProposalApproved{}, &event.ProposalDeclined{},
	} {
		p, s := account.NewPayer(payerA), account.NewFilings()
		p.Apply(at(0, received), received)
		s.Apply(at(0, received), received)
		p.Apply(at(1, x), x)
		s.Apply(at(1, x), x)
		require.EqualValues(t, 1, p.Revision, x.EventType())
		require.EqualValues(t, 1, s.Revision, x.EventType())
	}
	other := &event.EmploymentEnded{}
	require.Panics(t, func() { account.NewPayer(payerA).Apply(at(0, other), other) })
	require.Panics(t, func() { account.NewFilings().Apply(at(0, other), other) })
}

func TestPayerCloneIsIndependent(t *testing.T) {
	t.Parallel()
	p := foldPayer(registration, assessed("2018-02", 7),
		waiting("2018-02", event.PersonEarnings{Person: id(1), Earnings: 100}),
		&event.PaymentReceived{BankRef: "a", Amount: 100})
	before := snapshot(p)
	q := p.Clone()
	require.Equal(t, p, q)
	for n, x := range []event.Payload{
		waiting("2018-02", event.PersonEarnings{Person: id(1), Earnings: 999},
			event.PersonEarnings{Person: id(2), Earnings: 1}),
		assessed("2018-01", 1), assessed("2018-02", 2),
		&event.PaymentReceived{BankRef: "b", Amount: 1}, &event.PayerDeregistered{Cause: "x"},
	} {
		q.Apply(at(4+n, x), x)
		require.Equal(t, before, snapshot(p), x.EventType())
	}
}
