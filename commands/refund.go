package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
)

// RequestRefund is a payer's request to be paid back what it has paid too much.
type RequestRefund struct {
	Actor  ledger.Actor
	Ground string
	Payer  string
	Fund   string
	Amount money.Amount
}

// RequestRefund gives the refund's id. A request for the same sum that is not decided yet is
// the same request.
func (b *Bus) RequestRefund(ctx context.Context, c RequestRefund,
) (id uuid.UUID, at ledger.Position, err error) {
	if err := checkSum(c.Fund, c.Amount); err != nil {
		return uuid.Nil, 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	at, err = b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		for _, x := range p.Refunds {
			waits := x.Proposal.State == account.ProposalRequested ||
				x.Proposal.State == account.ProposalProposed
			if waits && x.Fund == c.Fund && x.Amount == c.Amount {
				id = x.Refund
				return nil, nil
			}
		}
		if err := checkOverpayment(p, law, today, c.Fund, c.Amount); err != nil {
			return nil, err
		}
		id = ledger.DeterministicID("refund", p.UNP, int64(p.Revision), c.Fund, int64(c.Amount))
		return []event.Payload{&event.RefundRequested{Refund: id, Fund: c.Fund,
			Amount: c.Amount, On: today}}, nil
	})
	return id, at, err
}

func checkSum(fund string, amount money.Amount) error {
	if err := checkFund(fund); err != nil {
		return err
	}
	return checkAmount(amount)
}

// checkOverpayment refuses to take out of a fund what is not overpaid in it.
func checkOverpayment(p *account.Payer, law *account.Law, today period.Date, fund string,
	amount money.Amount) error {
	b := settlement.Of(p, law, today)
	if has := b.Refundable(fund); amount > has {
		return refuse(Conflict, "overpayment_short",
			"%s BYN are overpaid in this fund and not asked for yet: ask for no more", has)
	}
	return nil
}

// ProposeRefund has an officer lay a requested refund before another one.
type ProposeRefund struct {
	Actor  ledger.Actor
	Ground string
	Payer  string
	Refund uuid.UUID
	Reason string
}

// ProposeRefund gives the id of the proposal.
func (b *Bus) ProposeRefund(ctx context.Context, c ProposeRefund,
) (id uuid.UUID, at ledger.Position, err error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return uuid.Nil, 0, err
	}
	id = ledger.DeterministicID("refund proposal", c.Refund)
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Refund}
	at, err = b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, _ *account.Law,
		_ period.Date) ([]event.Payload, error) {
		x, err := refundOf(p, c.Refund)
		if err != nil {
			return nil, err
		}
		if done := x.Proposal.Step(account.ProposalProposed); x.Proposal.ID == id &&
			done.By == c.Actor.Subject && done.Reason == reason {
			return nil, nil
		}
		if x.Proposal.State != account.ProposalRequested {
			return nil, refuse(Conflict, "refund_not_open",
				"the refund is %s: only a requested one is proposed", x.Proposal.State)
		}
		return []event.Payload{&event.RefundProposed{Proposal: id, Refund: c.Refund,
			Reason: reason}}, nil
	})
	return id, at, err
}

func refundOf(p *account.Payer, id uuid.UUID) (*account.Refund, error) {
	x, ok := p.Refund(id)
	if !ok {
		return nil, refuse(NotFound, "refund_unknown",
			"the payer has no such refund: list its refunds in the balance")
	}
	return x, nil
}

// PayRefund records that an approved refund has left the Fund's account.
type PayRefund struct {
	Actor   ledger.Actor
	Ground  string
	Payer   string
	Refund  uuid.UUID
	BankRef string
	On      period.Date // today by default
}

// PayRefund is refused when a correction has used the overpayment since the approval.
func (b *Bus) PayRefund(ctx context.Context, c PayRefund) (ledger.Position, error) {
	if strings.TrimSpace(c.BankRef) == "" {
		return 0, refuse(Invalid, "bank_ref_missing", "give the bank's reference of the payment")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Refund}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		x, err := refundOf(p, c.Refund)
		if err != nil {
			return nil, err
		}
		on := c.On
		if on.IsZero() {
			on = today
		}
		if x.Proposal.State == account.ProposalPaid && x.BankRef == c.BankRef {
			return nil, nil
		}
		if x.Proposal.State != account.ProposalApproved {
			return nil, refuse(Conflict, "refund_not_approved",
				"the refund is %s: only an approved one is paid", x.Proposal.State)
		}
		if on > today || on < x.Proposal.On {
			return nil, refuse(Invalid, "day_invalid",
				"the day lies between the approval, %s, and today", x.Proposal.On)
		}
		b := settlement.Of(p, law, today)
		i := slices.IndexFunc(b.Refunds, func(r settlement.Refund) bool {
			return r.Refund == c.Refund
		})
		if b.Refunds[i].Uncovered > 0 {
			return nil, refuse(Conflict, "refund_uncovered",
				"%s BYN of it are owed again after a correction: do not pay it",
				b.Refunds[i].Uncovered)
		}
		return []event.Payload{&event.RefundPaid{Refund: c.Refund, BankRef: c.BankRef,
			On: on}}, nil
	})
}

// ReturnRefund records that the bank has sent a paid refund back.
type ReturnRefund struct {
	Actor  ledger.Actor
	Ground string
	Payer  string
	Refund uuid.UUID
	On     period.Date // today by default
	Reason string
}

// ReturnRefund has the refund count as never made from the day on.
func (b *Bus) ReturnRefund(ctx context.Context, c ReturnRefund) (ledger.Position, error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, Correlation: c.Refund}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, _ *account.Law,
		today period.Date) ([]event.Payload, error) {
		x, err := refundOf(p, c.Refund)
		if err != nil {
			return nil, err
		}
		on := c.On
		if on.IsZero() {
			on = today
		}
		switch {
		case x.Proposal.State == account.ProposalReturned &&
			x.Proposal.Step(account.ProposalReturned).Reason == reason:
			return nil, nil
		case x.Proposal.State != account.ProposalPaid:
			return nil, refuse(Conflict, "refund_not_paid",
				"the refund is %s: only a paid one is sent back", x.Proposal.State)
		case on > today || on < x.PaidOn:
			return nil, refuse(Invalid, "return_day_invalid",
				"a refund is sent back on a day from that of its payment, %s, to today", x.PaidOn)
		}
		return []event.Payload{&event.RefundReturned{Refund: c.Refund, BankRef: x.BankRef, On: on,
			Reason: reason}}, nil
	})
}

// OffsetOverpayment moves an overpayment to another fund at the payer's request.
type OffsetOverpayment struct {
	Actor    ledger.Actor
	Ground   string
	Payer    string
	From, To string // funds
	Month    period.Month
	Amount   money.Amount
}

// OffsetOverpayment holds from today. A repetition on the same day is the same offset.
func (b *Bus) OffsetOverpayment(ctx context.Context, c OffsetOverpayment,
) (id uuid.UUID, at ledger.Position, err error) {
	if err := checkSum(c.From, c.Amount); err != nil {
		return uuid.Nil, 0, err
	}
	if err := checkFund(c.To); err != nil {
		return uuid.Nil, 0, err
	}
	if c.From == c.To {
		return uuid.Nil, 0, refuse(Invalid, "fund_same",
			"an overpayment pays the months of its own fund by itself: name another one")
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground, EffectiveFrom: c.Month,
		EffectiveTo: c.Month}
	at, err = b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, law *account.Law,
		today period.Date) ([]event.Payload, error) {
		id = ledger.DeterministicID("offset", p.UNP, c.From, c.To, c.Month.String(),
			int64(c.Amount), today)
		if slices.ContainsFunc(p.Offsets, func(x account.Offset) bool { return x.Offset == id }) {
			return nil, nil
		}
		if err := checkOverpayment(p, law, today, c.From, c.Amount); err != nil {
			return nil, err
		}
		return []event.Payload{&event.OverpaymentOffset{Offset: id, From: c.From, To: c.To,
			Month: c.Month, Amount: c.Amount, On: today}}, nil
	})
	return id, at, err
}

// RefuseExpense is an officer's decision that a part of the benefits that a payer claims to
// have paid in a quarter is not offset.
type RefuseExpense struct {
	Actor         ledger.Actor
	Ground        string
	Payer         string
	Year, Quarter int
	Amount        money.Amount // zero takes a refusal back
	Reason        string
}

// RefuseExpense replaces the quarter's former refusal.
func (b *Bus) RefuseExpense(ctx context.Context, c RefuseExpense) (ledger.Position, error) {
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground}
	return b.onPayer(ctx, c.Payer, meta, func(p *account.Payer, _ *account.Law, _ period.Date,
	) ([]event.Payload, error) {
		i := slices.IndexFunc(p.Expenses, func(x account.Expense) bool {
			return x.Year == c.Year && x.Quarter == c.Quarter && x.Position > 0
		})
		if i < 0 {
			return nil, refuse(NotFound, "expense_unknown",
				"the payer claims no benefits for this quarter: see the expenses in its balance")
		}
		switch x := &p.Expenses[i]; {
		case c.Amount < 0 || c.Amount > x.Amount:
			return nil, refuse(Invalid, "amount_invalid",
				"refuse an amount from zero to what is claimed, %s BYN", x.Amount)
		case x.Refused == c.Amount:
			return nil, nil
		}
		return []event.Payload{&event.BenefitExpenseRefused{Year: c.Year, Quarter: c.Quarter,
			Amount: c.Amount, Reason: reason}}, nil
	})
}
