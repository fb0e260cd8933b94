package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

// payerExplain shows how a figure of a balance comes about.
type payerExplain struct {
	unpArg
	readFlags
	Figure string `required:"" placeholder:"FIGURE" help:"${figures}"`
	Fund   string `placeholder:"FUND" help:"Of one fund."`
	Month  month  `placeholder:"YYYY-MM" help:"Of one month, down to persons and reports."`
	On     date   `placeholder:"YYYY-MM-DD" help:"Day of the balance; today by default."`
}

// Run shows a tree whose parts add up.
func (c *payerExplain) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.ExplainBalance(ctx, a.actor(roleOfficer), service.Figure{Payer: c.UNP,
			Name: c.Figure, Scope: settlement.Scope{Fund: c.Fund, Month: period.Month(c.Month)},
			On: period.Date(c.On)}, read)
		if err != nil {
			return err
		}
		answer := struct {
			settlement.Node
			Position ledger.Position `json:"position"`
		}{x.Value, x.Position}
		return a.term.answer(answer, func() {
			e := figureExplainer{explainer: explainer{term: a.term, lang: a.Lang}}
			root := e.figure(&x.Value)
			a.term.printf("%s\n", root.text)
			e.branches(root.below, "")
			e.legend()
			a.term.say("Ledger position %s.", grouped(int64(x.Position)))
		})
	})
}

// figureExplainer shows a figure as a tree. The law is told once, below it: the tree names
// rules, and numbers of the law by their place in the legend.
type figureExplainer struct {
	explainer
	rules   []*settlement.Rule
	numbers []rules.Parameter
}

// figure makes the tree of a node.
func (e *figureExplainer) figure(n *settlement.Node) twig {
	t := twig{text: e.in(n.Label) + " " + e.term.paint(bold, n.Amount.String())}
	if n.Person != nil {
		t.text += " " + n.Person.String()
	}
	if n.Fund != "" {
		t.text += ", " + n.Fund
	}
	if n.Month != 0 {
		t.text += ", " + n.Month.String()
	}
	if line := n.Line; line != nil {
		t.text += explainedText(line)
	}
	if n.Rule != nil {
		t.text += ": " + e.named(n.Rule)
	}
	for _, f := range n.Facts {
		t.text += factText(f)
	}
	for i := range n.Parts {
		t.below = append(t.below, e.figure(&n.Parts[i]))
	}
	for i := range n.Basis {
		t.below = append(t.below, e.figure(&n.Basis[i]))
	}
	return t
}

func explainedText(line *settlement.Line) string {
	text := fmt.Sprintf(" %s – %s, %d days on %s", line.From, line.Until, line.Days, line.Base)
	if line.Waived {
		text += ", waived"
	}
	if line.Missing != nil {
		text += ", waits for " + line.Missing.Parameter
	}
	return text
}

// named gives a rule's name and the places of its numbers in the legend.
func (e *figureExplainer) named(r *settlement.Rule) string {
	if !slices.ContainsFunc(e.rules, func(x *settlement.Rule) bool {
		return x.ID == r.ID && x.Formula == r.Formula
	}) {
		e.rules = append(e.rules, r)
	}
	var places []string
	for _, p := range r.Numbers {
		i := slices.IndexFunc(e.numbers, func(x rules.Parameter) bool {
			return x.Name == p.Name && x.From == p.From && x.Value == p.Value
		})
		if i < 0 {
			i = len(e.numbers)
			e.numbers = append(e.numbers, p)
		}
		places = append(places, strconv.Itoa(i+1))
	}
	if len(places) == 0 {
		return r.ID
	}
	return r.ID + " [" + strings.Join(places, ", ") + "]"
}

// legend tells the rules that the tree names, and their numbers.
func (e *figureExplainer) legend() {
	if len(e.rules) == 0 {
		return
	}
	e.term.printf("\nBy the law:\n")
	for _, r := range e.rules {
		e.term.printf("%s = %s\n", r.ID, r.Formula)
	}
	told := map[string]bool{}
	for i := range e.numbers {
		p := &e.numbers[i]
		text := fmt.Sprintf("[%d] %s = %s from %s", i+1, p.Name, p.Value, p.From)
		if p.Unverified {
			text += " (unverified)"
		}
		if p.Demo {
			text += " (demonstration value)"
		}
		e.term.printf("%s\n", text)
		about := e.in(rules.Term(rules.ParameterTerm(p.Name))) + ". " + cmp.Or(p.Act, p.Source)
		if told[about] {
			continue
		}
		told[about] = true
		for _, line := range folded(about, legendWidth) {
			e.term.printf("    %s\n", line)
		}
	}
}

// legendWidth is the width of a line of the legend, without its indent.
const legendWidth = 92

// folded breaks a text into lines of at most so many characters, between words.
func folded(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	return append(lines, line)
}

func factText(f settlement.Fact) string {
	list := []string{fmt.Sprintf("event %d", f.Position)}
	if f.Receipt != "" {
		list = append(list, fmt.Sprintf("receipt %s, document %d", f.Receipt, f.Document))
	}
	if f.Version > 1 {
		list = append(list, fmt.Sprintf("version %d", f.Version))
	}
	if f.BankRef != "" {
		list = append(list, "bank "+clean(f.BankRef, 40))
	}
	return " [" + strings.Join(list, ", ") + "]"
}
