package rules

import (
	"strconv"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Forms of input, as error messages name them.
const (
	amountForm = "give BYN with exactly two decimals as a string, like \"859.00\""
	rateForm   = "give a decimal fraction as a string, like \"0.006\""
	dateForm   = "give the day as YYYY-MM-DD"
	monthForm  = "give the month as YYYY-MM"

	coverageForm = "give years 0 to 9999, months 0 to 11 and days 0 to 29"
)

// Step is one line of an explanation.
type Step struct {
	// Step says what is looked up or computed.
	Step  string `json:"step"`
	Value string `json:"value"`
	// Act is where a looked-up number stands; empty for a computed one.
	Act string `json:"act,omitempty"`
}

// Explanation says how an answer came about. Every answer carries one.
type Explanation struct {
	Rule     string `json:"rule"`
	Currency string `json:"currency"`
	// ParametersUsed gives the value of each number of the law that was read.
	ParametersUsed map[string]string `json:"parameters_used"`
	Steps          []Step            `json:"steps"`
}

func explain(rule string) Explanation {
	return Explanation{
		Rule: rule, Currency: "BYN", ParametersUsed: map[string]string{}, Steps: []Step{},
	}
}

func (e *Explanation) step(step, value, act string) {
	e.Steps = append(e.Steps, Step{step, value, act})
}

// use looks up a parameter and writes it down, marked where it is not the law's own.
func (e *Explanation) use(law *Law, name string, date period.Date) (*entry, error) {
	found, err := law.find(name, date)
	if err != nil {
		return nil, err
	}
	e.used(found, date.String())
	return found, nil
}

func (e *Explanation) used(found *entry, when string) {
	act := found.Act
	if act == "" {
		act = found.Source
	}
	if found.Demo {
		act += " (demonstration value)"
	}
	if found.Unverified {
		act += " (unverified)"
	}
	if when != "" {
		when = " on " + when
	}
	e.ParametersUsed[found.Name] = found.Value
	e.step(found.Name+when, found.Value, act)
}

// String gives "1y 6m 20d".
func (d Duration) String() string {
	return strconv.Itoa(d.Years) + "y " + strconv.Itoa(d.Months) + "m " +
		strconv.Itoa(d.Days) + "d"
}

// valid names the first field of a coverage that is out of range.
func (d Duration) valid() (field string, ok bool) {
	switch {
	case d.Years < 0 || d.Years > coverageYearsMax:
		return "years", false
	case d.Months < 0 || d.Months >= coverageYearMonths:
		return "months", false
	case d.Days < 0 || d.Days >= coverageMonthDays:
		return "days", false
	}
	return "", true
}

// coverageYearsMax bounds the years of one coverage, so that sums cannot overflow.
const coverageYearsMax = 9999

// index gives the pointer of a field of a list's item: periods[1].end.
func index(list string, n int, field string) string {
	return list + "[" + strconv.Itoa(n) + "]." + field
}

// checkAmount refuses negative and absurd amounts.
func checkAmount(field string, a money.Amount) error {
	if a < 0 || a > money.Max {
		return invalid(field, "the amount must be between 0.00 and %s", money.Max)
	}
	return nil
}
