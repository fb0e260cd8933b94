package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

const contributionAct = "Law 138-XIII on contributions to the Social Protection Fund"

// contributionRules is the chapter of contributions.
var contributionRules = []Rule{
	define(about{"CO-1", contributionAct,
		"Взнос застрахованного лица", "Узнос застрахаванай асобы",
		"Contribution of an insured person"}, askEarnings, tellContribution, CO1),
	define(about{"CO-2", contributionAct,
		"Взнос работодателя на пенсионное страхование",
		"Узнос працадаўцы на пенсійнае страхаванне",
		"Contribution of an employer for pensions"}, askEarnings, tellContribution, CO2),
	define(about{"CO-3", contributionAct,
		"Взнос работодателя на социальное страхование",
		"Узнос працадаўцы на сацыяльнае страхаванне",
		"Contribution of an employer for other benefits"}, askEarnings, tellContribution, CO3),
	define(about{"CO-4", contributionAct,
		"Взнос самостоятельного плательщика на пенсионное страхование",
		"Узнос самастойнага плацельшчыка на пенсійнае страхаванне",
		"Contribution of a self-employed person for pensions"},
		askDeclaredIncome, tellContribution, CO4),
	define(about{"CO-5", contributionAct,
		"Взнос самостоятельного плательщика на социальное страхование",
		"Узнос самастойнага плацельшчыка на сацыяльнае страхаванне",
		"Contribution of a self-employed person for other benefits"},
		askDeclaredIncome, tellContribution, CO5),
	define(about{"CO-6", "Decree 530 of 25 August 2006 on insurance activity",
		"Взнос на страхование от несчастных случаев на производстве",
		"Узнос на страхаванне ад няшчасных выпадкаў на вытворчасці",
		"Contribution for work injuries"},
		asking(
			askAmount("payroll", func(in *WorkInjuryInput) *money.Amount { return &in.Payroll }),
			askRate("work_injury_rate", func(in *WorkInjuryInput) *money.Rate { return &in.Rate }),
		),
		tellOneAmount, CO6),
	define(about{"CO-7", contributionAct,
		"Взносы плательщика за месяц", "Узносы плацельшчыка за месяц",
		"A payer's contributions for a month"}, askPayerMonth, tellPayerMonth, CO7),
}

// EarningsInput is the question of CO-1, CO-2 and CO-3.
type EarningsInput struct {
	ContributionMonth period.Month
	Earnings          money.Amount
}

var askEarnings = asking(
	askMonth("contribution_month",
		func(in *EarningsInput) *period.Month { return &in.ContributionMonth }),
	askAmount("earnings", func(in *EarningsInput) *money.Amount { return &in.Earnings }),
)

// Contribution is the answer of CO-1 to CO-5.
type Contribution struct {
	Base   money.Amount
	Amount money.Amount
}

var tellContribution = telling(
	tellAmount("base", func(c *Contribution) money.Amount { return c.Base }),
	tellAmount("amount", func(c *Contribution) money.Amount { return c.Amount }),
)

// CO1 gives the insured person's contribution for a month.
func CO1(law *Law, in EarningsInput, t *Trace) (Contribution, error) {
	return onEarnings(law, in, InsuredRate, "round(insured_rate × min(earnings, ceiling))", t)
}

// CO2 gives the employer's contribution for pensions.
func CO2(law *Law, in EarningsInput, t *Trace) (Contribution, error) {
	return onEarnings(law, in, EmployerPensionRate,
		"round(employer_pension_rate × min(earnings, ceiling))", t)
}

// CO3 gives the employer's contribution for sickness, maternity, funerals, unemployment
// and families.
func CO3(law *Law, in EarningsInput, t *Trace) (Contribution, error) {
	return onEarnings(law, in, EmployerSocialRate,
		"round(employer_social_rate × min(earnings, ceiling))", t)
}

func onEarnings(
	law *Law, in EarningsInput, rateName, formula string, t *Trace,
) (Contribution, error) {
	l := lookup{law: law, trace: t}
	limit := l.ceiling(in.ContributionMonth)
	share := l.rate(rateName, in.ContributionMonth.First())
	if l.err != nil {
		return Contribution{}, l.err
	}
	c := Contribution{limit.base(in.Earnings), limit.share(in.Earnings, share)}
	t.amount("base", "round(min(earnings, ceiling))", c.Base)
	t.amount("amount", formula, c.Amount)
	return c, nil
}

// WorkInjuryInput is the question of CO-6.
type WorkInjuryInput struct {
	Payroll money.Amount
	Rate    money.Rate
}

// CO6 gives the contribution for work injuries, which another body than the Fund
// collects: no ceiling, a rate by risk. The question has no day of its own.
func CO6(law *Law, in WorkInjuryInput, t *Trace) (money.Amount, error) {
	l := lookup{law: law, trace: t}
	if err := l.injuryRate(in.Rate, undated); err != nil {
		return 0, err
	}
	a := exactAmountOf(in.Payroll).times(exactRate(in.Rate)).round()
	t.amount("amount", "round(work_injury_rate × payroll)", a)
	return a, nil
}

// injuryRate refuses a rate outside the limits, which are themselves allowed.
func (l *lookup) injuryRate(r money.Rate, on period.Date) error {
	least, most := l.rate(WorkInjuryRateMin, on), l.rate(WorkInjuryRateMax, on)
	if l.err != nil {
		return l.err
	}
	if r < least || r > most {
		return invalid("work_injury_rate", "the rate must be between %s and %s", least, most)
	}
	return nil
}

// PersonEarnings are one insured person's earnings of a payer's month.
type PersonEarnings struct {
	// PersonID is any text that is unique in the list.
	PersonID string
	Earnings money.Amount
}

// PayerMonthInput is the question of CO-7.
type PayerMonthInput struct {
	ContributionMonth period.Month
	// WorkInjuryRate is nil where the payer's rate is not asked about.
	WorkInjuryRate *money.Rate
	InsuredPersons []PersonEarnings
}

var askPayerMonth = asking(
	askMonth("contribution_month",
		func(in *PayerMonthInput) *period.Month { return &in.ContributionMonth }),
	askRateOrNot("work_injury_rate",
		func(in *PayerMonthInput) **money.Rate { return &in.WorkInjuryRate }),
	askList("insured_persons",
		func(in *PayerMonthInput) *[]PersonEarnings { return &in.InsuredPersons },
		func(p *PersonEarnings) string { return p.PersonID },
		askPersonID(func(p *PersonEarnings) *string { return &p.PersonID }),
		askAmount("earnings", func(p *PersonEarnings) *money.Amount { return &p.Earnings }),
	),
)

// PayerMonth is the answer of CO-7.
type PayerMonth struct {
	TotalEarnings   money.Amount
	TotalBase       money.Amount
	InsuredWithheld money.Amount
	EmployerPension money.Amount
	EmployerSocial  money.Amount
	WorkInjury      money.Amount
	Amount          money.Amount
}

var tellPayerMonth = telling(
	tellAmount("total_earnings", func(m *PayerMonth) money.Amount { return m.TotalEarnings }),
	tellAmount("total_base", func(m *PayerMonth) money.Amount { return m.TotalBase }),
	tellAmount("insured_withheld",
		func(m *PayerMonth) money.Amount { return m.InsuredWithheld }),
	tellAmount("employer_pension",
		func(m *PayerMonth) money.Amount { return m.EmployerPension }),
	tellAmount("employer_social", func(m *PayerMonth) money.Amount { return m.EmployerSocial }),
	tellAmount("work_injury", func(m *PayerMonth) money.Amount { return m.WorkInjury }),
	tellAmount("amount", func(m *PayerMonth) money.Amount { return m.Amount }),
)

// CO7 gives the totals of a payer's month: the insured persons' part rounded for each
// person, each of the payer's parts rounded once on the total.
func CO7(law *Law, in PayerMonthInput, t *Trace) (PayerMonth, error) {
	earnings := make([]money.Amount, len(in.InsuredPersons))
	for n, p := range in.InsuredPersons {
		earnings[n] = p.Earnings
	}
	l := lookup{law: law, trace: t}
	if l.terms(in.ContributionMonth); l.err != nil {
		return PayerMonth{}, l.err
	}
	a, err := AssessMonth(law, in.ContributionMonth, earnings)
	if err != nil {
		return PayerMonth{}, err
	}
	m := PayerMonth{
		TotalEarnings: a.Earnings, TotalBase: a.Base, InsuredWithheld: a.Withheld,
		EmployerPension: a.EmployerPension, EmployerSocial: a.EmployerSocial,
	}
	if in.WorkInjuryRate != nil {
		err := l.injuryRate(*in.WorkInjuryRate, in.ContributionMonth.First())
		if err != nil {
			return PayerMonth{}, err
		}
		m.WorkInjury = exactAmountOf(a.Earnings).times(exactRate(*in.WorkInjuryRate)).round()
	}
	m.Amount = a.Total() + m.WorkInjury
	m.explain(len(earnings), in.WorkInjuryRate != nil, t)
	return m, nil
}

func (m *PayerMonth) explain(persons int, injury bool, t *Trace) {
	t.count("persons", "", persons)
	t.amount("total_earnings", "Σ earnings", m.TotalEarnings)
	t.amount("total_base", "round(Σ min(earnings, ceiling))", m.TotalBase)
	t.amount("insured_withheld", "Σ round(insured_rate × min(earnings, ceiling))",
		m.InsuredWithheld)
	t.amount("employer_pension", "round(employer_pension_rate × total_base)", m.EmployerPension)
	t.amount("employer_social", "round(employer_social_rate × total_base)", m.EmployerSocial)
	if injury {
		t.amount("work_injury", "round(work_injury_rate × total_earnings)", m.WorkInjury)
	} else {
		t.amount("work_injury", "", m.WorkInjury)
	}
	t.amount("amount",
		"insured_withheld + employer_pension + employer_social + work_injury", m.Amount)
}
