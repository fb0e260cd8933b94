package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/balance"
)

// onPayer asks for an action on a payer, and notes the actor.
func onPayer(c Caller, a auth.Action, unp string, actor *ledger.Actor) error {
	*actor = c
	return allow(c, a, auth.KindPayer, unp)
}

// done answers a write.
func (s *Service) done(ctx context.Context, id uuid.UUID, at ledger.Position, err error,
) (Answer[uuid.UUID], error) {
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// RequestRefund asks for an overpayment back; the value is the refund's identifier.
func (s *Service) RequestRefund(ctx context.Context, c Caller, command commands.RequestRefund,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.AskSettlement, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.RequestRefund(ctx, command)
	return s.done(ctx, id, at, err)
}

// ProposeRefund lays a refund before another officer; the value is the proposal's
// identifier.
func (s *Service) ProposeRefund(ctx context.Context, c Caller, command commands.ProposeRefund,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ProposeRefund(ctx, command)
	return s.done(ctx, id, at, err)
}

// PayRefund records that a refund was paid.
func (s *Service) PayRefund(ctx context.Context, c Caller, command commands.PayRefund,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.PayRefund(ctx, command)
	return s.done(ctx, command.Refund, at, err)
}

// ReturnRefund records that the bank has sent a refund back.
func (s *Service) ReturnRefund(ctx context.Context, c Caller, command commands.ReturnRefund,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.ReturnRefund(ctx, command)
	return s.done(ctx, command.Refund, at, err)
}

// OffsetOverpayment moves an overpayment to another fund.
func (s *Service) OffsetOverpayment(ctx context.Context, c Caller,
	command commands.OffsetOverpayment) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.AskSettlement, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.OffsetOverpayment(ctx, command)
	return s.done(ctx, id, at, err)
}

// ProposeDeferment lays a deferment before another officer.
func (s *Service) ProposeDeferment(ctx context.Context, c Caller,
	command commands.ProposeDeferment) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ProposeDeferment(ctx, command)
	return s.done(ctx, id, at, err)
}

// RevokeDeferment ends a deferment.
func (s *Service) RevokeDeferment(ctx context.Context, c Caller,
	command commands.RevokeDeferment) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.RevokeDeferment(ctx, command)
	return s.done(ctx, command.Deferment, at, err)
}

// ProposePenaltyWaiver lays a waiver before another officer.
func (s *Service) ProposePenaltyWaiver(ctx context.Context, c Caller,
	command commands.ProposePenaltyWaiver) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	id, at, err := s.bus.ProposePenaltyWaiver(ctx, command)
	return s.done(ctx, id, at, err)
}

// ApproveProposal is the second officer's approval.
func (s *Service) ApproveProposal(ctx context.Context, c Caller, command commands.DecideProposal,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.DecideSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.ApproveProposal(ctx, command)
	return s.done(ctx, command.Proposal, at, err)
}

// DeclineProposal is the second officer's refusal.
func (s *Service) DeclineProposal(ctx context.Context, c Caller, command commands.DecideProposal,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.DecideSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.DeclineProposal(ctx, command)
	return s.done(ctx, command.Proposal, at, err)
}

// RefuseExpense refuses a part of the benefits that a payer claims for a quarter.
func (s *Service) RefuseExpense(ctx context.Context, c Caller, command commands.RefuseExpense,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Payer, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.RefuseExpense(ctx, command)
	return s.done(ctx, ledger.DeterministicID("expense", command.Payer, command.Year,
		command.Quarter), at, err)
}

// MatchSuspended gives a suspended payment to its payers.
func (s *Service) MatchSuspended(ctx context.Context, c Caller, command commands.MatchSuspended,
) (Answer[uuid.UUID], error) {
	if err := onPayer(c, auth.PrepareSettle, command.Treasury, &command.Actor); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	at, err := s.bus.MatchSuspended(ctx, command)
	return s.done(ctx, ledger.DeterministicID("suspense", command.Treasury, command.BankRef),
		at, err)
}

// SuspendedView is a payment that waits for its payer.
type SuspendedView struct {
	Treasury  string          `json:"treasury"`
	BankRef   string          `json:"bank_ref"`
	Office    string          `json:"office"`
	ValueDate period.Date     `json:"value_date"`
	BookedOn  period.Date     `json:"booked_on,omitzero"`
	Amount    money.Amount    `json:"amount"`
	Kind      string          `json:"kind,omitempty"`
	Month     period.Month    `json:"month,omitzero"`
	Payer     string          `json:"payer,omitempty"`
	Reason    string          `json:"reason"`
	Receipt   string          `json:"receipt"`
	Document  int             `json:"document"`
	Position  ledger.Position `json:"position"`
	// AgeDays is how long the money has been here.
	AgeDays int `json:"age_days"`
}

// PlaceFilter narrows a list to an office or a region; empty fields do not.
type PlaceFilter = balance.Filter

// Suspended lists the payments that wait for their payer, the oldest first.
func (s *Service) Suspended(ctx context.Context, c Caller, f PlaceFilter, cursor string,
	limit int, r Read) (Page[SuspendedView], error) {
	page := Page[SuspendedView]{Items: []SuspendedView{}}
	if err := allow(c, auth.ListSettlement, auth.KindPayer, ""); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Balance.Suspended(ctx, f, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	today := commands.FundDate(s.clock())
	for _, x := range list.Items {
		page.Items = append(page.Items, SuspendedView{Treasury: x.Treasury, BankRef: x.BankRef,
			Office: x.Office, ValueDate: x.ValueDate, BookedOn: x.BookedOn, Amount: x.Amount,
			Kind: x.Kind, Month: x.Month, Payer: x.Payer, Reason: x.Reason, Receipt: x.Receipt,
			Document: x.DocNo, Position: x.Position, AgeDays: x.ValueDate.DaysUntil(today)})
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// Kinds of lists of balances.
const (
	ListArrears     = "arrears"
	ListOverpayment = "overpayment"
)

// DebtView is a payer with arrears, penalty or an overpayment.
type DebtView struct {
	UNP           string       `json:"unp"`
	Name          string       `json:"name"`
	Office        string       `json:"office"`
	Since         period.Date  `json:"unpaid_since,omitzero"` // due date of the oldest arrears
	Arrears       money.Amount `json:"arrears"`
	Deferred      money.Amount `json:"deferred"`
	PenaltyUnpaid money.Amount `json:"penalty_unpaid"`
	Overpayment   money.Amount `json:"overpayment"`
}

// accountsReadMax bounds the accounts that one page of balances looks at: a settlement takes
// some ten microseconds for a usual payer.
const accountsReadMax = 2000

// Debts lists the payers of an office or region that are in arrears on a day, or have paid
// too much. What is owed depends on the day, so that no index of it is kept: accounts are
// settled as they are read, and a page may be short, or empty, and go on.
func (s *Service) Debts(ctx context.Context, c Caller, kind string, f PlaceFilter,
	on period.Date, cursor string, limit int, r Read) (Page[DebtView], error) {
	page := Page[DebtView]{Items: []DebtView{}}
	if err := allow(c, auth.ListSettlement, auth.KindPayer, ""); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
		return page, err
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return page, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	limit = projections.Limit(limit)
	for read := 0; read < accountsReadMax; {
		list, err := s.models.Balance.Accounts(ctx, f, cursor, limit-len(page.Items))
		if err != nil {
			return page, found(err, never)
		}
		for _, t := range list.Items {
			p := t.Payer
			b := settlement.Of(p, law, on)
			owes := b.Arrears > 0 || b.PenaltyUnpaid > 0
			if kind == ListArrears && owes || kind == ListOverpayment && b.Overpayment > 0 {
				page.Items = append(page.Items, DebtView{UNP: p.UNP, Name: p.Name,
					Office: p.Office, Since: oldest(&b), Arrears: b.Arrears, Deferred: b.Deferred,
					PenaltyUnpaid: b.PenaltyUnpaid, Overpayment: b.Overpayment})
			}
		}
		read += len(list.Items)
		cursor, page.Next, page.Position = list.Next, list.Next, list.Position
		if cursor == "" || len(page.Items) == limit {
			break
		}
	}
	return page, nil
}

// oldest is the due date of the oldest month in arrears, null without one.
func oldest(b *settlement.Balance) period.Date {
	for i := range b.Months {
		if b.Months[i].Overdue {
			return b.Months[i].DueOn
		}
	}
	return 0
}
