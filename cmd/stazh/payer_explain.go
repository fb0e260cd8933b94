package main

import (
	"context"
	"fmt"
	"strings"

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
			e := explainer{term: a.term, lang: a.Lang}
			root := e.figure(&x.Value)
			a.term.printf("%s\n", root.text)
			e.branches(root.below, "")
			a.term.say("Ledger position %s.", grouped(int64(x.Position)))
		})
	})
}

// figure makes the tree of a node.
func (e *explainer) figure(n *settlement.Node) twig {
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
		t.text += ": " + n.Rule.ID + " " + n.Rule.Formula
		for i := range n.Rule.Numbers {
			t.below = append(t.below, twig{text: e.parameter(&n.Rule.Numbers[i])})
		}
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

func (e *explainer) parameter(p *rules.Parameter) string {
	text := e.in(rules.Term(rules.ParameterTerm(p.Name))) + " " + p.Value + " from " +
		p.From.String()
	for _, said := range []string{p.Act, p.Source} {
		if said != "" {
			text += " – " + said
			break
		}
	}
	if p.Unverified {
		text += " (unverified)"
	}
	if p.Demo {
		text += " (demonstration value)"
	}
	return text
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
