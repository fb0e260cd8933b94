package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// DeclaredIncomeInput is the question of CO-4 and CO-5.
type DeclaredIncomeInput struct {
	ContributionMonth period.Month `json:"contribution_month"`
	DeclaredIncome    money.Amount `json:"declared_income"`
}

// CO4 gives a self-employed person's contribution for pensions for a whole month.
func CO4(law *Law, in DeclaredIncomeInput) (ContributionResult, error) {
	return onDeclaredIncome("CO-4", SelfEmployedPensionRate, law, in)
}

// CO5 gives a self-employed person's contribution for the other benefits.
func CO5(law *Law, in DeclaredIncomeInput) (ContributionResult, error) {
	return onDeclaredIncome("CO-5", SelfEmployedSocialRate, law, in)
}

func onDeclaredIncome(
	rule, rateName string, law *Law, in DeclaredIncomeInput,
) (ContributionResult, error) {
	if in.ContributionMonth.IsZero() {
		return ContributionResult{}, invalid("contribution_month", monthForm)
	}
	if err := checkAmount("declared_income", in.DeclaredIncome); err != nil {
		return ContributionResult{}, err
	}
	result := ContributionResult{Explanation: explain(rule)}
	first := in.ContributionMonth.First()
	floor, err := result.use(law, MinimumWage, first)
	if err != nil {
		return ContributionResult{}, err
	}
	share, err := result.use(law, rateName, first)
	if err != nil {
		return ContributionResult{}, err
	}
	result.Base = selfEmployedBase(in.DeclaredIncome, floor.amount)
	result.step("base = max(declared_income, minimum_wage)", result.Base.String(), "")
	result.Amount = result.Base.Times(share.number)
	result.step("amount = "+rateName+" × base, rounded half-up to 0.01",
		result.Amount.String(), "")
	return result, nil
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
	first := month.First()
	floor, err := law.Amount(MinimumWage, first)
	if err != nil {
		return SelfEmployedContributions{}, err
	}
	pension, err := law.Rate(SelfEmployedPensionRate, first)
	if err != nil {
		return SelfEmployedContributions{}, err
	}
	social, err := law.Rate(SelfEmployedSocialRate, first)
	if err != nil {
		return SelfEmployedContributions{}, err
	}
	base := selfEmployedBase(declared, floor)
	return SelfEmployedContributions{base, base.Times(pension), base.Times(social)}, nil
}
