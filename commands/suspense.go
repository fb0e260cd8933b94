package commands

import (
	"context"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// MatchSuspended gives a suspended payment to its payers.
type MatchSuspended struct {
	Actor    ledger.Actor
	Ground   string
	Treasury string // UNP of the filer of the list
	BankRef  string
	Parts    []event.MatchedPart
	Reason   string // why it is theirs
}

// MatchSuspended records each part as a payment of its payer and ends the suspense, in one
// append; parts add up to the payment. The same match again does nothing. Where the log
// records stream by stream and was cut, the parts that are there are not recorded again.
func (b *Bus) MatchSuspended(ctx context.Context, c MatchSuspended) (ledger.Position, error) {
	if !ledger.PayerStream(c.Treasury).Valid() {
		return 0, payerUnknown()
	}
	for i := range c.Parts {
		c.Parts[i].Payer = control.NormalizeUNP(c.Parts[i].Payer)
	}
	reason, err := b.reason(ctx, c.Ground, c.Reason)
	if err != nil {
		return 0, err
	}
	var position ledger.Position
	err = attempt(ctx, func() error {
		folds, err := b.payer(ctx, c.Treasury)
		if err != nil {
			return err
		}
		treasury := folds.payer
		x, ok := treasury.SuspendedPayment(c.BankRef)
		if !ok {
			return refuse(NotFound, "suspense_unknown",
				"the treasury's lists have no suspended payment with this reference")
		}
		position = x.Position
		if slices.Equal(x.Parts, c.Parts) && len(c.Parts) > 0 {
			return nil
		}
		if err := checkParts(x, c); err != nil {
			return err
		}
		meta := ledger.Meta{Actor: c.Actor, Ground: c.Ground,
			Correlation: ledger.DeterministicID("suspense", c.Treasury, c.BankRef)}
		batch, err := b.matched(ctx, x, c, meta)
		if err != nil {
			return err
		}
		fact := &event.SuspendedPaymentMatched{BankRef: c.BankRef, Parts: c.Parts,
			Reason: reason}
		batch = append(batch, ledger.StreamAppend{Stream: ledger.PayerStream(c.Treasury),
			Expected: treasury.Revision, Events: newEvents(meta, []event.Payload{fact},
				"matched", c.Treasury, c.BankRef)})
		result, err := b.append(ctx, batch...)
		for _, s := range batch {
			if unp, ok := s.Stream.Payer(); ok {
				b.memory.forgetPayer(unp)
			}
		}
		position = result.Position
		return err
	})
	return position, err
}

func checkParts(x *account.Suspended, c MatchSuspended) error {
	if len(x.Parts) > 0 {
		return refuse(Conflict, "suspense_matched", "the payment has been matched otherwise")
	}
	if !x.ReturnedOn.IsZero() {
		return refuse(Conflict, "suspense_returned", "the bank has returned the payment")
	}
	sum := money.Amount(0)
	for i, p := range c.Parts {
		if err := checkAmount(p.Amount); err != nil {
			return err
		}
		if p.Kind != "" {
			if err := checkFund(p.Kind); err != nil {
				return err
			}
		}
		if p.Payer == c.Treasury {
			return refuse(Invalid, "match_treasury", "name the payer, not the filer of the list")
		}
		if slices.Contains(c.Parts[:i], p) {
			return refuse(Invalid, "match_twice", "two parts are the same: make them one")
		}
		sum += p.Amount
	}
	if sum != x.Amount {
		return refuse(Invalid, "SPF-804",
			"the parts add up to %s BYN, the payment is %s BYN: make them equal", sum, x.Amount)
	}
	return nil
}

// matched makes the payments of the parts, by payer.
func (b *Bus) matched(ctx context.Context, x *account.Suspended, c MatchSuspended,
	meta ledger.Meta) ([]ledger.StreamAppend, error) {
	var batch []ledger.StreamAppend
	var done []string
	for _, first := range c.Parts {
		if slices.Contains(done, first.Payer) {
			continue
		}
		done = append(done, first.Payer)
		if !ledger.PayerStream(first.Payer).Valid() {
			return nil, payerUnknown()
		}
		folds, err := b.payer(ctx, first.Payer)
		if err != nil {
			return nil, err
		}
		if !folds.payer.Registered {
			return nil, payerUnknown()
		}
		facts, err := paymentsOf(folds.payer, x, c.Parts)
		if err != nil {
			return nil, err
		}
		if len(facts) > 0 {
			batch = append(batch, ledger.StreamAppend{Stream: ledger.PayerStream(first.Payer),
				Expected: folds.payer.Revision,
				Events:   newEvents(meta, facts, "match", c.Treasury, c.BankRef, first.Payer)})
		}
	}
	return batch, nil
}

// paymentsOf gives the payer's parts that are not recorded yet.
func paymentsOf(p *account.Payer, x *account.Suspended, parts []event.MatchedPart,
) (facts []event.Payload, err error) {
	for _, part := range parts {
		if part.Payer != p.UNP {
			continue
		}
		fact := event.PaymentReceived{BankRef: x.BankRef, ValueDate: x.ValueDate,
			BookedOn: x.BookedOn, Amount: part.Amount, Kind: part.Kind, Month: part.Month,
			Receipt: x.Receipt, DocNo: x.DocNo}
		recorded := slices.ContainsFunc(p.Payments, func(y account.Payment) bool {
			return y.PaymentReceived == fact
		})
		if !recorded && slices.ContainsFunc(p.Payments, func(y account.Payment) bool {
			return y.BankRef == x.BankRef && y.Receipt != x.Receipt
		}) {
			return nil, refuse(Conflict, "SPF-803",
				"payer %s has a payment with this bank reference already", p.UNP)
		}
		if !recorded {
			facts = append(facts, &fact)
		}
	}
	return facts, nil
}
