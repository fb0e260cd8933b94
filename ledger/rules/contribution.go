package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// rateUnits is the number of units in a rate of 1.
const rateUnits = 100_000_000

// ceiling is the highest earnings of a month that contributions are counted on.
type ceiling struct {
	// amount is the ceiling, rounded to the kopeck.
	amount money.Amount
	// exact is the ceiling unrounded, for multiples that leave fractions of a kopeck; the
	// law's own never do.
	exact exact
	whole bool
}

// ceiling gives the ceiling of a month: the multiple that holds on its first day times the
// national average wage of the month before.
func (l *lookup) ceiling(month period.Month) ceiling {
	multiple := l.number(ContributionCeilingMultiple, month.First())
	exact := multiple.times(l.wage(month.Add(-1)))
	c := ceiling{amount: exact.round(), exact: exact}
	c.whole = exact.cmp(exactAmountOf(c.amount)) == 0
	l.trace.exact("ceiling", "contribution_ceiling_multiple × national_average_wage", exact)
	return c
}

// capped tells whether the earnings are above the ceiling.
func (c *ceiling) capped(earnings money.Amount) bool {
	if c.whole {
		return earnings > c.amount
	}
	return c.exact.less(exactAmountOf(earnings))
}

// base is min(earnings, ceiling).
func (c *ceiling) base(earnings money.Amount) money.Amount { return min(earnings, c.amount) }

// share is rate × min(earnings, ceiling), rounded once.
func (c *ceiling) share(earnings money.Amount, r money.Rate) money.Amount {
	if !c.whole && c.capped(earnings) {
		return c.exact.times(exactRate(r)).round()
	}
	return c.base(earnings).Times(r)
}

// Ceiling gives the highest earnings of the month that contributions are counted on:
// five (contribution_ceiling_multiple) times the national average wage of the month
// before. The error is a *MissingParameterError where that wage is not published.
func Ceiling(law *Law, month period.Month) (money.Amount, error) {
	l := lookup{law: law}
	c := l.ceiling(month)
	return c.amount, l.err
}

// Terms are all numbers of the law that the contributions of one month need. A fold
// looks them up once and reuses them for every person; nothing here allocates.
type Terms struct {
	Month               period.Month
	InsuredRate         money.Rate
	EmployerPensionRate money.Rate
	EmployerSocialRate  money.Rate
	ceiling             ceiling
}

// TermsOf looks up the terms of a month; the error is a *MissingParameterError that
// names the first number that is not published.
func TermsOf(law *Law, month period.Month) (Terms, error) {
	l := lookup{law: law}
	t := l.terms(month)
	return t, l.err
}

func (l *lookup) terms(month period.Month) Terms {
	first := month.First()
	return Terms{
		Month:               month,
		ceiling:             l.ceiling(month),
		InsuredRate:         l.rate(InsuredRate, first),
		EmployerPensionRate: l.rate(EmployerPensionRate, first),
		EmployerSocialRate:  l.rate(EmployerSocialRate, first),
	}
}

// Ceiling gives the highest earnings of the month that contributions are counted on.
func (t *Terms) Ceiling() money.Amount { return t.ceiling.amount }

// Contributions of one insured person for one month with one payer.
type Contributions struct {
	// Base is the earnings up to the ceiling.
	Base money.Amount `json:"base"`
	// Insured is withheld from the person (CO-1), Pension and Social are the payer's
	// (CO-2, CO-3). The payer owes by the total of the month (CO-7), so the sums of
	// Pension and Social over all persons may differ from that by kopecks.
	Insured money.Amount `json:"insured"`
	Pension money.Amount `json:"pension"`
	Social  money.Amount `json:"social"`
}

// Person gives the contributions of one person, whose earnings of the month with this
// payer are given in one sum, whatever the number of contracts.
func (t *Terms) Person(earnings money.Amount) Contributions {
	return Contributions{
		Base:    t.ceiling.base(earnings),
		Insured: t.ceiling.share(earnings, t.InsuredRate),
		Pension: t.ceiling.share(earnings, t.EmployerPensionRate),
		Social:  t.ceiling.share(earnings, t.EmployerSocialRate),
	}
}

// MonthSums are the sums over all persons of a payer's month that an assessment needs;
// a fold keeps them up to date as persons are reported and corrected.
type MonthSums struct {
	// Earnings is the sum of the earnings, Base that of the bases and Withheld that of
	// the insured persons' contributions, each rounded per person.
	Earnings money.Amount `json:"earnings"`
	Base     money.Amount `json:"base"`
	Withheld money.Amount `json:"withheld"`
}

// Add counts a person in.
func (s *MonthSums) Add(earnings money.Amount, c Contributions) {
	s.Earnings += earnings
	s.Base += c.Base
	s.Withheld += c.Insured
}

// Remove takes a person out again, with the same figures that Add was given.
func (s *MonthSums) Remove(earnings money.Amount, c Contributions) {
	s.Earnings -= earnings
	s.Base -= c.Base
	s.Withheld -= c.Insured
}

// Assessment is what a payer owes the Fund for one month (CO-7 without work injury,
// which another body collects).
type Assessment struct {
	Earnings        money.Amount `json:"earnings"`
	Base            money.Amount `json:"base"`
	Withheld        money.Amount `json:"withheld"`
	EmployerPension money.Amount `json:"employer_pension"`
	EmployerSocial  money.Amount `json:"employer_social"`
}

// Total is the sum of the three contributions.
func (a Assessment) Total() money.Amount {
	return a.Withheld + a.EmployerPension + a.EmployerSocial
}

// Assess gives the payer's contributions from the sums of the month. No sum may be
// larger than money.Max.
func (t *Terms) Assess(s MonthSums) Assessment {
	return Assessment{
		Earnings:        s.Earnings,
		Base:            s.Base,
		Withheld:        s.Withheld,
		EmployerPension: s.Base.Times(t.EmployerPensionRate),
		EmployerSocial:  s.Base.Times(t.EmployerSocialRate),
	}
}

// EmployerRates are an employer's rates where they are other than the general ones.
type EmployerRates struct {
	Pension money.Rate `json:"pension"`
	Social  money.Rate `json:"social"`
}

// Bases splits the base of a person who has earnings at tariffs of their own: the ceiling
// is one for all, and is filled first by the earnings at the general rates, which are not
// listed, and then by the others in their order.
func (t *Terms) Bases(earnings money.Amount, reduced []money.Amount) []money.Amount {
	general := earnings
	for _, e := range reduced {
		general -= e
	}
	left := t.ceiling.amount - t.ceiling.base(general)
	bases := make([]money.Amount, len(reduced))
	for i, e := range reduced {
		bases[i] = min(e, left)
		left -= bases[i]
	}
	return bases
}

// Employer gives the employer's contributions on a base at rates other than the general.
func (r EmployerRates) Employer(base money.Amount) (pension, social money.Amount) {
	return base.Times(r.Pension), base.Times(r.Social)
}

// PersonContributions is Terms.Person for a single question.
func PersonContributions(
	law *Law, month period.Month, earnings money.Amount,
) (Contributions, error) {
	t, err := TermsOf(law, month)
	if err != nil {
		return Contributions{}, err
	}
	return t.Person(earnings), nil
}

// AssessMonth gives a payer's contributions for a month from the earnings of its
// persons, one sum each.
func AssessMonth(
	law *Law, month period.Month, earnings []money.Amount,
) (Assessment, error) {
	t, err := TermsOf(law, month)
	if err != nil {
		return Assessment{}, err
	}
	var (
		sums   MonthSums
		below  money.Amount
		capped int
	)
	for _, e := range earnings {
		sums.Add(e, t.Person(e))
		if sums.Earnings > money.Max {
			return Assessment{}, invalid("insured_persons",
				"the earnings together are more than %s: split the month", money.Max)
		}
		if t.ceiling.capped(e) {
			capped++
		} else {
			below += e
		}
	}
	a := t.Assess(sums)
	if !t.ceiling.whole && capped > 0 {
		// The bases have fractions of kopecks: total them before the one rounding.
		base := t.ceiling.exact.times(exactInt(capped)).plus(exactAmountOf(below))
		a.Base = base.round()
		a.EmployerPension = base.times(exactRate(t.EmployerPensionRate)).round()
		a.EmployerSocial = base.times(exactRate(t.EmployerSocialRate)).round()
	}
	return a, nil
}
