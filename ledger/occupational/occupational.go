// Package occupational answers what is in the occupational part of an insured person's
// account: what was credited for each month of work in special conditions, the yield of each
// year, what pensions have been paid of it, and what is left.
//
// It is a pure view over the fold of a person. A contribution is credited as it is assessed
// on a ПУ-6, whether the payer has paid it or not: what it owes is in package settlement.
package occupational

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Account is the occupational part on a day: months that ended before it, years that ended
// before it, and pensions paid up to it.
type Account struct {
	On      period.Date `json:"on"`
	Months  []Month     `json:"months"` // by month and payer
	Years   []Year      `json:"years"`
	Service Service     `json:"service"`
	// Credited is all contributions and Yields all yields; Consumed was paid out as pension.
	Credited money.Amount `json:"credited"`
	Yields   money.Amount `json:"yields"`
	Consumed money.Amount `json:"consumed"`
	Balance  money.Amount `json:"balance"` // Credited + Yields − Consumed, never below zero
	Pensions []Pension    `json:"pensions"`
}

// Month is what one ПУ-6 credits for a month.
type Month struct {
	event.OccupationalMonth
	Payer    string          `json:"payer"`
	Version  int             `json:"version"`
	Receipt  string          `json:"receipt"`
	DocNo    int             `json:"document"`
	Position ledger.Position `json:"position"`
}

// Year is the balance of a calendar year.
type Year struct {
	Year     int          `json:"year"`
	Opening  money.Amount `json:"opening"`
	Credited money.Amount `json:"credited"`
	// Base, Coefficient and Yield are those of the year's ДПЧ; zero until it is credited.
	Base        money.Amount `json:"base"`
	Coefficient money.Rate   `json:"coefficient"`
	Yield       money.Amount `json:"yield"`
	Consumed    money.Amount `json:"consumed"`
	Closing     money.Amount `json:"closing"`
}

// Service is how long the person has worked in special conditions.
type Service struct {
	Length    rules.Duration    `json:"length"`
	Intervals []period.Interval `json:"intervals"`
}

// Pension is a pension that is paid of this part.
type Pension struct {
	Case   string       `json:"case"`
	Kind   string       `json:"kind"`
	From   period.Date  `json:"from"`
	Until  period.Date  `json:"until,omitzero"`
	Amount money.Amount `json:"amount"` // of the day, or the last one
	Paid   money.Amount `json:"paid"`
}

// Of gives the occupational part on a day.
func Of(p *account.Person, law *account.Law, on period.Date) Account {
	a := Account{On: on, Months: months(p, on), Years: []Year{}, Pensions: []Pension{},
		Service: serviceOf(p, on)}
	for _, m := range a.Months {
		a.Credited += m.Credited
		a.year(m.Month.Year()).Credited += m.Credited
	}
	for _, y := range p.Yields {
		if y.Year < on.Year() {
			a.Yields += y.Amount
			x := a.year(y.Year)
			x.Base, x.Coefficient, x.Yield = y.Base, y.Coefficient, y.Amount
		}
	}
	for i := range p.Cases {
		if x := &p.Cases[i]; PaidOf(law, x) {
			a.pay(x)
		}
	}
	a.close()
	return a
}

// months gives what is in force of the months that ended before the day.
func months(p *account.Person, on period.Date) []Month {
	list := []Month{}
	for i := range p.Occupational {
		s := &p.Occupational[i]
		for _, m := range s.Months {
			if m.Month.Last() < on {
				list = append(list, Month{m, s.Payer, s.Version, s.Receipt, s.DocNo, s.Position})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Month) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Payer, b.Payer))
	})
	return list
}

// serviceOf measures the days of work in special conditions before the day, each once.
func serviceOf(p *account.Person, on period.Date) Service {
	var runs []period.Interval
	for i := range p.Occupational {
		for _, s := range p.Occupational[i].Service {
			if s.From < on {
				runs = append(runs, period.Interval{From: s.From,
					To: min(s.To, on.AddDays(-1))})
			}
		}
	}
	merged := rules.Merge(runs)
	if merged == nil {
		merged = []period.Interval{}
	}
	return Service{rules.MeasureMerged(merged), merged}
}

// PaidOf tells whether a case is a pension that is paid of this part.
func PaidOf(law *account.Law, x *account.Case) bool {
	return (x.State == account.CaseAwarded || x.State == account.CaseTerminated) &&
		law.OccupationalPension(x)
}

// pay adds what a pension has paid: a month's amount on each monthly day from its first.
func (a *Account) pay(x *account.Case) {
	pension := Pension{Case: x.ID.String(), Kind: x.Kind, From: x.Award.From,
		Until: x.LastDay()}
	for n := 0; ; n++ {
		day := x.Award.From.AddMonths(n)
		amount, ok := x.AmountOn(day)
		if day > a.On || !ok {
			break
		}
		amount = min(amount, a.Credited+a.Yields-a.Consumed)
		pension.Amount, _ = x.AmountOn(day)
		pension.Paid += amount
		a.Consumed += amount
		a.year(day.Year()).Consumed += amount
	}
	a.Pensions = append(a.Pensions, pension)
}

// year makes room for a calendar year.
func (a *Account) year(year int) *Year {
	i, found := slices.BinarySearchFunc(a.Years, year,
		func(y Year, year int) int { return y.Year - year })
	if !found {
		a.Years = slices.Insert(a.Years, i, Year{Year: year})
	}
	return &a.Years[i]
}

// close carries the balances from year to year.
func (a *Account) close() {
	var balance money.Amount
	for i := range a.Years {
		y := &a.Years[i]
		y.Opening = balance
		balance += y.Credited + y.Yield - y.Consumed
		y.Closing = balance
	}
	a.Balance = max(0, a.Credited+a.Yields-a.Consumed)
}

// YieldOf gives the yield of a year that is due to a person by what is recorded now, rule
// OP-2; due is false for an account without anything in it, and for a year in which a pension
// is paid of it: its amount is fixed then. The error is a *rules.MissingParameterError.
func YieldOf(p *account.Person, law *account.Law, year int) (y rules.Yield, due bool, err error) {
	if len(p.Occupational) == 0 {
		return y, false, nil
	}
	first, _ := period.NewMonth(year, 1)
	end := first.Add(12).First()
	a := Of(p, law, end)
	in := rules.YieldInput{Year: year}
	for _, x := range a.Years {
		if x.Year < year {
			in.Opening = x.Closing
		}
	}
	for _, m := range a.Months {
		if m.Month.Year() == year {
			in.Months = append(in.Months, rules.MonthCredit{Month: m.Month, Amount: m.Credited})
		}
	}
	for _, x := range a.Pensions {
		if x.From < end && (x.Until.IsZero() || x.Until >= first.First()) {
			return y, false, nil
		}
	}
	if in.Opening <= 0 && len(in.Months) == 0 {
		return y, false, nil
	}
	in.Opening = max(0, in.Opening)
	y, err = rules.OP2(law.Parameters, in, nil)
	return y, err == nil, err
}
