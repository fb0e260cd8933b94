package entitlement

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Origins of a rule's inputs.
const (
	FromAccount = "account" // established from the ledger
	FromRule    = "rule"    // answered by an earlier rule of the case
	FromKind    = "kind"    // the same for all claims of the kind
	FromClaim   = "claim"   // the claim and its evidence
)

// fixedFacts are fields that the claim may not give: the ledger establishes them.
var fixedFacts = map[string]bool{
	"coverage": true, "paid_coverage": true, "special_coverage": true,
	"hazardous_coverage": true, "average_monthly_earnings": true,
	"last_covered_earnings": true, "average_daily_earnings": true, "deceased_birth_date": true,
	"on_date": true, "claim_date": true, "covered_months_total": true,
	"occupational_balance": true, "occupational_service": true,
}

// MissingEvidenceError says that a rule needs something that neither the account nor the
// claim says.
type MissingEvidenceError struct {
	Rule  string
	Field string
	Means rules.Text
}

// Error names the field and the remedy.
func (e *MissingEvidenceError) Error() string {
	return e.Rule + " needs " + e.Field + " (" + e.Means.EN + "): record evidence that gives it"
}

// EstablishedFactError says that a claim gives what only the ledger may say.
type EstablishedFactError struct{ Field string }

// Error names the field and the remedy.
func (e *EstablishedFactError) Error() string {
	return e.Field + " is established from the ledger: leave it out of the details, and " +
		"have reports or periods corrected where it is wrong"
}

// resolver finds the inputs of the rules of one case.
type resolver struct {
	q      *Question
	kind   *Kind
	trace  *Trace
	chain  map[string]json.RawMessage // answers of earlier rules
	item   map[string]json.RawMessage // of the list, while its rule is asked
	people []json.RawMessage          // items of the list that met their rule
}

// input makes the question of a rule, field by field in the order of its description.
func (r *resolver) input(rule *rules.Rule) (json.RawMessage, map[string]string, error) {
	var b []byte
	origins := map[string]string{}
	for i := range rule.Inputs {
		f := &rule.Inputs[i]
		value, origin, err := r.field(f)
		if err != nil {
			return nil, nil, err
		}
		if value == nil {
			if !f.Optional {
				return nil, nil, &MissingEvidenceError{rule.ID, f.Name, f.Doc()}
			}
			continue
		}
		b = append(append(append(b, ','), raw(f.Name)...), ':')
		b = append(b, value...)
		origins[f.Name] = origin
	}
	if len(b) == 0 {
		return json.RawMessage("{}"), origins, nil
	}
	b[0] = '{'
	return append(b, '}'), origins, nil
}

// field finds one input; null when nobody says it.
func (r *resolver) field(f *rules.Field) (json.RawMessage, string, error) {
	name := f.Name
	if alias, ok := r.kind.Alias[name]; ok {
		name = alias
	}
	if r.item != nil {
		if v, ok := r.item[name]; ok {
			return v, FromClaim, nil
		}
	}
	if name == r.kind.List && r.people != nil {
		return r.list(f), FromClaim, nil
	}
	if v, err := r.fact(name); v != nil || err != nil {
		return v, FromAccount, err
	}
	if v, ok := r.chain[name]; ok {
		return v, FromRule, nil
	}
	if v, ok := r.kind.Fixed[name]; ok {
		return fixedValue(f, v), FromKind, nil
	}
	if v, ok := r.q.Details[name]; ok && string(v) != "null" {
		return v, FromClaim, nil
	}
	return nil, "", nil
}

// fixedValue writes a constant of the kind in the form of the field.
func fixedValue(f *rules.Field, v string) json.RawMessage {
	if f.Type == rules.TypeBool || f.Type == rules.TypeInt {
		return json.RawMessage(v)
	}
	return raw(v)
}

// list gives the people of the list with those fields that the rule asks of each.
func (r *resolver) list(f *rules.Field) json.RawMessage {
	out := make([]json.RawMessage, len(r.people))
	for i, person := range r.people {
		var all map[string]json.RawMessage
		_ = json.Unmarshal(person, &all) // was read before
		maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
			for j := range f.Items {
				if f.Items[j].Name == name {
					return false
				}
			}
			return true
		})
		if len(f.Items) == 1 && f.Items[0].Name == "" {
			out[i] = all["person_id"]
			continue
		}
		out[i] = raw(all)
	}
	return raw(out)
}

// fact establishes what only the ledger says; nil where it does not say the field.
func (r *resolver) fact(name string) (json.RawMessage, error) {
	switch name {
	case "on_date":
		return raw(r.q.From), nil
	case "claim_date":
		return raw(r.q.ClaimedOn), nil
	case "sex":
		if s := sexOf(r.q.Personal.Sex); s != "" && !r.kind.SubjectInDetails && r.item == nil {
			return raw(s), nil
		}
	case "birth_date":
		if !r.q.Personal.BirthDate.IsZero() && !r.kind.SubjectInDetails && r.item == nil {
			return raw(r.q.Personal.BirthDate), nil
		}
	case "deceased_birth_date":
		if !r.q.Personal.BirthDate.IsZero() {
			return raw(r.q.Personal.BirthDate), nil
		}
	case "coverage":
		return raw(r.coverage().Total.Coverage), nil
	case "paid_coverage":
		return raw(r.coverage().Paid.Coverage), nil
	case "covered_months_total":
		return raw(r.coverage().Paid.Coverage.WholeMonths()), nil
	case "special_coverage", "hazardous_coverage":
		return r.hazardous(name), nil
	case "occupational_balance":
		return raw(r.occupational().Balance), nil
	case "occupational_service":
		return raw(r.occupational().Service.Length), nil
	case "average_monthly_earnings", "last_covered_earnings":
		return r.averageOf(name, false)
	case "average_daily_earnings":
		return r.averageOf(name, true)
	}
	return nil, nil
}

func (r *resolver) coverage() *CoverageFact {
	if r.trace.Coverage == nil {
		r.trace.Coverage = coverageOf(r.q.Person, r.q.Law, r.q.coverageDay(r.kind))
	}
	return r.trace.Coverage
}

// occupational is the occupational part of the account on the benefit's first day.
func (r *resolver) occupational() *occupational.Account {
	if r.trace.Occupational == nil {
		a := occupational.Of(r.q.Person, r.q.Law, r.q.From)
		r.trace.Occupational = &a
	}
	return r.trace.Occupational
}

// hazardous is the coverage in special conditions: of list 1 alone for a pension of list
// 1, else of both, as work of list 1 counts for list 2 too.
func (r *resolver) hazardous(name string) json.RawMessage {
	c := r.coverage()
	if name == "special_coverage" && strings.HasSuffix(r.kind.Fixed["category"], "list_1") {
		return raw(c.List1)
	}
	return raw(c.Lists)
}

// averageOf establishes an average of earnings: of the months that the claim states, by
// default all that were reported before the month of the benefit's first day; for a day's
// pay the six calendar months before that month, by all their days.
func (r *resolver) averageOf(field string, daily bool) (json.RawMessage, error) {
	for _, f := range r.trace.Earnings {
		if f.Field == field {
			return raw(f.Average), nil
		}
	}
	last := r.q.coverageDay(r.kind).Month().Add(-1)
	first := firstReported(r.q.Person)
	if daily {
		first = last.Add(1 - dailyMonths)
	} else {
		var err error
		if first, err = r.stated("earnings_from", first); err != nil {
			return nil, err
		}
		if last, err = r.stated("earnings_to", last); err != nil {
			return nil, err
		}
	}
	if first.IsZero() || first > last {
		return nil, nil
	}
	f := earningsOf(r.q.Person, field, first, last, daily)
	if f.Divisor == 0 {
		return nil, nil
	}
	r.trace.Earnings = append(r.trace.Earnings, *f)
	return raw(f.Average), nil
}

// dailyMonths are the calendar months that average daily earnings come from.
const dailyMonths = 6

func (r *resolver) stated(name string, otherwise period.Month) (m period.Month, err error) {
	text, ok := r.q.Details[name]
	if !ok {
		return otherwise, nil
	}
	if err := json.Unmarshal(text, &m); err != nil || m.IsZero() {
		return 0, &rules.Error{Code: rules.CodeInvalidInput, Field: name,
			Message: "give the month as YYYY-MM"}
	}
	return m, nil
}
