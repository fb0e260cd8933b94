package main

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// payerReconcile shows what differs.
type payerReconcile struct {
	UNP    string `arg:"" name:"unp" help:"The payer's number."`
	Closed bool   `help:"Also what differed before and was resolved."`
	On     date   `placeholder:"YYYY-MM-DD" help:"Day of the estimates; today by default."`
	AsOf   moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At     uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// Run compares reports, accounts and payments.
func (c *payerReconcile) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		x, err := s.Reconciliation(ctx, a.actor(roleOfficer), c.UNP, read, period.Date(c.On))
		if err != nil {
			return err
		}
		answer := struct {
			service.ReconciliationView
			Position ledger.Position `json:"position"`
		}{x.Value, x.Position}
		return a.term.answer(answer, func() {
			printMismatches(a.term, x.Value.Open)
			if c.Closed {
				a.term.printf("\nResolved:\n")
				printMismatches(a.term, x.Value.Closed)
			}
			printEstimates(a.term, x.Value.Estimates)
			a.term.say("Ledger position %s.", grouped(int64(x.Position)))
		})
	})
}

func printMismatches(term *terminal, list []reconciliation.Mismatch) {
	if len(list) == 0 {
		term.printf("Nothing differs.\n")
		return
	}
	t := newTable("QUARTER", "KIND", "RULE", ">BY PAYER", ">BY ACCOUNTS", ">DIFFERENCE", "STATE",
		">SINCE", ">RESOLVED", "")
	for _, m := range list {
		note, resolved := "", ""
		if m.Carried {
			note = "carried over"
		}
		if m.Closed != nil {
			resolved = grouped(int64(m.Closed.Position))
		}
		t.add(quarterText(m.Year, m.Quarter), m.Kind, m.Rule, m.ByPayer.String(),
			m.ByAccounts.String(), m.Difference.String(), string(m.State),
			grouped(int64(m.Opened.Position)), resolved, note)
	}
	t.print(term)
}

// printEstimates tells of quarters in a row with the same estimate in one line: a payer that
// has stopped reporting may have missed many.
func printEstimates(term *terminal, list []obligation.Estimate) {
	for len(list) > 0 {
		e, n := list[0], 1
		for n < len(list) && continues(list[n-1], list[n]) {
			n++
		}
		which, each := quarterText(e.Year, e.Quarter)+", which was", "BYN"
		if n > 1 {
			last := list[n-1]
			which = fmt.Sprintf("%s to %s, which were", quarterText(e.Year, e.Quarter),
				quarterText(last.Year, last.Quarter))
			each = "BYN a quarter"
		}
		term.printf("Estimate of contributions for %s not filed: %s %s, as in %s. "+
			"It is no debt.\n", which, e.Amount, each, quarterText(e.FromYear, e.FromQuarter))
		list = list[n:]
	}
}

// continues tells whether an estimate is the former one's for the next quarter.
func continues(former, e obligation.Estimate) bool {
	return e.Year*4+e.Quarter == former.Year*4+former.Quarter+1 && e.Amount == former.Amount &&
		e.FromYear == former.FromYear && e.FromQuarter == former.FromQuarter
}

// payerNote shows the explanatory notes.
type payerNote struct {
	UNP  string `arg:"" name:"unp" help:"The payer's number."`
	Year int    `required:"" placeholder:"YYYY" help:"Year of the notes."`
}

// Run fills the notes in.
func (c *payerNote) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		x, err := s.Notes(ctx, a.actor(roleOfficer), c.UNP, c.Year, read)
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() { printNotes(a.term, x.Value) })
	})
}

func printNotes(term *terminal, v service.NotesView) {
	for i, n := range v.Notes {
		if i > 0 {
			term.printf("\n")
		}
		printNote(term, v.Payer, n)
	}
}

func printNote(term *terminal, payer string, n service.NoteView) {
	heads := []string{">4-ФОНД", ">ПУ-3"}
	if n.Form == reconciliation.FormNote6 {
		heads = []string{">ПУ-6, PAID", ">ASSESSED"}
	}
	switch {
	case n.Quarter > 0:
	case n.Form == reconciliation.FormNote6:
		term.printf("%s of %d: no ПУ-6 was filed.\n", n.Form, n.Year)
		return
	default:
		term.printf("%s of %d: the 4-фонд and the ПУ-3 of no quarter are both there.\n", n.Form,
			n.Year)
		return
	}
	term.printf("%s of %d up to quarter %d, payer %s\n\n", n.Form, n.Year, n.Quarter, payer)
	t := newTable(">COLUMN", "KIND", heads[0], heads[1], ">DIFFERENCE", "STATE", "REASON")
	for _, row := range n.Rows {
		t.add(grouped(int64(row.Column)), row.Kind, row.ByPayer.String(), row.ByAccounts.String(),
			row.Difference.String(), string(row.State), clean(row.Reason, 60))
	}
	t.print(term)
}

// payerJustify explains a difference.
type payerJustify struct {
	UNP     string  `arg:"" name:"unp" help:"The payer's number."`
	Quarter quarter `required:"" placeholder:"YYYY-Q" help:"Quarter of the difference."`
	Kind    string  `required:"" placeholder:"KIND" help:"${mismatches}"`
	Text    string  `required:"" placeholder:"TEXT" help:"The reason."`
}

// Run records the reason.
func (c *payerJustify) Run(ctx context.Context, a *app) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		first := period.Month(c.Quarter)
		x, err := s.ExplainMismatch(ctx, a.actor(rolePayer), commands.ExplainMismatch{
			Payer: c.UNP, Year: first.Year(), Quarter: first.Quarter(), Kind: c.Kind,
			Text: c.Text})
		if err != nil {
			return err
		}
		return a.term.answer(x.Value, func() { printNotes(a.term, x.Value) })
	})
}

// payerReports shows the 4-фонд of all quarters.
type payerReports struct {
	UNP   string `arg:"" name:"unp" help:"The payer's number."`
	Limit int    `default:"50" help:"How many quarters."`
}

// Run lists them with their versions.
func (c *payerReports) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.Reports(ctx, a.actor(roleOfficer), c.UNP, read, "", c.Limit)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("QUARTER", ">VERSION", "TYPE", "ARRIVED", "RECEIPT", ">LINES", ">PAY",
				">BENEFITS", ">OTHER", ">CONTRIBUTIONS", ">EXPENSES")
			for _, r := range page.Items {
				for _, v := range r.Versions {
					t.add(quarterText(r.Year, r.Quarter), grouped(int64(v.Version)), v.Type,
						v.ArrivedOn.String(), v.Receipt, grouped(int64(len(v.Lines))),
						v.Sums.Earnings.String(), v.Sums.Benefits.String(),
						v.Sums.Allowances.String(), v.Sums.Contributions.String(),
						v.Sums.Expenses.String())
				}
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}
