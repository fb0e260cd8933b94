package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// DeclaredIncomeInput is the question of CO-4 and CO-5.
type DeclaredIncomeInput struct {
	ContributionMonth period.Month
	DeclaredIncome    money.Amount
}

var askDeclaredIncome = asking(
	askMonth("contribution_month",
		func(in *DeclaredIncomeInput) *period.Month { return &in.ContributionMonth }),
	askAmount("declared_income",
		func(in *DeclaredIncomeInput) *money.Amount { return &in.DeclaredIncome }),
)

// CO4 gives a self-employed person's contribution for pensions for a whole month.
func CO4(law *Law, in DeclaredIncomeInput, t *Trace) (Contribution, error) {
	return onDeclaredIncome(law, in, SelfEmployedPensionRate,
		"round(self_employed_pension_rate × base)", t)
}

// CO5 gives a self-employed person's contribution for the other benefits.
func CO5(law *Law, in DeclaredIncomeInput, t *Trace) (Contribution, error) {
	return onDeclaredIncome(law, in, SelfEmployedSocialRate,
		"round(self_employed_social_rate × base)", t)
}

func onDeclaredIncome(
	law *Law, in DeclaredIncomeInput, rateName, formula string, t *Trace,
) (Contribution, error) {
	l := lookup{law: law, trace: t}
	first := in.ContributionMonth.First()
	floor := l.amount(MinimumWage, first)
	share := l.rate(rateName, first)
	if l.err != nil {
		return Contribution{}, l.err
	}
	base := selfEmployedBase(in.DeclaredIncome, floor)
	c := Contribution{base, exactAmountOf(base).times(exactRate(share)).round()}
	t.amount("base", "max(declared_income, minimum_wage)", c.Base)
	t.amount("amount", formula, c.Amount)
	return c, nil
}

// selfEmployedBase lifts the declared income of a month to the minimum wage.
func selfEmployedBase(declared, minimumWage money.Amount) money.Amount {
	return max(declared, minimumWage)
}

// SelfEmployedContributions are what a self-employed person owes for a whole month.
type SelfEmployedContributions struct {
	Base    money.Amount `json:"base"`
	Pension money.Amount `json:"pension"`
	Social  money.Amount `json:"social"`
}

// SelfEmployed gives the contributions of CO-4 and CO-5 for folds; the error is a
// *MissingParameterError.
func SelfEmployed(
	law *Law, month period.Month, declared money.Amount,
) (SelfEmployedContributions, error) {
	l := lookup{law: law}
	first := month.First()
	base := selfEmployedBase(declared, l.amount(MinimumWage, first))
	pension, social := l.rate(SelfEmployedPensionRate, first), l.rate(SelfEmployedSocialRate, first)
	if l.err != nil {
		return SelfEmployedContributions{}, l.err
	}
	return SelfEmployedContributions{base, base.Times(pension), base.Times(social)}, nil
}
