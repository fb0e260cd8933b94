package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// usualSlot is a report of a quarter in which nothing is out of the ordinary.
func usualSlot(e *account.Employment, quarter int) account.Slot {
	first := period.MustMonth("2017-01").Add(3 * quarter)
	s := account.Slot{
		Slot: event.Slot{Payer: e.Payer, Employment: e.ID, Category: e.Contract,
			Year: first.Year(), Quarters: string(rune('0' + first.Quarter()))},
		Version: 1, Receipt: "R-000001", DocNo: 7, Position: ledger.Position(1000 * quarter),
		RecordedAt: time.UnixMicro(1_500_000_000_000_000 + int64(quarter)).UTC(),
		Service:    []event.ServicePeriod{{From: first.First(), To: first.Add(2).Last()}}}
	for m := range 3 {
		s.Months = append(s.Months, event.MonthFact{Month: first.Add(m), Earnings: 150_000,
			Contributions: 1_500, Paid: 1_500, Tariff: "1"})
	}
	return s
}

// anySlot is a usual slot with some of it changed.
func anySlot(t *rapid.T, jobs []account.Employment) account.Slot {
	s := usualSlot(&jobs[rapid.IntRange(0, len(jobs)-1).Draw(t, "job")],
		rapid.IntRange(0, 400).Draw(t, "quarter"))
	month := func(change func(*event.MonthFact)) func() {
		return func() {
			for i := range s.Months[min(1, len(s.Months)):] { // all but the first
				change(&s.Months[i+1])
			}
		}
	}
	service := func(change func(*event.ServicePeriod)) func() {
		return func() {
			for i := range s.Service {
				change(&s.Service[i])
			}
		}
	}
	changes := []func(){
		func() { s.Payer = "999999999" },
		func() { s.Employment = id(9) },
		func() { s.Category = rapid.SampledFrom([]string{"", "02"}).Draw(t, "category") },
		func() { s.ContractNo = "7/1" },
		func() { s.Year = rapid.SampledFrom([]int{0, -1, 12_000}).Draw(t, "year") },
		func() { s.Quarters = rapid.SampledFrom([]string{"", "12", "5"}).Draw(t, "quarters") },
		func() { s.Version = rapid.IntRange(0, 3).Draw(t, "version") },
		func() { s.ForPension = true },
		func() { s.RecordedAt = time.Time{} },
		func() { s.Months = s.Months[:min(len(s.Months), rapid.IntRange(0, 2).Draw(t, "months"))] },
		month(func(m *event.MonthFact) { m.Month++ }),
		month(func(m *event.MonthFact) { m.Tariff = "" }),
		month(func(m *event.MonthFact) { m.Paid = money.Amount(rapid.Int64().Draw(t, "paid")) }),
		month(func(m *event.MonthFact) { m.Benefits = 1 }),
		func() { s.Service = nil },
		service(func(x *event.ServicePeriod) { x.To-- }),
		service(func(x *event.ServicePeriod) { x.Occupation = "ЗП12" }),
		func() { s.Service = append(s.Service, s.Service...) },
		func() { s.Former = []account.Version{{Version: 1, Months: slices.Clone(s.Months)}} },
		func() { s.Account = id(8) },
	}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		changes[rapid.IntRange(0, len(changes)-1).Draw(t, "change")]()
	}
	return s
}

func anyEmployed(t *rapid.T) *account.Person {
	p := account.NewPerson(id(1))
	p.Employments = []account.Employment{{ID: id(2), Payer: payerA, Contract: "01"},
		{ID: id(3), Payer: payerA, Contract: "02"}}
	for range rapid.IntRange(0, 4).Draw(t, "slots") {
		p.Suppose(anySlot(t, p.Employments))
	}
	return p
}

func TestSlotsComeBackFromTheState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		requireSnapshot(t, anyEmployed(t), new(account.Person))
	})
}

// A state has one form: bytes that are read at all are those that are written.
func TestNoOtherFormOfAStateIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := snapshot(anyEmployed(t))
		at := rapid.IntRange(0, len(state)-1).Draw(t, "at")
		state[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		c := ledger.NewDecoder(state)
		read := new(account.Person)
		if read.Fields(c); c.Finish() == nil {
			require.Equal(t, state, snapshot(read))
		}
	})
}

func TestAUsualSlotIsShort(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(id(1))
	p.Employments = []account.Employment{{ID: id(2), Payer: payerA, Contract: "01"}}
	for q := range 41 { // one of a new year
		p.Suppose(usualSlot(&p.Employments[0], q))
	}
	before := len(snapshot(p))
	p.Suppose(usualSlot(&p.Employments[0], 41))
	require.Less(t, len(snapshot(p))-before, 40)
}
