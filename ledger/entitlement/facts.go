package entitlement

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// CoverageFact is what coverage the account shows before the day that the benefit is asked
// from, with the intervals and the reports they come from.
type CoverageFact struct {
	Before    period.Date       `json:"before"`
	Total     coverage.Part     `json:"total"`
	Paid      coverage.Part     `json:"paid"`
	Hazardous []HazardousPeriod `json:"hazardous"`
	// List1 is coverage of work of list 1, Lists of both lists together.
	List1 rules.Duration `json:"hazardous_list_1"`
	Lists rules.Duration `json:"hazardous_lists"`
}

// HazardousPeriod is a run of days of work of a list.
type HazardousPeriod struct {
	period.Interval
	List     string          `json:"list"` // 1 or 2
	Position ledger.Position `json:"position"`
}

// EarningsFact is an average of earnings that the account shows.
type EarningsFact struct {
	// Field is the rule's field that it fills.
	Field string       `json:"field"`
	From  period.Month `json:"from"`
	To    period.Month `json:"to"`
	// Sum is all earnings of the months, Divisor the months with a report or the calendar
	// days, Average the quotient rounded half-up to the kopeck.
	Sum     money.Amount    `json:"sum"`
	Divisor int             `json:"divisor"`
	Unit    string          `json:"unit"` // months or days
	Average money.Amount    `json:"average"`
	Months  []MonthEarnings `json:"months"`
}

// MonthEarnings is one reported month.
type MonthEarnings struct {
	Month    period.Month    `json:"month"`
	Payer    string          `json:"payer"`
	Earnings money.Amount    `json:"earnings"`
	Receipt  string          `json:"receipt"`
	Document int             `json:"document"`
	Position ledger.Position `json:"position"`
}

// coverageOf establishes coverage up to the day before.
func coverageOf(p *account.Person, law *account.Law, day period.Date) *CoverageFact {
	c := coverage.Of(p, law, day.AddDays(-1))
	f := &CoverageFact{Before: day, Total: c.Total, Paid: c.Paid, Hazardous: []HazardousPeriod{}}
	var list1, lists []period.Interval
	for _, interval := range c.Total.Intervals {
		for _, s := range interval.Sources {
			list := hazardousList(law, s)
			if list == "" {
				continue
			}
			f.Hazardous = append(f.Hazardous, HazardousPeriod{s.Interval, list, s.Position})
			lists = append(lists, s.Interval)
			if list == "1" {
				list1 = append(list1, s.Interval)
			}
		}
	}
	f.List1, f.Lists = rules.MeasureMerged(rules.Merge(list1)),
		rules.MeasureMerged(rules.Merge(lists))
	return f
}

// hazardousList tells of which list a source of coverage is, by the classifiers.
func hazardousList(law *account.Law, s coverage.Source) string {
	classifier, code := account.ClassifierActivity, s.Activity
	if s.Kind != "" {
		classifier, code = account.ClassifierSpecial, s.Kind
	}
	if code == "" {
		return ""
	}
	entry, _ := law.Code(classifier, code, s.From)
	return entry.Attribute(account.AttributeHazardous)
}

// earningsOf averages the reported earnings of the months from first to last. The divisor
// is the number of months with a report, or the days of all the months.
func earningsOf(p *account.Person, field string, first, last period.Month, days bool,
) *EarningsFact {
	f := &EarningsFact{Field: field, From: first, To: last, Unit: "months",
		Months: []MonthEarnings{}}
	slots := p.Slots()
	for i := range slots {
		s := &slots[i]
		for _, m := range s.Months {
			if m.Month < first || m.Month > last {
				continue
			}
			f.Sum += m.Earnings
			f.Months = append(f.Months, MonthEarnings{Month: m.Month, Payer: s.Payer,
				Earnings: m.Earnings, Receipt: s.Receipt, Document: s.DocNo,
				Position: s.Position})
		}
	}
	slices.SortStableFunc(f.Months, func(a, b MonthEarnings) int {
		return cmp.Compare(a.Month, b.Month)
	})
	seen := period.Month(0)
	for _, m := range f.Months {
		if m.Month != seen {
			seen = m.Month
			f.Divisor++
		}
	}
	if days && len(f.Months) > 0 {
		f.Unit, f.Divisor = "days", first.First().DaysUntil(last.Add(1).First())
	}
	if f.Divisor > 0 {
		f.Average = money.RoundHalfUp(big.NewRat(int64(f.Sum), 100*int64(f.Divisor)))
	}
	return f
}

// firstReported is the first month that anybody reported earnings of; zero for none.
func firstReported(p *account.Person) (first period.Month) {
	slots := p.Slots()
	for i := range slots {
		for _, m := range slots[i].Months {
			if first.IsZero() || m.Month < first {
				first = m.Month
			}
		}
	}
	return first
}

func sexOf(letter string) string {
	switch letter {
	case "М":
		return "male"
	case "Ж":
		return "female"
	}
	return ""
}

func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic("entitlement: a fact cannot be written: " + err.Error())
	}
	return text
}
