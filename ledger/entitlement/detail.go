package entitlement

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stazh/stazh/ledger/rules"
)

// Detail is something that a claim, or its evidence, may say beyond the account.
type Detail struct {
	Name  string
	Type  rules.Type
	Words []string // of a choice
	// Needed tells that no calculation is possible without it; other details are asked for
	// in some cases only.
	Needed bool
	Means  rules.Text
	// Items are the fields of each person or thing of a list.
	Items []Detail
}

// ownDetails are details that no rule asks for but the calculation itself.
var ownDetails = map[string]Detail{
	"until": {Name: "until", Type: rules.TypeDate, Means: rules.Text{
		RU: "последний день выплаты", BE: "апошні дзень выплаты",
		EN: "last day that is paid for"}},
	"earnings_from": {Name: "earnings_from", Type: rules.TypeMonth, Means: rules.Text{
		RU: "первый месяц среднего заработка", BE: "першы месяц сярэдняга заробку",
		EN: "first month of the average earnings"}},
	"earnings_to": {Name: "earnings_to", Type: rules.TypeMonth, Means: rules.Text{
		RU: "последний месяц среднего заработка", BE: "апошні месяц сярэдняга заробку",
		EN: "last month of the average earnings"}},
	"death_date": {Name: "death_date", Type: rules.TypeDate, Means: rules.Text{
		RU: "день смерти застрахованного лица", BE: "дзень смерці застрахаванай асобы",
		EN: "day of the insured person's death"}},
}

// Takes lists what a claim of the kind may say, by name.
func (k *Kind) Takes() []Detail {
	found := map[string]Detail{}
	for _, asked := range []struct {
		rule   string
		needed bool
	}{{k.Entitlement, true}, {k.Each, true}, {k.Amount, true}, {k.Partial, false},
		{k.Increase, false}} {
		rule, err := rules.Find(asked.rule)
		if err != nil {
			continue
		}
		if asked.rule == k.Each && k.List != "" {
			// The people on the list have that rule's fields.
			k.takesList(found, rule)
			continue
		}
		for i := range rule.Inputs {
			k.takes(found, &rule.Inputs[i], asked.needed)
		}
	}
	delete(found, "pension_amount") // the increase's own question about the amount before it
	own := []string{"death_date"}
	if k.Pays != Once {
		own = append(own, "until")
	}
	if k.asks("average_monthly_earnings") || k.asks("last_covered_earnings") {
		own = append(own, "earnings_from", "earnings_to")
	}
	for _, name := range own {
		if _, ok := found[name]; !ok {
			found[name] = ownDetails[name]
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Detail) int {
		return strings.Compare(a.Name, b.Name)
	})
}

// takes adds what an input of a rule asks of the claim, if it is the claim that says it.
func (k *Kind) takes(found map[string]Detail, f *rules.Field, needed bool) {
	name := f.Name
	if alias, ok := k.Alias[name]; ok {
		name = alias
	}
	if name == k.List && k.List != "" {
		k.takesItems(found, f)
		return
	}
	_, fixed := k.Fixed[name]
	subject := name == "sex" || name == "birth_date"
	if fixed || fixedFacts[name] || subject && !k.SubjectInDetails {
		return
	}
	d := detailOf(f)
	d.Name, d.Needed = name, needed && !f.Optional || found[name].Needed
	if own, ok := ownDetails[name]; ok {
		d.Means = own.Means
	}
	found[name] = d
}

// takesItems adds what another rule asks of each on the list.
func (k *Kind) takesItems(found map[string]Detail, f *rules.Field) {
	list, ok := found[k.List]
	if !ok {
		list = Detail{Name: k.List, Type: rules.TypeList, Needed: true, Means: f.Doc()}
	}
	for i := range f.Items {
		name := f.Items[i].Name
		if name == "" {
			continue // the item is an id, by which the other rules know the person
		}
		if !slices.ContainsFunc(list.Items, func(d Detail) bool { return d.Name == name }) {
			list.Items = append(list.Items, detailOf(&f.Items[i]))
		}
	}
	found[k.List] = list
}

// takesList adds the list of people whom the rule judges one by one.
func (k *Kind) takesList(found map[string]Detail, rule *rules.Rule) {
	list := found[k.List]
	list.Name, list.Type, list.Needed = k.List, rules.TypeList, true
	list.Means = rules.Term(k.List)
	for i := range rule.Inputs {
		name := rule.Inputs[i].Name
		if alias, ok := k.Alias[name]; ok {
			name = alias
		}
		if !fixedFacts[name] {
			list.Items = append(list.Items, detailOf(&rule.Inputs[i]))
		}
	}
	found[k.List] = list
}

func detailOf(f *rules.Field) Detail {
	d := Detail{Name: f.Name, Type: f.Type, Words: f.Words, Needed: !f.Optional, Means: f.Doc()}
	for i := range f.Items {
		d.Items = append(d.Items, detailOf(&f.Items[i]))
	}
	return d
}

// asks tells whether a rule of the kind asks for a field.
func (k *Kind) asks(name string) bool {
	for _, id := range []string{k.Entitlement, k.Each, k.Amount, k.Partial, k.Increase} {
		rule, err := rules.Find(id)
		if err == nil && slices.ContainsFunc(rule.Inputs, func(f rules.Field) bool {
			return f.Name == name
		}) {
			return true
		}
	}
	return false
}

// DetailNotTakenError says that nothing of the kind reads a detail: it would be lost.
type DetailNotTakenError struct {
	Kind  string
	Field string
	Takes []string // the details that the kind reads, sorted
}

// Error names the detail and those that there are.
func (e *DetailNotTakenError) Error() string {
	return fmt.Sprintf("no rule of %s reads %q: give one of %s", e.Kind, e.Field,
		strings.Join(e.Takes, ", "))
}

// MayDetail refuses a detail that the ledger establishes, or that no rule of the kind reads.
func (k *Kind) MayDetail(name string) error {
	if fixedFacts[name] {
		return &EstablishedFactError{name}
	}
	takes := k.Takes()
	names := make([]string, len(takes))
	for i, d := range takes {
		if names[i] = d.Name; d.Name == name {
			return nil
		}
	}
	return &DetailNotTakenError{k.Code, name, names}
}
