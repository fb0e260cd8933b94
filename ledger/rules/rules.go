// Package rules holds the law as pure functions: the dated parameters (Law) and the
// formulas, each named by its id of the rule catalogue (CO-1 is an insured person's
// contribution, CV-1 the coverage of a list of periods).
//
// Each rule has two faces with one arithmetic: small functions on numbers for folds
// (Terms, Measure), and an explained form (CO1, CV1) that also says which parameters of
// which act were used and in which steps. Run is the explained form for JSON.
//
// The package knows no clock, no file and no event. A number of the law that is not
// published for a date is an error, never a guess.
package rules

import "encoding/json"

// calculation reads the fields of a question and answers it.
type calculation func(r *reader) func(law *Law) (any, error)

// catalogue are the rules by id, in the order of the catalogue.
var catalogue = []struct {
	id  string
	run calculation
}{
	{"CO-1", earningsRule(CO1)},
	{"CO-2", earningsRule(CO2)},
	{"CO-3", earningsRule(CO3)},
	{"CO-4", incomeRule(CO4)},
	{"CO-5", incomeRule(CO5)},
	{"CO-6", runCO6},
	{"CO-7", runCO7},
	{"CV-1", runCV1},
	{"CV-2", runCV2},
}

// IDs gives the ids of all rules, in the order of the catalogue.
func IDs() []string {
	ids := make([]string, len(catalogue))
	for i, c := range catalogue {
		ids[i] = c.id
	}
	return ids
}

// Run answers one question: input is a JSON object with exactly the fields of the rule
// and, where wanted, "parameters" that stand in for values of the law. The error is
// always an *Error with one of the codes of this package.
func Run(law *Law, id string, input []byte) ([]byte, error) {
	for _, c := range catalogue {
		if c.id == id {
			return run(law, c.run, input)
		}
	}
	return nil, &Error{Code: CodeUnknownRule, Field: "rule",
		Message: "there is no such rule: ask for the list of rules"}
}

func run(law *Law, c calculation, input []byte) ([]byte, error) {
	o, invalidJSON := parseObject(input)
	if invalidJSON != nil {
		return nil, invalidJSON
	}
	r := newReader(o, "")
	answer := c(r)
	overrides := r.overrides()
	if err := r.done(); err != nil {
		return nil, err
	}
	result, err := answer(law.override(overrides))
	if err != nil {
		return nil, AsError(err)
	}
	output, err := json.Marshal(result)
	if err != nil {
		return nil, AsError(err)
	}
	return output, nil
}

func earningsRule(rule func(*Law, EarningsInput) (ContributionResult, error)) calculation {
	return func(r *reader) func(*Law) (any, error) {
		in := EarningsInput{r.month("contribution_month"), r.amount("earnings")}
		return func(law *Law) (any, error) { return rule(law, in) }
	}
}

func incomeRule(
	rule func(*Law, DeclaredIncomeInput) (ContributionResult, error),
) calculation {
	return func(r *reader) func(*Law) (any, error) {
		in := DeclaredIncomeInput{r.month("contribution_month"), r.amount("declared_income")}
		return func(law *Law) (any, error) { return rule(law, in) }
	}
}

func runCO6(r *reader) func(*Law) (any, error) {
	in := WorkInjuryInput{r.amount("payroll"), r.rate("work_injury_rate")}
	return func(law *Law) (any, error) { return CO6(law, in) }
}

func runCO7(r *reader) func(*Law) (any, error) {
	in := PayerMonthInput{
		ContributionMonth: r.month("contribution_month"),
		WorkInjuryRate:    r.optionalRate("work_injury_rate"),
	}
	r.each("insured_persons", func(p *reader) {
		id, _ := p.text("person_id", "give a text that is unique in the list")
		in.InsuredPersons = append(in.InsuredPersons, PersonEarnings{id, p.amount("earnings")})
	})
	return func(law *Law) (any, error) { return CO7(law, in) }
}

func runCV1(r *reader) func(*Law) (any, error) {
	var in PeriodsInput
	r.each("periods", func(p *reader) {
		in.Periods = append(in.Periods, CoveragePeriod{p.date("start"), p.date("end")})
	})
	return func(law *Law) (any, error) { return CV1(law, in) }
}

func runCV2(r *reader) func(*Law) (any, error) {
	var in CoveragesInput
	r.each("coverages", func(c *reader) {
		in.Coverages = append(in.Coverages, Duration{
			Years:  c.integer("years", coverageForm),
			Months: c.integer("months", coverageForm),
			Days:   c.integer("days", coverageForm),
		})
	})
	return func(law *Law) (any, error) { return CV2(law, in) }
}
