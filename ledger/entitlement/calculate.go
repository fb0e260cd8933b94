package entitlement

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Question is a claim with all that is needed to answer it.
type Question struct {
	Person   *account.Person
	Personal event.PersonalData // of the insured person
	Law      *account.Law
	Kind     string
	// ClaimedOn is the day of the claim; From the day from which the benefit is asked, by
	// which its conditions are judged.
	ClaimedOn period.Date
	From      period.Date
	// Details are fields that the rules need beyond the account.
	Details map[string]json.RawMessage
}

// Trace is a calculation with its reasons. Its JSON is canonical: fields in this order,
// maps by key.
type Trace struct {
	Version   int         `json:"version"`
	Kind      Kind        `json:"kind"`
	ClaimedOn period.Date `json:"claimed_on"`
	From      period.Date `json:"from"`
	Until     period.Date `json:"until,omitzero"`
	// Entitled tells the outcome, Unmet names every condition that is not met.
	Entitled bool     `json:"entitled"`
	Unmet    []string `json:"unmet"`
	// Form is full or partial where the law knows both.
	Form   string       `json:"form,omitempty"`
	Amount money.Amount `json:"amount"`
	// Coverage and Earnings are established from the ledger, where a rule asked for them.
	Coverage *CoverageFact  `json:"coverage,omitempty"`
	Earnings []EarningsFact `json:"earnings"`
	// Occupational is the occupational part of the account, where a rule asked for it.
	Occupational *occupational.Account `json:"occupational,omitempty"`
	Rules        []RuleRun             `json:"rules"`
}

// traceVersion is the form of the trace.
const traceVersion = 1

// RuleRun is one rule with its question and answer; the answer holds the numbers of the
// law with their acts, and the steps.
type RuleRun struct {
	Rule    string            `json:"rule"`
	Title   rules.Text        `json:"title"`
	Act     string            `json:"act"`
	Purpose string            `json:"purpose"`
	Input   json.RawMessage   `json:"input"`
	Origins map[string]string `json:"origins"`
	Output  json.RawMessage   `json:"output,omitempty"`
}

// Purposes of a rule in a case.
const (
	ToEntitle  = "entitlement"
	ToEachOne  = "each"
	ToSum      = "amount"
	ToIncrease = "increase"
)

// ErrUnknownKind: the classifier of benefits has no such kind on the day.
var ErrUnknownKind = errors.New("there is no such kind of benefit")

// Calculate answers the question. The error is ErrUnknownKind, *MissingEvidenceError,
// *EstablishedFactError or a *rules.Error (a number of the law that is not published, or
// details that a rule cannot read); a claim without a right is no error.
func Calculate(q Question) (*Trace, error) {
	kind, ok, err := KindOf(q.Law, q.Kind, q.From)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: %q on %s", ErrUnknownKind, q.Kind, q.From)
	}
	for name := range q.Details {
		if fixedFacts[name] {
			return nil, &EstablishedFactError{name}
		}
	}
	t := &Trace{Version: traceVersion, Kind: kind, ClaimedOn: q.ClaimedOn, From: q.From,
		Unmet: []string{}, Earnings: []EarningsFact{}, Rules: []RuleRun{}}
	r := &resolver{q: &q, kind: &kind, trace: t, chain: map[string]json.RawMessage{}}
	if err := r.until(); err != nil {
		return nil, err
	}
	return t, r.answer()
}

// coverageDay is the day up to which facts of the account count: the first day of the
// benefit, or the death of the insured person, for whom the benefit is.
func (q *Question) coverageDay(kind *Kind) period.Date {
	for _, name := range []string{"death_date", "date_of_death"} {
		var day period.Date
		if text, ok := q.Details[name]; ok && json.Unmarshal(text, &day) == nil &&
			!day.IsZero() {
			return day
		}
	}
	return q.From
}

func (r *resolver) until() error {
	text, ok := r.q.Details["until"]
	if !ok {
		return nil
	}
	day := &r.trace.Until
	if err := json.Unmarshal(text, day); err != nil || *day < r.q.From {
		return &rules.Error{Code: rules.CodeInvalidInput, Field: "until",
			Message: "give the last day as YYYY-MM-DD, not before the first"}
	}
	return nil
}

// answer carries out the rules of the kind in turn.
func (r *resolver) answer() error {
	t := r.trace
	if err := r.eachOne(); err != nil {
		return err
	}
	right := verdict{right: true}
	var err error
	if r.kind.Entitlement != "" && len(t.Unmet) == 0 {
		if right, err = r.run(r.kind.Entitlement, ToEntitle); err != nil {
			return err
		}
	}
	t.Form = right.form
	sum := r.kind.Amount
	if right.form == "partial" && r.kind.Partial != "" {
		sum = r.kind.Partial
	}
	if right.right && len(t.Unmet) == 0 {
		right, err = r.run(sum, ToSum)
		if notApplicable(err) && r.kind.Partial != "" && sum != r.kind.Partial {
			// A category may give the right with less coverage than the full amount asks.
			right, err = r.run(r.kind.Partial, ToSum)
		}
		if err != nil {
			return err
		}
	}
	t.Unmet = append(t.Unmet, right.unmet...)
	if t.Entitled = right.right && len(t.Unmet) == 0; !t.Entitled {
		t.Form = ""
		return nil
	}
	t.Amount = right.amount
	if err := r.untilByRule(); err != nil {
		return err
	}
	return r.increase()
}

// untilByRule takes the last day of payment where the rule of the amount gives one; a claim
// may end earlier.
func (r *resolver) untilByRule() error {
	text, ok := r.chain["until"]
	if !ok {
		return nil
	}
	var last period.Date
	if err := json.Unmarshal(text, &last); err != nil {
		return fmt.Errorf("answer of %s: until: %w", r.kind.Amount, err)
	}
	if r.trace.Until.IsZero() || last < r.trace.Until {
		r.trace.Until = last
	}
	return nil
}

func notApplicable(err error) bool {
	var refusal *rules.Error
	return errors.As(err, &refusal) && refusal.Code == rules.CodeNotApplicable
}

// eachOne asks the rule that everybody on the list must meet. Who does not is left out;
// a list that becomes empty is a condition not met.
func (r *resolver) eachOne() error {
	if r.kind.Each == "" {
		return nil
	}
	var list []json.RawMessage
	if text, ok := r.q.Details[r.kind.List]; !ok || json.Unmarshal(text, &list) != nil ||
		len(list) == 0 {
		return &MissingEvidenceError{r.kind.Each, r.kind.List, rules.Term(r.kind.List)}
	}
	r.people = []json.RawMessage{}
	for i, person := range list {
		if err := json.Unmarshal(person, &r.item); err != nil || r.item == nil {
			return &rules.Error{Code: rules.CodeInvalidInput,
				Field:   fmt.Sprintf("%s[%d]", r.kind.List, i),
				Message: "give an object with the fields of one person"}
		}
		v, err := r.run(r.kind.Each, ToEachOne)
		r.item = nil
		if err != nil {
			return err
		}
		if v.right {
			r.people = append(r.people, person)
		}
	}
	if len(r.people) == 0 {
		r.trace.Unmet = append(r.trace.Unmet, "nobody_eligible")
	}
	return nil
}

// increase adds what a deferral brings, if the claim states one.
func (r *resolver) increase() error {
	if r.kind.Increase == "" {
		return nil
	}
	_, years := r.q.Details["deferral_years"]
	_, months := r.q.Details["deferral_months"]
	if !years && !months {
		return nil
	}
	r.chain["pension_amount"] = raw(r.trace.Amount)
	for _, name := range []string{"deferral_years", "deferral_months"} {
		if _, ok := r.q.Details[name]; !ok {
			r.chain[name] = json.RawMessage("0")
		}
	}
	v, err := r.run(r.kind.Increase, ToIncrease)
	r.trace.Amount = v.amount
	return err
}

// verdict is what the answer of any rule says about a claim.
type verdict struct {
	right  bool
	form   string
	amount money.Amount
	unmet  []string
}

// run asks one rule and keeps its answer for the rules after it.
func (r *resolver) run(id, purpose string) (verdict, error) {
	rule, err := rules.Find(id)
	if err != nil {
		return verdict{}, err
	}
	input, origins, err := r.input(rule)
	if err != nil {
		return verdict{}, err
	}
	done := RuleRun{Rule: id, Title: rule.Title, Act: rule.Act, Purpose: purpose, Input: input,
		Origins: origins}
	output, err := rules.Run(r.q.Law.Parameters, id, input)
	if err != nil {
		return verdict{}, err
	}
	done.Output = output
	r.trace.Rules = append(r.trace.Rules, done)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(output, &fields); err != nil {
		return verdict{}, fmt.Errorf("answer of %s: %w", id, err)
	}
	if purpose != ToEachOne {
		for i := range rule.Outputs {
			if v, ok := fields[rule.Outputs[i].Name]; ok && string(v) != "null" {
				r.chain[rule.Outputs[i].Name] = v
			}
		}
		delete(r.chain, "amount")
	}
	return verdictOf(id, fields)
}

func verdictOf(id string, fields map[string]json.RawMessage) (v verdict, err error) {
	read := func(name string, into any) {
		if text, ok := fields[name]; ok && err == nil {
			if err = json.Unmarshal(text, into); err != nil {
				err = fmt.Errorf("answer of %s: %s: %w", id, name, err)
			}
		}
	}
	v.right = true
	read("eligible", &v.right)
	read("entitlement", &v.form)
	read("amount", &v.amount)
	read("reasons", &v.unmet)
	var reason *string
	read("reason", &reason)
	if reason != nil && *reason != "" {
		v.unmet = append(v.unmet, *reason)
	}
	if v.form == "none" {
		v.right, v.form = false, ""
		if len(v.unmet) == 0 {
			v.unmet = []string{"coverage_short"}
		}
	}
	if v.right {
		v.unmet = nil // a partial pension says what it lacks, and is a right all the same
	} else if len(v.unmet) == 0 {
		v.unmet = []string{"not_eligible"}
	}
	slices.Sort(v.unmet)
	return v, err
}

// RuleIDs gives the rules in the order of their use.
func (t *Trace) RuleIDs() []string {
	ids := make([]string, len(t.Rules))
	for i, r := range t.Rules {
		ids[i] = r.Rule
	}
	return ids
}

// JSON is the canonical form, of which the hash is kept.
func (t *Trace) JSON() ([]byte, error) { return json.Marshal(t) }
