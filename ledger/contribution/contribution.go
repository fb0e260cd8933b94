// Package contribution answers what contributions follow from an insured person's reported
// earnings: by month and payer, split by what they pay for, by the law of the month.
//
// It gives the person's share (CO-1 to CO-5). What a payer owes is assessed on the payer's
// totals (CO-7) and may differ from the sum of the shares by kopecks.
package contribution

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Contribution is what follows from a person's earnings of a month with one payer, over
// all slots. Amounts are zero while Awaiting is set.
type Contribution struct {
	Month period.Month `json:"month"`
	Payer string       `json:"payer"`
	// SelfEmployed is true for the person's own insurance (CO-4, CO-5), false for that
	// as somebody's worker (CO-1 to CO-3).
	SelfEmployed bool         `json:"self_employed"`
	Earnings     money.Amount `json:"earnings"`
	// Tariffs are the parts of Earnings at other than an employer's general rates.
	Tariffs []event.TariffSum `json:"tariffs,omitempty"`
	Funds
	Awaiting *Awaiting `json:"awaiting,omitempty"`
	// Demo is true when a demonstration value of the law was used.
	Demo bool `json:"demo"`
}

// Funds are contributions by what they pay for.
type Funds struct {
	// Base is what contributions are counted on: earnings up to the ceiling, or the
	// declared income, at least the minimum wage.
	Base        money.Amount `json:"base"`
	Insured     money.Amount `json:"insured"`      // CO-1, withheld from the person
	Pension     money.Amount `json:"pension"`      // CO-2, the employer's
	Social      money.Amount `json:"social"`       // CO-3, the employer's
	OwnPension  money.Amount `json:"own_pension"`  // CO-4, self-employed
	OwnSocial   money.Amount `json:"own_social"`   // CO-5, self-employed
	ForPensions money.Amount `json:"for_pensions"` // Insured, Pension and OwnPension
	ForSocial   money.Amount `json:"for_social"`   // Social and OwnSocial
	Total       money.Amount `json:"total"`
}

// Add adds up and keeps the sums right.
func (f *Funds) Add(o Funds) {
	f.Base += o.Base
	f.Insured += o.Insured
	f.Pension += o.Pension
	f.Social += o.Social
	f.OwnPension += o.OwnPension
	f.OwnSocial += o.OwnSocial
	f.sum()
}

func (f *Funds) sum() {
	f.ForPensions = f.Insured + f.Pension + f.OwnPension
	f.ForSocial = f.Social + f.OwnSocial
	f.Total = f.ForPensions + f.ForSocial
}

// Awaiting says that an amount cannot be computed before the parameter of the law is
// published for the month; the amount is then there by itself.
type Awaiting struct {
	Parameter string       `json:"parameter"`
	Month     period.Month `json:"month"`
}

// Between gives the contributions for the months from one to another, ends included; the
// null month leaves that end open. They come by month and payer. Months of several slots
// with a payer count together, as the ceiling holds for all its contracts.
func Between(slots []account.Slot, law *account.Law, from, to period.Month) []Contribution {
	book := NewBook(law)
	book.share(slots, from, to)
	list := make([]Contribution, 0, len(book.order))
	book.each(func(c *Contribution) { list = append(list, *c) })
	return list
}

// Each hands out the contributions of all months, in the order of Between, one after the
// other in the same place.
func (b *Book) Each(slots []account.Slot, do func(*Contribution)) {
	b.share(slots, 0, 0)
	b.each(do)
}

// Book counts the contributions of persons, one after another, by one law: it looks up what
// the law says of a month once for all of them. It is used by one goroutine at a time.
type Book struct {
	law    *account.Law
	months []monthTerms // that were asked for, ascending
	shares              // of the person whose turn it is
}

// NewBook opens a book on the law.
func NewBook(law *account.Law) *Book { return &Book{law: law} }

// of gives the terms of a month, valid until the next call.
func (b *Book) of(month period.Month) *monthTerms {
	at := sort.Search(len(b.months), func(i int) bool { return b.months[i].Month >= month })
	if at == len(b.months) || b.months[at].Month != month {
		b.months = slices.Insert(b.months, at, termsOf(b.law, month))
	}
	return &b.months[at]
}

// shares are what the months of slots add to contributions. Their order is by month, payer
// and kind, and is made of numbers, which sort several times as fast as structs: a month has
// at most 17 bits, below it stand the payer, the kind, and where the fact is.
type shares struct {
	order  []uint64
	facts  []fact
	payers []string
}

// fact is a month of a slot, by its index.
type fact struct {
	slot  *account.Slot
	month int
}

const (
	placeBits = 26
	payerBits = 20
)

// share finds the shares of some months.
func (s *shares) share(slots []account.Slot, from, to period.Month) {
	s.payers, s.order, s.facts = s.payers[:0], s.order[:0], s.facts[:0]
	for i := range slots {
		if !slices.Contains(s.payers, slots[i].Payer) { // a person has few
			s.payers = append(s.payers, slots[i].Payer)
		}
	}
	const monthsUsual = 3
	s.order = slices.Grow(s.order, monthsUsual*len(slots))
	s.facts = slices.Grow(s.facts, monthsUsual*len(slots))
	slices.Sort(s.payers)
	for i := range slots {
		x := &slots[i]
		kind := uint64(slices.Index(s.payers, x.Payer)) << 1
		if x.Category == account.CategorySelfEmployed {
			kind |= 1
		}
		for n := range x.Months {
			m := &x.Months[n]
			if m.Month < from || !to.IsZero() && m.Month > to {
				continue
			}
			key := uint64(m.Month)<<(1+payerBits) | kind
			s.order = append(s.order, key<<placeBits|uint64(len(s.facts)))
			s.facts = append(s.facts, fact{x, n})
		}
	}
	slices.Sort(s.order)
}

// each applies the law of each month to the sum of its shares.
func (b *Book) each(do func(*Contribution)) {
	var c Contribution
	var terms *monthTerms
	for from, to := 0, 0; from < len(b.order); from = to {
		key := b.order[from] >> placeBits
		last := c.Month
		c = Contribution{Month: period.Month(key >> (1 + payerBits)),
			Payer: b.payers[key>>1&(1<<payerBits-1)], SelfEmployed: key&1 == 1}
		if from == 0 || c.Month != last {
			terms = b.of(c.Month)
		}
		for ; to < len(b.order) && b.order[to]>>placeBits == key; to++ {
			f := b.facts[b.order[to]&(1<<placeBits-1)]
			reported := &f.slot.Months[f.month]
			c.Earnings += reported.Earnings
			c.Tariffs = terms.tariffs.Add(c.Tariffs, "", f.slot.Category, reported)
		}
		if c.SelfEmployed {
			c.compute(b.law.Parameters)
		} else {
			c.apply(b.law, terms)
		}
		do(&c)
	}
}

// monthTerms is the law of a month for workers.
type monthTerms struct {
	rules.Terms
	tariffs  account.MonthTariffs
	awaiting *Awaiting
	demo     bool
}

func termsOf(book *account.Law, month period.Month) monthTerms {
	law, tariffs := book.Parameters, book.TariffsOf(month)
	terms, err := rules.TermsOf(law, month)
	if err != nil {
		return monthTerms{Terms: rules.Terms{Month: month}, tariffs: tariffs,
			awaiting: awaiting(err, month)}
	}
	first := month.First()
	return monthTerms{Terms: terms, tariffs: tariffs,
		demo: isDemo(law, rules.NationalAverageWage, month.Add(-1).First()) ||
			isDemo(law, rules.ContributionCeilingMultiple, first) ||
			isDemo(law, rules.InsuredRate, first) ||
			isDemo(law, rules.EmployerPensionRate, first) ||
			isDemo(law, rules.EmployerSocialRate, first)}
}

func isDemo(law *rules.Law, name string, on period.Date) bool {
	p, err := law.Lookup(name, on)
	return err == nil && p.Demo
}

// apply gives CO-1 to CO-3.
func (c *Contribution) apply(law *account.Law, t *monthTerms) {
	c.Awaiting, c.Demo = t.awaiting, t.demo
	if c.Awaiting != nil {
		return
	}
	of := t.Person(c.Earnings)
	c.Base, c.Insured, c.Pension, c.Social = of.Base, of.Insured, of.Pension, of.Social
	if len(c.Tariffs) > 0 {
		c.applyTariffs(law, &t.Terms)
	}
	c.sum()
}

// applyTariffs counts the employer's contributions anew, part by part.
func (c *Contribution) applyTariffs(law *account.Law, t *rules.Terms) {
	parts := make([]money.Amount, len(c.Tariffs))
	for i, x := range c.Tariffs {
		parts[i] = x.Earnings
	}
	general := c.Base
	c.Pension, c.Social = 0, 0
	for i, base := range t.Bases(c.Earnings, parts) {
		pension, social := law.EmployerRates(c.Tariffs[i].Tariff, t).Employer(base)
		c.Pension, c.Social, general = c.Pension+pension, c.Social+social, general-base
	}
	c.Pension += general.Times(t.EmployerPensionRate)
	c.Social += general.Times(t.EmployerSocialRate)
}

// compute gives CO-4 and CO-5.
func (c *Contribution) compute(law *rules.Law) {
	of, err := rules.SelfEmployed(law, c.Month, c.Earnings)
	if err != nil {
		c.Awaiting = awaiting(err, c.Month)
		return
	}
	c.Base, c.OwnPension, c.OwnSocial = of.Base, of.Pension, of.Social
	c.sum()
	first := c.Month.First()
	c.Demo = isDemo(law, rules.MinimumWage, first) ||
		isDemo(law, rules.SelfEmployedPensionRate, first) ||
		isDemo(law, rules.SelfEmployedSocialRate, first)
}

// awaiting names the parameter that is missing. Nothing else can be wrong with a month
// of the account, as no fact without a month is ever recorded.
func awaiting(err error, month period.Month) *Awaiting {
	var missing *rules.MissingParameterError
	if !errors.As(err, &missing) {
		panic(fmt.Sprintf("contribution: contributions of %s: %v", month, err))
	}
	if !missing.Date.IsZero() {
		month = missing.Date.Month()
	}
	return &Awaiting{Parameter: missing.Name, Month: month}
}
