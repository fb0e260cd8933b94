package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// explainer shows a trace as a tree: from the amount over formulas and numbers of the law
// down to the months and the reports they stand in.
type explainer struct {
	term    *terminal
	lang    string
	trace   *entitlement.Trace
	numbers []event.ParameterPublished
	told    map[string]bool // inputs whose facts were shown already
}

// twig is a line with what stands below it.
type twig struct {
	text  string
	below []twig
}

// step is one line of a rule's answer.
type step struct {
	Step    string            `json:"step"`
	Label   rules.Text        `json:"label"`
	Formula string            `json:"formula"`
	Inputs  map[string]string `json:"inputs"`
	Value   string            `json:"value"`
	Act     string            `json:"act"`
}

// name and day are read from the text of a step: "name", "name on DAY" or "name = …".
func (s *step) name() string {
	name, _, _ := strings.Cut(s.Step, " ")
	return name
}

func (s *step) day() period.Date {
	_, text, _ := strings.Cut(s.Step, " on ")
	day, err := period.ParseDate(text)
	if err != nil {
		return 0
	}
	return day
}

func (e *explainer) print() error {
	t := e.trace
	head := fmt.Sprintf("%s %s BYN %s from %s%s", e.term.mark(true),
		e.term.paint(bold, t.Amount.String()), paysWord(string(t.Kind.Pays)), t.From,
		formWord(t.Form))
	if !t.Entitled {
		head = fmt.Sprintf("%s no right on %s", e.term.mark(false), t.From)
	}
	root := twig{text: e.in(t.Kind.Title) + ": " + head}
	for _, code := range t.Unmet {
		root.below = append(root.below, twig{text: e.in(rules.Term(code)) + " (" + code + ")"})
	}
	for i := len(t.Rules) - 1; i >= 0; i-- {
		n, err := e.rule(&t.Rules[i])
		if err != nil {
			return err
		}
		root.below = append(root.below, n)
	}
	e.term.printf("%s\n", root.text)
	e.branches(root.below, "")
	return nil
}

func (e *explainer) branches(list []twig, indent string) {
	for i, n := range list {
		branch, below := "├─ ", "│  "
		if i == len(list)-1 {
			branch, below = "└─ ", "   "
		}
		e.term.printf("%s%s\n", e.term.paint(faint, indent+branch), n.text)
		e.branches(n.below, indent+below)
	}
}

// rule shows a rule: each result that no other step uses, with all that it rests on.
func (e *explainer) rule(r *entitlement.RuleRun) (twig, error) {
	var answer struct {
		Steps []step            `json:"steps"`
		Used  map[string]string `json:"parameters_used"`
	}
	if err := json.Unmarshal(r.Output, &answer); err != nil {
		return twig{}, fmt.Errorf("read the answer of %s: %w", r.Rule, err)
	}
	var input map[string]json.RawMessage
	if err := json.Unmarshal(r.Input, &input); err != nil {
		return twig{}, fmt.Errorf("read the question of %s: %w", r.Rule, err)
	}
	x := ruleExplainer{explainer: e, run: r, steps: answer.Steps, used: answer.Used,
		input: input, shown: map[int]bool{}}
	top := twig{text: fmt.Sprintf("%s %s – %s", e.term.paint(bold, r.Rule), e.in(r.Title), r.Act)}
	if last := len(x.steps) - 1; last >= 0 {
		top.below = append(top.below, x.step(last)) // the result
	}
	for i := range x.steps {
		if !x.shown[i] {
			top.below = append(top.below, x.step(i))
		}
	}
	for _, name := range sortedNames(input) {
		if !x.asked[name] {
			top.below = append(top.below, x.given(name))
		}
	}
	return top, nil
}

func sortedNames(input map[string]json.RawMessage) []string {
	names := make([]string, 0, len(input))
	for name := range input {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ruleExplainer shows one rule.
type ruleExplainer struct {
	*explainer
	run   *entitlement.RuleRun
	steps []step
	used  map[string]string
	input map[string]json.RawMessage
	shown map[int]bool
	asked map[string]bool
}

// step shows a step with what its formula names.
func (x *ruleExplainer) step(i int) twig {
	s := &x.steps[i]
	x.shown[i] = true
	n := twig{text: x.named(s.name(), x.in(s.Label), s.Value)}
	if s.Formula == "" {
		n.text += x.number(s)
		return n
	}
	n.text += ": " + s.Formula
	for _, name := range names(s.Formula) {
		switch at, ok := x.before(name, i); {
		case ok && x.shown[at]:
			n.below = append(n.below, twig{text: x.named(name, x.in(x.steps[at].Label),
				x.steps[at].Value) + ", see above"})
		case ok:
			n.below = append(n.below, x.step(at))
		case x.input[name] != nil:
			n.below = append(n.below, x.given(name))
		}
	}
	return n
}

// before finds the last step of a name before another one.
func (x *ruleExplainer) before(name string, i int) (int, bool) {
	for i--; i >= 0; i-- {
		if x.steps[i].name() == name {
			return i, true
		}
	}
	return 0, false
}

// names lists the words of a formula, each once.
func names(formula string) (list []string) {
	for _, word := range strings.FieldsFunc(formula, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	}) {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return list
}

// number says where a number of the law stands and when it holds.
func (x *ruleExplainer) number(s *step) string {
	day := s.day()
	if day.IsZero() {
		return ""
	}
	text := fmt.Sprintf(", on %s", day)
	for i := len(x.numbers) - 1; i >= 0; i-- {
		p := &x.numbers[i]
		_, used := x.used[p.Name]
		if !used || p.From > day || !p.Until.IsZero() && p.Until < day || p.Value != s.Value ||
			!strings.HasPrefix(p.Name, s.name()) && !strings.HasPrefix(s.name(), p.Name) {
			continue
		}
		text += fmt.Sprintf(", in force from %s", p.From)
		if !p.Until.IsZero() {
			text += fmt.Sprintf(" to %s", p.Until)
		}
		break
	}
	return text + ", " + s.Act
}

// origins say where the inputs of rules are from.
var origins = map[string]string{
	entitlement.FromAccount: "from the account",
	entitlement.FromClaim:   "from the claim and its evidence",
	entitlement.FromKind:    "the same for all claims of the kind",
	entitlement.FromRule:    "from the rule before",
}

// given shows an input of the rule, and the facts behind it.
func (x *ruleExplainer) given(name string) twig {
	if x.asked == nil {
		x.asked = map[string]bool{}
	}
	x.asked[name] = true
	n := twig{text: x.named(name, x.in(rules.Term(name)), plain(x.input[name])) + ", " +
		origins[x.run.Origins[name]]}
	if x.run.Origins[name] != entitlement.FromAccount {
		return n
	}
	if n.below = x.behind(name); len(n.below) > 0 && x.told[name] {
		return twig{text: n.text + ", see above"}
	}
	x.told[name] = true
	return n
}

// named shows a value under the name that formulas use, with what it means.
func (x *ruleExplainer) named(name, label, value string) string {
	text := name + " = " + x.term.paint(bold, value)
	if label != "" && label != name {
		text += " – " + label
	}
	return text
}

// plain writes a value of a question for people.
func plain(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var length rules.Duration
	if strings.HasPrefix(string(value), `{"years"`) && json.Unmarshal(value, &length) == nil {
		return length.String()
	}
	return string(value)
}

// behind gives what the account has behind an input.
func (e *explainer) behind(name string) (list []twig) {
	for _, f := range e.trace.Earnings {
		if f.Field == name {
			return earningsNodes(f)
		}
	}
	c := e.trace.Coverage
	switch {
	case c == nil:
		return nil
	case name == "coverage":
		return intervalNodes(c.Total)
	case name == "paid_coverage":
		return intervalNodes(c.Paid)
	case name == "special_coverage" || name == "hazardous_coverage":
		for _, h := range c.Hazardous {
			list = append(list, twig{text: fmt.Sprintf("%s to %s, list %s, event %d", h.From, h.To,
				h.List, h.Position)})
		}
	}
	return list
}

func earningsNodes(f entitlement.EarningsFact) []twig {
	top := twig{text: fmt.Sprintf("%s BYN from %s to %s, divided by %d %s", f.Sum, f.From, f.To,
		f.Divisor, f.Unit)}
	for _, m := range f.Months {
		top.below = append(top.below, twig{text: fmt.Sprintf("%s: %s BYN, %s, event %d", m.Month,
			m.Earnings, reportText(m.Payer, m.Receipt, m.Document), m.Position)})
	}
	return []twig{top}
}

func reportText(payer, receipt string, document int) string {
	if receipt == entitlement.AssumedReceipt {
		return "assumed"
	}
	return fmt.Sprintf("payer %s, receipt %s, document %d", payer, receipt, document)
}

func intervalNodes(p coverage.Part) (list []twig) {
	for _, i := range p.Intervals {
		n := twig{text: fmt.Sprintf("%s to %s, %d days", i.From, i.To, i.Days)}
		for _, s := range i.Sources {
			what := reportText(s.Payer, s.Receipt, s.DocNo)
			if s.Kind != "" {
				what = "special period " + s.Kind
			}
			if s.Activity != "" {
				what += ", activity " + s.Activity
			}
			if !s.RecordedAt.IsZero() {
				what += ", recorded on " + s.RecordedAt.Format(time.DateOnly)
			}
			n.below = append(n.below, twig{text: fmt.Sprintf("%s to %s: %s, event %d", s.From, s.To,
				what, s.Position)})
		}
		list = append(list, n)
	}
	return list
}

// in gives a text in the language asked for.
func (e *explainer) in(t rules.Text) string {
	switch e.lang {
	case "ru":
		return t.RU
	case "be":
		return t.BE
	}
	return t.EN
}
