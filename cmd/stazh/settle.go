package main

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// amount is a sum in BYN as a flag gives it.
type amount money.Amount

// UnmarshalText reads an amount.
func (a *amount) UnmarshalText(text []byte) error {
	v, err := money.Parse(string(text))
	if err != nil {
		return usage("%q is no amount: write it as 859.00", text)
	}
	*a = amount(v)
	return nil
}

// unpArg names a payer.
type unpArg struct {
	UNP string `arg:"" name:"unp" help:"The payer's number."`
}

// why is what a decision needs.
type why struct {
	Reason string `required:"" placeholder:"TEXT" help:"Why."`
	Ground string `required:"" placeholder:"TEXT" help:"The act and article relied on."`
}

// settle opens the ledger for a command on a payer's account.
func (a *app) settle(ctx context.Context, what string,
	do func(context.Context, *session) (service.Answer[uuid.UUID], error)) error {
	return a.write(ctx, func(ctx context.Context, s *session) error {
		x, err := do(ctx, s)
		return a.recorded(what, x, err)
	})
}

// refundRequest asks for an overpayment back.
type refundRequest struct {
	unpArg
	Fund   string `required:"" placeholder:"FUND" help:"pension, social or occupational."`
	Amount amount `required:"" placeholder:"BYN" help:"How much."`
	Ground string `placeholder:"TEXT" help:"The act relied on."`
}

// Run asks once.
func (c *refundRequest) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Request for refund", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.RequestRefund(ctx, a.actor(rolePayer), commands.RequestRefund{Payer: c.UNP,
			Fund: c.Fund, Amount: money.Amount(c.Amount), Ground: c.Ground})
	})
}

// refundPropose lays a refund before another officer.
type refundPropose struct {
	unpArg
	Refund uuid.UUID `arg:"" help:"Identifier of the refund."`
	why
}

// Run proposes it.
func (c *refundPropose) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Proposal", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.ProposeRefund(ctx, a.actor(roleOfficer), commands.ProposeRefund{Payer: c.UNP,
			Refund: c.Refund, Reason: c.Reason, Ground: c.Ground})
	})
}

// refundPaid records that a refund was paid.
type refundPaid struct {
	unpArg
	Refund  uuid.UUID `arg:"" help:"Identifier of the refund."`
	BankRef string    `required:"" placeholder:"TEXT" help:"The bank's reference."`
	On      date      `placeholder:"YYYY-MM-DD" help:"Day of the payment; today by default."`
}

// Run records it.
func (c *refundPaid) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Payment of refund", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.PayRefund(ctx, a.actor(roleOfficer), commands.PayRefund{Payer: c.UNP,
			Refund: c.Refund, BankRef: c.BankRef, On: period.Date(c.On)})
	})
}

// payerOffset moves an overpayment.
type payerOffset struct {
	unpArg
	From   string `required:"" placeholder:"FUND" help:"Fund in which it is overpaid."`
	To     string `required:"" placeholder:"FUND" help:"Fund that it goes to."`
	Month  month  `placeholder:"YYYY-MM" help:"Month that it pays first."`
	Amount amount `required:"" placeholder:"BYN" help:"How much."`
	Ground string `placeholder:"TEXT" help:"The act relied on."`
}

// Run moves it from today.
func (c *payerOffset) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Offset", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.OffsetOverpayment(ctx, a.actor(rolePayer), commands.OffsetOverpayment{
			Payer: c.UNP, From: c.From, To: c.To, Month: period.Month(c.Month),
			Amount: money.Amount(c.Amount), Ground: c.Ground})
	})
}

// defermentPropose lays a deferment before another officer.
type defermentPropose struct {
	unpArg
	Fund       string   `placeholder:"FUND" help:"Fund; all by default."`
	UpTo       month    `placeholder:"YYYY-MM" help:"Last month; all in arrears by default."`
	Instalment []string `required:"" placeholder:"DAY=BYN" help:"${instalments}"`
	why
}

// Run proposes it.
func (c *defermentPropose) Run(ctx context.Context, a *app) error {
	list := make([]event.Instalment, len(c.Instalment))
	for i, text := range c.Instalment {
		day, sum, _ := strings.Cut(text, "=")
		due, err := period.ParseDate(day)
		if err != nil {
			return usage("%q is no instalment: write it as 2018-05-31=100.00", text)
		}
		list[i].Due = due
		if list[i].Amount, err = money.Parse(sum); err != nil {
			return usage("%q is no instalment: write it as 2018-05-31=100.00", text)
		}
	}
	return a.settle(ctx, "Proposal", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.ProposeDeferment(ctx, a.actor(roleOfficer), commands.ProposeDeferment{
			Payer: c.UNP, Fund: c.Fund, UpTo: period.Month(c.UpTo), Instalments: list,
			Reason: c.Reason, Ground: c.Ground})
	})
}

// defermentRevoke ends a deferment.
type defermentRevoke struct {
	unpArg
	Deferment uuid.UUID `arg:"" help:"Identifier of the proposal."`
	why
}

// Run ends it from today.
func (c *defermentRevoke) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "End of deferment", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.RevokeDeferment(ctx, a.actor(roleOfficer), commands.RevokeDeferment{
			Payer: c.UNP, Deferment: c.Deferment, Reason: c.Reason, Ground: c.Ground})
	})
}

// waiverPropose lays a waiver before another officer.
type waiverPropose struct {
	unpArg
	Fund  string `placeholder:"FUND" help:"Fund; all by default."`
	Month month  `placeholder:"YYYY-MM" help:"Month owed; all by default."`
	From  date   `required:"" placeholder:"YYYY-MM-DD" help:"First day without penalty."`
	Until date   `required:"" placeholder:"YYYY-MM-DD" help:"Last day without penalty."`
	why
}

// Run proposes it.
func (c *waiverPropose) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Proposal", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.ProposePenaltyWaiver(ctx, a.actor(roleOfficer), commands.ProposePenaltyWaiver{
			Payer: c.UNP, Fund: c.Fund, Month: period.Month(c.Month), From: period.Date(c.From),
			Until: period.Date(c.Until), Reason: c.Reason, Ground: c.Ground})
	})
}

// proposalArgs name a proposal on a payer.
type proposalArgs struct {
	unpArg
	Proposal uuid.UUID `arg:"" help:"Identifier of the proposal."`
}

// proposalApprove is the second officer's approval.
type proposalApprove struct {
	proposalArgs
	why
}

// Run approves it from today.
func (c *proposalApprove) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Approval of", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.ApproveProposal(ctx, a.actor(roleOfficer), commands.DecideProposal{
			Payer: c.UNP, Proposal: c.Proposal, Reason: c.Reason, Ground: c.Ground})
	})
}

// proposalDecline is the second officer's refusal.
type proposalDecline struct {
	proposalArgs
	why
}

// Run declines it.
func (c *proposalDecline) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Refusal of", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.DeclineProposal(ctx, a.actor(roleOfficer), commands.DecideProposal{
			Payer: c.UNP, Proposal: c.Proposal, Reason: c.Reason, Ground: c.Ground})
	})
}

// expenseRefuse refuses benefits of a quarter.
type expenseRefuse struct {
	unpArg
	Year    int    `required:"" help:"Year."`
	Quarter int    `required:"" help:"Quarter, 1 to 4."`
	Amount  amount `required:"" placeholder:"BYN" help:"How much; 0.00 takes a refusal back."`
	why
}

// Run refuses it.
func (c *expenseRefuse) Run(ctx context.Context, a *app) error {
	return a.settle(ctx, "Refusal", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.RefuseExpense(ctx, a.actor(roleOfficer), commands.RefuseExpense{Payer: c.UNP,
			Year: c.Year, Quarter: c.Quarter, Amount: money.Amount(c.Amount), Reason: c.Reason,
			Ground: c.Ground})
	})
}

// suspenseMatch gives a suspended payment to its payers.
type suspenseMatch struct {
	Treasury string   `arg:"" help:"UNP of the filer of the list."`
	BankRef  string   `arg:"" help:"The bank's reference."`
	Part     []string `required:"" placeholder:"UNP=BYN[:FUND[:MONTH]]" help:"${match_parts}"`
	why
}

// Run matches it once.
func (c *suspenseMatch) Run(ctx context.Context, a *app) error {
	parts := make([]event.MatchedPart, len(c.Part))
	for i, text := range c.Part {
		part, err := matchedPart(text)
		if err != nil {
			return err
		}
		parts[i] = part
	}
	return a.settle(ctx, "Match", func(ctx context.Context, s *session,
	) (service.Answer[uuid.UUID], error) {
		return s.MatchSuspended(ctx, a.actor(roleOfficer), commands.MatchSuspended{
			Treasury: c.Treasury, BankRef: c.BankRef, Parts: parts, Reason: c.Reason,
			Ground: c.Ground})
	})
}

func matchedPart(text string) (p event.MatchedPart, err error) {
	var rest, named string
	p.Payer, rest, _ = strings.Cut(text, "=")
	rest, p.Kind, _ = strings.Cut(rest, ":")
	p.Kind, named, _ = strings.Cut(p.Kind, ":")
	if p.Amount, err = money.Parse(rest); err == nil && named != "" {
		p.Month, err = period.ParseMonth(named)
	}
	if err != nil || p.Payer == "" {
		return p, usage("%q is no part: write it as 200988541=100.00:pension:2018-01", text)
	}
	return p, nil
}

// placeFlags narrow a list.
type placeFlags struct {
	InCode string `name:"in-office" placeholder:"CODE" help:"Only those of an office."`
	Region string `placeholder:"DIGIT" help:"Only those of a region (first digit of offices)."`
	Limit  int    `default:"50" help:"How many."`
}

func (f *placeFlags) filter() service.PlaceFilter {
	return service.PlaceFilter{Office: f.InCode, Region: f.Region}
}

// suspenseList lists suspended payments.
type suspenseList struct{ placeFlags }

// Run lists the oldest first.
func (c *suspenseList) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		page, err := s.Suspended(ctx, a.actor(roleOfficer), c.filter(), "", c.Limit, read)
		if err != nil {
			return err
		}
		return a.term.answer(listOf(page), func() {
			t := newTable("VALUE DATE", ">DAYS", ">AMOUNT", "KIND", "PAYER GIVEN", "TREASURY",
				"REFERENCE", "RECEIPT")
			for _, x := range page.Items {
				t.add(x.ValueDate.String(), grouped(int64(x.AgeDays)), x.Amount.String(), x.Kind,
					x.Payer, x.Treasury, clean(x.BankRef, 30), x.Receipt)
			}
			t.print(a.term)
			more(a.term, page.Next)
		})
	})
}

// payerDebts lists payers by balance.
type payerDebts struct {
	placeFlags
	Kind string `default:"arrears" enum:"arrears,overpayment" help:"arrears or overpayment."`
	On   date   `placeholder:"YYYY-MM-DD" help:"Day of the balances; today by default."`
}

// Run lists them by office and UNP, whatever the number of pages.
func (c *payerDebts) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		var all service.Page[service.DebtView]
		for cursor := ""; len(all.Items) < c.Limit; {
			page, err := s.Debts(ctx, a.actor(roleOfficer), c.Kind, c.filter(), period.Date(c.On),
				cursor, c.Limit-len(all.Items), read)
			if err != nil {
				return err
			}
			all.Items = slices.Concat(all.Items, page.Items)
			all.Next, all.Position = page.Next, page.Position
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		return a.term.answer(listOf(all), func() {
			t := newTable("OFFICE", "UNP", "SINCE", ">ARREARS", ">DEFERRED", ">PENALTY",
				">OVERPAID", "NAME")
			for _, x := range all.Items {
				t.add(x.Office, x.UNP, x.Since.String(), x.Arrears.String(), x.Deferred.String(),
					x.PenaltyUnpaid.String(), x.Overpayment.String(), clean(x.Name, 50))
			}
			t.print(a.term)
			more(a.term, all.Next)
		})
	})
}
