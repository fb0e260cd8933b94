package account

import (
	"slices"
	"strings"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Attributes of tariffs and of categories of insured persons for which an employer pays at
// other than the general rates, and the kinds of payers that may use such a tariff.
const (
	AttributeEmployerPension = "employer_pension_rate"
	AttributeEmployerSocial  = "employer_social_rate"
	AttributePayers          = "payers"
)

// categoryPrefix marks a tariff that follows from the category of the insured person.
const categoryPrefix = "category "

// reducedEntries lists the entries of a code list that have rates of their own; they are
// few, and asked for with every month that is reported.
func reducedEntries(list []event.ClassifierEntry) (places []int) {
	for i, e := range list {
		if e.Attribute(AttributeEmployerPension) != "" || e.Attribute(AttributeEmployerSocial) != "" {
			places = append(places, i)
		}
	}
	return places
}

// MonthTariffs are the tariffs of a month at which an employer pays other than the general
// rates: looked up once for all that is reported of the month.
type MonthTariffs struct {
	month               period.Month
	tariffs, categories *classifier // nil where none has rates of its own
}

// TariffsOf gives the tariffs of a month.
func (l *Law) TariffsOf(month period.Month) MonthTariffs {
	of := func(list string) *classifier {
		c := l.in(list, month.First())
		if c == nil || len(c.reduced) == 0 {
			return nil
		}
		return c
	}
	return MonthTariffs{month, of(ClassifierTariff), of(ClassifierCategory)}
}

// Employer names the tariff by which a payer of a kind pays on earnings of the month that are
// reported in a category under a tariff code: empty for the general one, also where the kind
// may not use the code. A code with rates of its own goes before a category. An empty kind
// may use all: a person's account does not know of what kind its payers are.
func (t *MonthTariffs) Employer(kind, category, tariff string) string {
	on := t.month.First()
	if e := t.tariffs.reducedEntry(tariff, on); e != nil && MayUse(*e, kind) {
		return tariff
	}
	if e := t.categories.reducedEntry(category, on); e != nil && MayUse(*e, kind) {
		return categoryPrefix + category
	}
	return ""
}

// MayUse tells whether payers of a kind may use a tariff.
func MayUse(e event.ClassifierEntry, kind string) bool {
	kinds := e.Attribute(AttributePayers)
	return kinds == "" || kind == "" || slices.Contains(strings.Split(kinds, ","), kind)
}

// reducedEntry finds an entry with rates of its own that holds on a day.
func (c *classifier) reducedEntry(code string, on period.Date) *event.ClassifierEntry {
	if c == nil {
		return nil
	}
	for _, i := range c.reduced {
		if e := &c.Entries[i]; e.Code == code && holds(*e, on) {
			return e
		}
	}
	return nil
}

// EmployerRates gives the rates of a tariff that MonthTariffs has named. A rate that the
// code list does not give is the general one of the terms.
func (l *Law) EmployerRates(tariff string, terms *rules.Terms) rules.EmployerRates {
	rates := rules.EmployerRates{Pension: terms.EmployerPensionRate,
		Social: terms.EmployerSocialRate}
	list := ClassifierTariff
	category, ok := strings.CutPrefix(tariff, categoryPrefix)
	if ok {
		list, tariff = ClassifierCategory, category
	}
	on := terms.Month.First()
	e := l.in(list, on).reducedEntry(tariff, on)
	if e == nil {
		return rates
	}
	if r, err := money.ParseRate(e.Attribute(AttributeEmployerPension)); err == nil {
		rates.Pension = r
	}
	if r, err := money.ParseRate(e.Attribute(AttributeEmployerSocial)); err == nil {
		rates.Social = r
	}
	return rates
}

// AddReduced adds to sums what of a payer's month's facts has a tariff of its own. Sums are sorted
// by tariff.
func (l *Law) AddReduced(sums []event.TariffSum, kind, category string,
	facts []event.MonthFact, month period.Month) []event.TariffSum {
	t := l.TariffsOf(month)
	return t.AddAll(sums, kind, category, facts)
}

// AddAll is Add for all facts of a form slot.
func (t *MonthTariffs) AddAll(sums []event.TariffSum, kind, category string,
	facts []event.MonthFact) []event.TariffSum {
	for i := range facts {
		sums = t.Add(sums, kind, category, &facts[i])
	}
	return sums
}

// Add adds to sums the earnings of a fact, if it is of the month and has a tariff of its own.
func (t *MonthTariffs) Add(sums []event.TariffSum, kind, category string,
	m *event.MonthFact) []event.TariffSum {
	if m.Month != t.month || category == CategorySelfEmployed {
		return sums
	}
	if tariff := t.Employer(kind, category, m.Tariff); tariff != "" {
		sums = addTariff(sums, tariff, m.Earnings)
	}
	return sums
}

func addTariff(sums []event.TariffSum, tariff string, earnings money.Amount) []event.TariffSum {
	i, found := slices.BinarySearchFunc(sums, tariff,
		func(s event.TariffSum, t string) int { return strings.Compare(s.Tariff, t) })
	if !found {
		sums = slices.Insert(sums, i, event.TariffSum{Tariff: tariff})
	}
	sums[i].Earnings += earnings
	return sums
}

// ReducedBeside gives what a payer has reported of a month at tariffs of their own, without
// what the slot says.
func (p *Person) ReducedBeside(l *Law, kind string, slot event.Slot, month period.Month,
) (sums []event.TariffSum) {
	slots := p.SlotsOf(month.Year())
	for i := range slots {
		if s := &slots[i]; s.Payer == slot.Payer && s.Slot != slot {
			sums = l.AddReduced(sums, kind, s.Category, s.Months, month)
		}
	}
	return sums
}

// ReducedAt gives what a payer has reported of a month at tariffs of their own.
func (p *Person) ReducedAt(l *Law, kind, payer string, month period.Month) []event.TariffSum {
	return p.ReducedBeside(l, kind, event.Slot{Payer: payer}, month)
}

// JoinReduced adds what is reported of one person to what is reported of another.
func JoinReduced(one, other []event.TariffSum) []event.TariffSum {
	sums := slices.Clone(one)
	for _, s := range other {
		sums = addTariff(sums, s.Tariff, s.Earnings)
	}
	return sums
}
