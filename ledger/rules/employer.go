package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// EarningsInput is the question of CO-1, CO-2 and CO-3.
type EarningsInput struct {
	ContributionMonth period.Month `json:"contribution_month"`
	Earnings          money.Amount `json:"earnings"`
}

// ContributionResult is the answer of CO-1 to CO-5.
type ContributionResult struct {
	Explanation
	Base   money.Amount `json:"base"`
	Amount money.Amount `json:"amount"`
}

// CO1 gives the insured person's contribution for a month.
func CO1(law *Law, in EarningsInput) (ContributionResult, error) {
	return onEarnings("CO-1", InsuredRate, law, in)
}

// CO2 gives the employer's contribution for pensions.
func CO2(law *Law, in EarningsInput) (ContributionResult, error) {
	return onEarnings("CO-2", EmployerPensionRate, law, in)
}

// CO3 gives the employer's contribution for sickness, maternity, funerals, unemployment
// and families.
func CO3(law *Law, in EarningsInput) (ContributionResult, error) {
	return onEarnings("CO-3", EmployerSocialRate, law, in)
}

func onEarnings(
	rule, rateName string, law *Law, in EarningsInput,
) (ContributionResult, error) {
	if in.ContributionMonth.IsZero() {
		return ContributionResult{}, invalid("contribution_month", monthForm)
	}
	if err := checkAmount("earnings", in.Earnings); err != nil {
		return ContributionResult{}, err
	}
	result := ContributionResult{Explanation: explain(rule)}
	limit, err := result.ceiling(law, in.ContributionMonth)
	if err != nil {
		return ContributionResult{}, err
	}
	share, err := result.use(law, rateName, in.ContributionMonth.First())
	if err != nil {
		return ContributionResult{}, err
	}
	result.Base = limit.base(in.Earnings)
	result.step("base = min(earnings, ceiling)", result.Base.String(), "")
	result.Amount = limit.share(in.Earnings, share.number)
	result.step("amount = "+rateName+" × base, rounded half-up to 0.01",
		result.Amount.String(), "")
	return result, nil
}

// ceiling explains the ceiling of the month.
func (e *Explanation) ceiling(law *Law, month period.Month) (ceiling, error) {
	if _, err := e.use(law, ContributionCeilingMultiple, month.First()); err != nil {
		return ceiling{}, err
	}
	before := month.Add(-1).First()
	if _, err := e.use(law, NationalAverageWage, before); err != nil {
		return ceiling{}, err
	}
	limit, err := ceilingOf(law, month)
	if err != nil {
		return ceiling{}, err
	}
	e.step("ceiling = "+ContributionCeilingMultiple+" × "+NationalAverageWage+
		" of the month before", limit.amount.String(), "")
	return limit, nil
}

// WorkInjuryInput is the question of CO-6.
type WorkInjuryInput struct {
	Payroll money.Amount `json:"payroll"`
	Rate    money.Rate   `json:"work_injury_rate"`
}

// AmountResult is the answer of a rule that gives one amount.
type AmountResult struct {
	Explanation
	Amount money.Amount `json:"amount"`
}

// CO6 gives the contribution for work injuries, which another body than the Fund
// collects: no ceiling, a rate by risk. The rule has no date, so the limits of the rate
// are the latest ones.
func CO6(law *Law, in WorkInjuryInput) (AmountResult, error) {
	if err := checkAmount("payroll", in.Payroll); err != nil {
		return AmountResult{}, err
	}
	result := AmountResult{Explanation: explain("CO-6")}
	if err := result.injuryRate(law, in.Rate); err != nil {
		return AmountResult{}, err
	}
	result.Amount = in.Payroll.Times(in.Rate)
	result.step("amount = work_injury_rate × payroll, rounded half-up to 0.01",
		result.Amount.String(), "")
	return result, nil
}

// injuryRate refuses a rate outside the limits, which are themselves allowed.
func (e *Explanation) injuryRate(law *Law, r money.Rate) error {
	least, err := law.latest(WorkInjuryRateMin)
	if err != nil {
		return err
	}
	most, err := law.latest(WorkInjuryRateMax)
	if err != nil {
		return err
	}
	e.used(least, "")
	e.used(most, "")
	if r < least.number || r > most.number {
		return invalid("work_injury_rate", "the rate must be between %s and %s",
			least.Value, most.Value)
	}
	return nil
}

// PersonEarnings are one insured person's earnings of a payer's month.
type PersonEarnings struct {
	// PersonID is any text that is unique in the list.
	PersonID string       `json:"person_id"`
	Earnings money.Amount `json:"earnings"`
}

// PayerMonthInput is the question of CO-7.
type PayerMonthInput struct {
	ContributionMonth period.Month `json:"contribution_month"`
	// WorkInjuryRate is nil where the payer's rate is not asked about.
	WorkInjuryRate *money.Rate      `json:"work_injury_rate,omitempty"`
	InsuredPersons []PersonEarnings `json:"insured_persons"`
}

// PayerMonthResult is the answer of CO-7.
type PayerMonthResult struct {
	Explanation
	TotalEarnings   money.Amount `json:"total_earnings"`
	TotalBase       money.Amount `json:"total_base"`
	InsuredWithheld money.Amount `json:"insured_withheld"`
	EmployerPension money.Amount `json:"employer_pension"`
	EmployerSocial  money.Amount `json:"employer_social"`
	WorkInjury      money.Amount `json:"work_injury"`
	Amount          money.Amount `json:"amount"`
}

// CO7 gives the totals of a payer's month: the insured persons' part rounded for each
// person, each of the payer's parts rounded once on the total.
func CO7(law *Law, in PayerMonthInput) (PayerMonthResult, error) {
	earnings, err := in.earnings()
	if err != nil {
		return PayerMonthResult{}, err
	}
	result := PayerMonthResult{Explanation: explain("CO-7")}
	if _, err := result.ceiling(law, in.ContributionMonth); err != nil {
		return PayerMonthResult{}, err
	}
	for _, name := range []string{InsuredRate, EmployerPensionRate, EmployerSocialRate} {
		if _, err := result.use(law, name, in.ContributionMonth.First()); err != nil {
			return PayerMonthResult{}, err
		}
	}
	a, err := AssessMonth(law, in.ContributionMonth, earnings)
	if err != nil {
		return PayerMonthResult{}, err
	}
	result.TotalEarnings, result.TotalBase = a.Earnings, a.Base
	result.InsuredWithheld = a.Withheld
	result.EmployerPension, result.EmployerSocial = a.EmployerPension, a.EmployerSocial
	if in.WorkInjuryRate != nil {
		if err := result.injuryRate(law, *in.WorkInjuryRate); err != nil {
			return PayerMonthResult{}, err
		}
		result.WorkInjury = a.Earnings.Times(*in.WorkInjuryRate)
	}
	result.Amount = a.Total() + result.WorkInjury
	result.steps(len(earnings))
	return result, nil
}

// earnings checks the question and gives the list that the assessment takes.
func (in PayerMonthInput) earnings() ([]money.Amount, error) {
	if in.ContributionMonth.IsZero() {
		return nil, invalid("contribution_month", monthForm)
	}
	if len(in.InsuredPersons) == 0 {
		return nil, invalid("insured_persons", "give at least one person")
	}
	seen := make(map[string]bool, len(in.InsuredPersons))
	earnings := make([]money.Amount, len(in.InsuredPersons))
	for n, p := range in.InsuredPersons {
		if p.PersonID == "" {
			return nil, invalid(index("insured_persons", n, "person_id"), "give a text")
		}
		if seen[p.PersonID] {
			return nil, invalid(index("insured_persons", n, "person_id"),
				"the person is already in the list: give the earnings in one sum")
		}
		seen[p.PersonID] = true
		if err := checkAmount(index("insured_persons", n, "earnings"), p.Earnings); err != nil {
			return nil, err
		}
		earnings[n] = p.Earnings
	}
	return earnings, nil
}

func (r *PayerMonthResult) steps(persons int) {
	of := " of " + strconv.Itoa(persons) + " persons"
	r.step("total_earnings = sum of earnings"+of, r.TotalEarnings.String(), "")
	r.step("total_base = sum of min(earnings, ceiling)"+of, r.TotalBase.String(), "")
	r.step("insured_withheld = sum of insured_rate × base, rounded for each person",
		r.InsuredWithheld.String(), "")
	r.step("employer_pension = employer_pension_rate × total_base, rounded half-up",
		r.EmployerPension.String(), "")
	r.step("employer_social = employer_social_rate × total_base, rounded half-up",
		r.EmployerSocial.String(), "")
	r.step("work_injury = work_injury_rate × total_earnings, rounded half-up",
		r.WorkInjury.String(), "")
	r.step("amount = sum of the four", r.Amount.String(), "")
}
