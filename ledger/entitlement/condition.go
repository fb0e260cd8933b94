package entitlement

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Condition is one condition of a right, and how far it is from being met.
type Condition struct {
	Code  string     `json:"code"` // as in the list of unmet conditions
	Means rules.Text `json:"means"`
	Met   bool       `json:"met"`
	// Has and Needs are lengths of coverage, or ages; absent where the condition has none.
	Has   *rules.Duration `json:"has,omitempty"`
	Needs *rules.Duration `json:"needs,omitempty"`
	// Missing is what is lacking, a month being 30 days for coverage.
	Missing *rules.Duration `json:"missing,omitempty"`
	// On is the day on which the age is reached.
	On  period.Date `json:"on,omitzero"`
	Act string      `json:"act,omitempty"`
}

// measures tell which input a condition is about and which number it is measured by.
var measures = map[string]struct {
	input string
	needs []string // the first of these that the rule's steps have
}{
	string(rules.AgeNotReached): {"birth_date",
		[]string{"retirement_age_months", "social_pension_age_months"}},
	string(rules.CoverageShort): {"coverage",
		[]string{"required_coverage_months", "required_coverage"}},
	string(rules.PaidCoverageShort): {"paid_coverage",
		[]string{"required_paid_coverage_months"}},
	string(rules.SpecialCoverageShort): {"special_coverage",
		[]string{"required_special_coverage_months"}},
}

// stepText is a step of an answer.
type stepText struct {
	Step  string     `json:"step"`
	Label rules.Text `json:"label"`
	Value string     `json:"value"`
	Act   string     `json:"act"`
}

func (s *stepText) name() string {
	name, _, _ := strings.Cut(s.Step, " ")
	return name
}

// conditionsOf lists the conditions that the rules of a calculation judged, and those unmet
// that no step tells of.
func conditionsOf(t *Trace, birth period.Date) []Condition {
	list := []Condition{}
	for i := range t.Rules {
		if t.Rules[i].Purpose != ToIncrease {
			list = append(list, t.Rules[i].conditions(birth, t.From)...)
		}
	}
	for _, code := range t.Unmet {
		if !slices.ContainsFunc(list, func(c Condition) bool { return c.Code == code }) {
			list = append(list, Condition{Code: code, Means: rules.Term(code)})
		}
	}
	return list
}

// conditions reads them from the answer of a rule: a step for each condition says whether
// it is missed.
func (r *RuleRun) conditions(birth, on period.Date) (list []Condition) {
	var answer struct {
		Reasons []string   `json:"reasons"`
		Reason  *string    `json:"reason"`
		Steps   []stepText `json:"steps"`
	}
	var input map[string]json.RawMessage
	if json.Unmarshal(r.Output, &answer) != nil || json.Unmarshal(r.Input, &input) != nil {
		return nil
	}
	missed := answer.Reasons
	if answer.Reason != nil {
		missed = append(missed, *answer.Reason)
	}
	for code := range measures {
		_, told := stepOf(answer.Steps, code)
		_, has := input[measures[code].input]
		if !told && !slices.Contains(missed, code) || !has {
			continue
		}
		c := Condition{Code: code, Means: rules.Term(code), Met: !slices.Contains(missed, code)}
		for _, name := range measures[code].needs {
			if step, ok := stepOf(answer.Steps, name); ok {
				c.measure(input[measures[code].input], step, birth, on)
				break
			}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Condition) int { return strings.Compare(a.Code, b.Code) })
	return list
}

func stepOf(steps []stepText, name string) (stepText, bool) {
	i := slices.IndexFunc(steps, func(s stepText) bool { return s.name() == name })
	if i < 0 {
		return stepText{}, false
	}
	return steps[i], true
}

// measure compares what there is with what the law asks for.
func (c *Condition) measure(has json.RawMessage, needs stepText, birth, on period.Date) {
	c.Act = needs.Act
	want, ok := lengthOf(needs.Value)
	if !ok {
		return
	}
	c.Needs = &want
	if c.Code == string(rules.AgeNotReached) {
		if birth.IsZero() {
			return
		}
		c.On = birth.AddMonths(want.WholeMonths())
		age := between(birth, on)
		c.Has = &age
		if !c.Met {
			rest := between(on, c.On)
			c.Missing = &rest
		}
		return
	}
	var length rules.Duration
	if json.Unmarshal(has, &length) != nil {
		return
	}
	c.Has = &length
	if days := daysOf(want) - daysOf(length); !c.Met && days > 0 {
		c.Missing = &rules.Duration{Years: days / 360, Months: days % 360 / 30, Days: days % 30}
	}
}

// daysOf is a length in days of the calendar of coverage.
func daysOf(d rules.Duration) int { return d.WholeMonths()*30 + d.Days }

// lengthOf reads a number of months, or a length as steps write it.
func lengthOf(text string) (d rules.Duration, ok bool) {
	if months, err := strconv.Atoi(text); err == nil {
		return rules.Duration{Years: months / 12, Months: months % 12}, true
	}
	n, err := fmt.Sscanf(text, "%dy %dm %dd", &d.Years, &d.Months, &d.Days)
	return d, err == nil && n == 3
}

// between counts full months and days by the calendar.
func between(from, to period.Date) rules.Duration {
	months := int(to.Month() - from.Month())
	if from.AddMonths(months) > to {
		months--
	}
	return rules.Duration{Years: months / 12, Months: months % 12,
		Days: from.AddMonths(months).DaysUntil(to)}
}
