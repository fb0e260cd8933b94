package entitlement

import (
	"math/big"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// reportsOverdueMonths is how long ago the last reported month may lie so that the work is
// taken to have gone on: a quarter, and the time to report it.
const reportsOverdueMonths = 6

// workFrom is the first day of assumed work: of the month after the last reported one, or,
// when that is long ago, of the month after today's.
func workFrom(p *account.Person, today period.Date) period.Date {
	next := today.Month().Add(1)
	if last := lastReported(p); !last.IsZero() && last.Add(reportsOverdueMonths) >= today.Month() {
		next = last.Add(1)
	}
	return next.First()
}

// lastReported is the last month that anybody reported earnings of; zero for none.
func lastReported(p *account.Person) (last period.Month) {
	slots := p.Slots()
	for i := range slots {
		for _, m := range slots[i].Months {
			last = max(last, m.Month)
		}
	}
	return last
}

// categoryLabour is the contribution category of an employment contract.
const categoryLabour = "01"

// assumedWork makes the report of a time at so much a month.
func assumedWork(from, to period.Date, earnings money.Amount) account.Slot {
	s := account.Slot{Slot: event.Slot{Category: categoryLabour, Year: from.Year()},
		Receipt: AssumedReceipt, Service: []event.ServicePeriod{{From: from, To: to}}}
	for month := from.Month(); month <= to.Month(); month = month.Add(1) {
		first, last := max(from, month.First()), min(to, month.Last())
		days, all := first.DaysUntil(last)+1, month.First().DaysUntil(month.Last())+1
		s.Months = append(s.Months, event.MonthFact{Month: month,
			Earnings: money.RoundHalfUp(big.NewRat(int64(earnings)*int64(days),
				100*int64(all)))})
	}
	return s
}

func assumedPeriod(c Confirmed) account.SpecialPeriod {
	return account.SpecialPeriod{SpecialPeriodRecorded: event.SpecialPeriodRecorded{
		Kind: c.Kind, From: c.From, To: c.To}}
}
