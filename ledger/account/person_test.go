package account_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

const (
	payerA = "200988541"
	payerB = "100000007"
)

var start = time.Date(2018, 4, 20, 9, 30, 0, 123_000, time.UTC)

func id(n byte) uuid.UUID { return uuid.UUID{15: n} }

func date(s string) period.Date { return period.MustDate(s) }

func month(s string) period.Month { return period.MustMonth(s) }

// at is the n-th event of a stream: position 10·(n+1), an hour after the one before.
func at(n int, p event.Payload) ledger.Event {
	return ledger.Event{NewEvent: event.New(uuid.UUID{}, ledger.Meta{}, p),
		Revision: ledger.Revision(n), Position: ledger.Position(10 * (n + 1)),
		RecordedAt: start.Add(time.Duration(n) * time.Hour)}
}

func foldPerson(payloads ...event.Payload) *account.Person {
	p := account.NewPerson(id(1))
	for n, x := range payloads {
		p.Apply(at(n, x), x)
	}
	return p
}

func sealed(n byte) seal.Sealed {
	return seal.Sealed{Commitment: ledger.Hash{n}, Box: []byte{n, n}}
}

func report(n byte, payer, category string, months ...event.MonthFact,
) *event.IndividualDataReported {
	return &event.IndividualDataReported{
		Slot: event.Slot{Payer: payer, Employment: id(n), Category: category, Year: 2018,
			Quarters: "1"},
		Version: 1, Receipt: "r1", DocNo: int(n), Months: months,
		Service: []event.ServicePeriod{{From: date("2018-01-01"), To: date("2018-03-31")}},
	}
}

func earned(m, sum string) event.MonthFact {
	return event.MonthFact{Month: month(m), Earnings: money.MustParse(sum)}
}

func TestPersonFold(t *testing.T) {
	t.Parallel()
	registered := &event.PersonRegistered{Payer: payerA, Provisional: true, Personal: sealed(1)}
	started := &event.EmploymentStarted{Employment: id(5), Payer: payerA,
		HiredOn: date("2018-01-01"), Contract: "01", ContractNo: "7",
		ContractDate: date("2017-12-31"), Form: "ПУ-2"}
	employment := account.Employment{ID: id(5), Payer: payerA, HiredOn: date("2018-01-01"),
		Contract: "01", ContractNo: "7", ContractDate: date("2017-12-31"), Form: "ПУ-2",
		RecordedAt: start.Add(time.Hour)}
	ended := employment
	ended.EndedOn, ended.EndReason = date("2018-03-31"), "1.35"
	facts := report(5, payerA, "01", earned("2018-01", "859.00"))

	for what, c := range map[string]struct {
		given []event.Payload
		want  account.Person
		slots []account.Slot
	}{
		"nothing": {want: account.Person{Revision: ledger.NoStream}},
		"registered": {
			given: []event.Payload{registered},
			want: account.Person{Revision: 0, Position: 10, Registered: true, Provisional: true,
				Personal: sealed(1)},
		},
		"personal data changed": {
			given: []event.Payload{registered,
				&event.PersonalDataChanged{Payer: payerA, Personal: sealed(2)}},
			want: account.Person{Revision: 1, Position: 20, Registered: true, Provisional: true,
				Personal: sealed(2)},
		},
		"hired": {
			given: []event.Payload{registered, started},
			want: account.Person{Revision: 1, Position: 20, Registered: true, Provisional: true,
				Personal: sealed(1), Employments: []account.Employment{employment}},
		},
		"dismissed": {
			given: []event.Payload{registered, started, &event.EmploymentEnded{
				Employment: id(5), EndedOn: date("2018-03-31"), Reason: "1.35"}},
			want: account.Person{Revision: 2, Position: 30, Registered: true, Provisional: true,
				Personal: sealed(1), Employments: []account.Employment{ended}},
		},
		"reported": {
			given: []event.Payload{registered, facts},
			want: account.Person{Revision: 1, Position: 20, Registered: true, Provisional: true,
				Personal: sealed(1)},
			slots: []account.Slot{{Slot: facts.Slot, Version: 1,
				Receipt: "r1", DocNo: 5, RecordedAt: start.Add(time.Hour), Position: 20,
				Months: facts.Months, Service: facts.Service}},
		},
	} {
		c.want.ID = id(1)
		c.want.Suppose(c.slots...)
		require.Equal(t, &c.want, foldPerson(c.given...), what)
	}
}

func TestPersonRefusesOtherStreams(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(id(1))
	payload := &event.PayerDeregistered{}
	require.PanicsWithValue(t,
		"account: payer.deregistered.v1 does not belong into a person's stream",
		func() { p.Apply(at(0, payload), payload) })
}

func TestPersonEmployment(t *testing.T) {
	t.Parallel()
	p := foldPerson(&event.EmploymentStarted{Employment: id(5), Payer: payerA})
	e, ok := p.Employment(id(5))
	require.True(t, ok)
	require.Equal(t, payerA, e.Payer)
	_, ok = p.Employment(id(6))
	require.False(t, ok)
}

func TestEarningsAtAddsUpContractsOfAPayer(t *testing.T) {
	t.Parallel()
	p := foldPerson(
		report(1, payerA, "01", earned("2018-01", "100.00"), earned("2018-02", "0.00")),
		report(2, payerA, "03", earned("2018-01", "20.00")),
		report(3, payerA, account.CategorySelfEmployed, earned("2018-01", "3.00")),
		report(4, payerB, "01", earned("2018-01", "0.40")),
	)
	for _, c := range []struct {
		payer, month string
		own          bool
		want         string
		known        bool
	}{
		{payerA, "2018-01", false, "120.00", true},
		{payerA, "2018-01", true, "3.00", true},
		{payerA, "2018-02", false, "0.00", true},
		{payerA, "2018-02", true, "0.00", false},
		{payerA, "2018-03", false, "0.00", false},
		{payerB, "2018-01", false, "0.40", true},
		{"300000000", "2018-01", false, "0.00", false},
	} {
		sum, known := p.EarningsAt(c.payer, month(c.month), c.own)
		require.Equal(t, c.want, sum.String(), "%+v", c)
		require.Equal(t, c.known, known, "%+v", c)
	}
}

// TestPersonCloneIsIndependent: what a dry run does to a clone leaves the original.
func TestPersonCloneIsIndependent(t *testing.T) {
	t.Parallel()
	p := foldPerson(&event.PersonRegistered{Personal: sealed(1)},
		&event.EmploymentStarted{Employment: id(5), Payer: payerA},
		report(1, payerA, "01", earned("2018-01", "100.00")))
	before := snapshot(p)
	q := p.Clone()
	require.Equal(t, p, q)
	for n, x := range []event.Payload{
		&event.PersonalDataChanged{Personal: sealed(2)},
		&event.EmploymentEnded{Employment: id(5), EndedOn: date("2018-03-31"), Reason: "1.35"},
		&event.EmploymentStarted{Employment: id(6), Payer: payerB},
		report(2, payerB, "01", earned("2018-01", "1.00")),
	} {
		q.Apply(at(3+n, x), x)
	}
	require.Equal(t, before, snapshot(p))

	after := snapshot(q)
	x := &event.EmploymentEnded{Employment: id(5), EndedOn: date("2018-02-28"), Reason: "1.1"}
	p.Apply(at(3, x), x)
	require.Equal(t, after, snapshot(q), "nor the other way round")
}

// state is what the snapshots of folds have in common.
type state interface{ Fields(*ledger.Codec) }

func snapshot(s state) []byte {
	c := ledger.NewEncoder(nil)
	s.Fields(c)
	return c.Encoded()
}

// requireSnapshot takes a snapshot of a state and reads it into an empty one. An empty
// box and no box are one in the snapshot.
func requireSnapshot(t require.TestingT, s, empty state) {
	stored := snapshot(s)
	c := ledger.NewDecoder(stored)
	empty.Fields(c)
	require.NoError(t, c.Finish())
	require.Empty(t, cmp.Diff(s, empty, cmpopts.EquateEmpty(),
		cmpopts.IgnoreUnexported(account.Person{})))
	if p, ok := s.(*account.Person); ok {
		require.Empty(t, cmp.Diff(p.Slots(), empty.(*account.Person).Slots(), cmpopts.EquateEmpty()))
	}
	require.Equal(t, stored, snapshot(empty))
}
