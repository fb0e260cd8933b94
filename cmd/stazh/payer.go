package main

import (
	"context"
	"strings"
	"time"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// payerRegister opens a payer's account.
type payerRegister struct {
	UNP    string `arg:"" name:"unp" help:"The payer's number, nine characters."`
	FundNo string `required:"" placeholder:"NNNNNNNNN" help:"Number at the Fund, nine digits."`
	Name   string `required:"" placeholder:"TEXT" help:"The payer's name."`
	Kind   string `default:"employer" placeholder:"KIND" help:"${kinds}"`
	Since  date   `required:"" placeholder:"YYYY-MM-DD" help:"First day of its duties."`
	Ground string `placeholder:"TEXT" help:"The act that the registration relies on."`
}

// Run registers; doing it again with the same data does nothing.
func (c *payerRegister) Run(ctx context.Context, a *app) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		done, err := s.RegisterPayer(ctx, a.actor(roleOfficer), commands.RegisterPayer{
			UNP: c.UNP, FundNo: c.FundNo, Name: c.Name, Kind: c.Kind,
			Since: period.Date(c.Since), Ground: c.Ground})
		if err != nil {
			return err
		}
		answer := struct {
			service.PayerView
			Repeated bool            `json:"repeated"`
			Position ledger.Position `json:"position"`
		}{done.Value.PayerView, done.Value.Repeated, done.Position}
		return a.term.answer(answer, func() {
			word := "Registered"
			if answer.Repeated {
				word = "Was registered before"
			}
			a.term.printf("%s: %s %s, office %s.\n", word, answer.UNP, clean(answer.Name, 60),
				answer.Office)
		})
	})
}

// payerShow shows a balance.
type payerShow struct {
	UNP  string `arg:"" name:"unp" help:"The payer's number."`
	On   date   `placeholder:"YYYY-MM-DD" help:"Day of the balance; today by default."`
	AsOf moment `placeholder:"TIME" help:"As the Fund knew it then (RFC 3339)."`
	At   uint64 `placeholder:"POSITION" help:"As the ledger was at the position."`
}

// payerAnswer is the payer with its balance.
type payerAnswer struct {
	Payer    service.PayerView   `json:"payer"`
	Balance  service.BalanceView `json:"balance"`
	Position ledger.Position     `json:"position"`
}

// Run shows what is assessed, paid and owed.
func (c *payerShow) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, c.AsOf, c.At)
		if err != nil {
			return err
		}
		caller := a.actor(roleOfficer)
		payer, err := s.Payer(ctx, caller, c.UNP, read)
		if err != nil {
			return err
		}
		on := period.Date(c.On)
		if on.IsZero() {
			on = commands.FundDate(a.clock())
		}
		b, err := s.Balance(ctx, caller, c.UNP, read, on)
		if err != nil {
			return err
		}
		answer := payerAnswer{payer.Value, b.Value, b.Position}
		return a.term.answer(answer, func() {
			printPayer(a.term, answer)
			a.term.say("Ledger position %s.", grouped(int64(b.Position)))
		})
	})
}

func printPayer(term *terminal, p payerAnswer) {
	term.printf("%s  %s\n", term.paint(bold, p.Payer.UNP), clean(p.Payer.Name, 80))
	term.printf("%s, Fund number %s, office %s, since %s\n\n", p.Payer.Kind, p.Payer.FundNo,
		p.Payer.Office, p.Payer.Since)
	printMonths(term, p.Balance.Months)
	printSums(term, &p.Balance.Balance)
	printEstimates(term, p.Balance.Estimates)
}

func printMonths(term *terminal, months []settlement.Month) {
	t := newTable("MONTH", ">PERSONS", ">BASE", ">PENSION", ">SOCIAL", ">TOTAL", ">OFFSET",
		">PAID", ">UNPAID", ">PENALTY", "DUE", "")
	for i := range months {
		m := &months[i]
		note := ""
		switch {
		case m.Awaiting != nil:
			note = "waits for " + m.Awaiting.Parameter + " of " + m.Awaiting.Month.String()
		case m.Overdue:
			note = "overdue"
		}
		if m.Demo {
			note = strings.TrimSpace(note + " (demonstration values)")
		}
		var sum settlement.Part
		for _, x := range m.Parts {
			sum.Offset, sum.Paid = sum.Offset+x.Offset, sum.Paid+x.Paid
			sum.Deferred, sum.Penalty = sum.Deferred+x.Deferred, sum.Penalty+x.Penalty
		}
		if sum.Deferred > 0 {
			note = strings.TrimSpace(note + " deferred " + sum.Deferred.String())
		}
		t.add(m.Month.String(), grouped(int64(m.Persons)), m.Base.String(),
			m.ForPensions().String(), m.ForSocial().String(), m.Total.String(),
			sum.Offset.String(), sum.Paid.String(), m.Unpaid.String(), sum.Penalty.String(),
			m.DueOn.String(), note)
	}
	t.print(term)
}

func printSums(term *terminal, b *settlement.Balance) {
	t := newTable("FUND", ">ASSESSED", ">OFFSET", ">PAID", ">REFUNDED", ">ARREARS", ">DEFERRED",
		">NOT DUE", ">OVERPAID", ">PENALTY", ">UNPAID PENALTY")
	row := func(name string, s *settlement.Sums) {
		t.add(name, s.Assessed.String(), s.Offset.String(), s.Paid.String(), s.Refunded.String(),
			s.Arrears.String(), s.Deferred.String(), s.NotDue.String(), s.Overpayment.String(),
			s.Penalty.String(), s.PenaltyUnpaid.String())
	}
	for i := range b.Funds {
		row(b.Funds[i].Fund, &b.Funds[i].Sums)
	}
	row("all", &b.Sums)
	term.printf("\nOn %s, in BYN:\n", b.On)
	t.print(term)
	term.printf("(assessed + refunded + penalty − offset − paid = arrears + deferred + not due + " +
		"unpaid penalty − overpaid)\n")
	if b.Suspended > 0 {
		term.printf("In its lists %s BYN wait for their payers.\n", b.Suspended)
	}
	if b.PenaltyAwaits != nil {
		term.printf("Penalty is not complete: %s of %s is not published.\n",
			b.PenaltyAwaits.Parameter, b.PenaltyAwaits.On)
	}
}

// payerList finds payers.
type payerList struct {
	Text   string `arg:"" optional:"" help:"UNP, Fund number or words of the name."`
	InCode string `name:"in-office" placeholder:"CODE" help:"Only those of an office."`
	Region string `placeholder:"DIGIT" help:"Only those of a region (first digit of offices)."`
	Limit  int    `default:"50" help:"How many."`
}

// Run lists the best matches first.
func (c *payerList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment(time.Time{}), 0)
		if err != nil {
			return err
		}
		page, err := s.FindPayers(ctx, a.actor(roleOfficer), service.PayerFilter{Text: c.Text,
			Office: c.InCode, Region: c.Region}, "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("UNP", "FUND NUMBER", "OFFICE", "KIND", "SINCE", "NAME")
			for _, p := range page.Items {
				t.add(p.UNP, p.FundNo, p.Office, p.Kind, p.Since.String(), clean(p.Name, 60))
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

// list is a page of a list as JSON shows it.
type list[T any] struct {
	Items    []T             `json:"items"`
	More     bool            `json:"more"`
	Position ledger.Position `json:"position"`
}

func listOf[T any](p service.Page[T]) list[T] {
	return list[T]{Items: p.Items, More: p.Next != "", Position: p.Position}
}

func more(term *terminal, next string) {
	if next != "" {
		term.say("There are more: ask for more with --limit, or narrow the search.")
	}
}
