package commands

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// onPayer carries out a command on one payer's account: at the payer's desk it has the facts
// decided by the account and the law, and records them. No facts mean that all is recorded
// already.
func (b *Bus) onPayer(ctx context.Context, unp string, meta ledger.Meta,
	decide func(p *account.Payer, law *account.Law, today period.Date) ([]event.Payload, error),
) (ledger.Position, error) {
	return b.atDesk(ctx, unp, func(folds *payerFolds) ([]ledger.NewEvent, error) {
		law, err := b.Law.Current(ctx)
		if err != nil {
			return nil, err
		}
		p := folds.payer
		facts, err := decide(p, law, FundDate(b.Clock()))
		return newEvents(meta, facts, "settlement", unp, int64(p.Revision),
			meta.Actor.Subject), err
	})
}

// atDesk sits down at the desk of a registered payer, reads what its stream says, has events
// decided and appends them at once. Another writer's append has them decided anew. It gives
// the position that the payer's state reflects then.
func (b *Bus) atDesk(ctx context.Context, unp string,
	decide func(folds *payerFolds) ([]ledger.NewEvent, error),
) (position ledger.Position, err error) {
	if !ledger.PayerStream(unp).Valid() {
		return 0, payerUnknown()
	}
	err = attempt(ctx, func() error {
		d, err := b.sitDown(ctx, unp)
		if err != nil {
			return err
		}
		defer d.leave(false) // what is next is decided on what the ledger says
		if d.remembered {
			if err := d.reload(ctx); err != nil {
				return err
			}
		}
		p := d.folds.payer
		if !p.Registered {
			return payerUnknown()
		}
		position = p.Position
		events, err := decide(d.folds)
		if err != nil || len(events) == 0 {
			return err
		}
		result, err := b.append(ctx, ledger.StreamAppend{Stream: ledger.PayerStream(unp),
			Expected: p.Revision, Events: events})
		position = result.Position
		return err
	})
	return position, err
}

func payerUnknown() error {
	return refuse(NotFound, "payer_unknown",
		"no payer is registered under this UNP: check it, or register the payer")
}

// reason archives why an officer decides, and gives the name under which it is kept. It may
// speak of persons, so that it does not stand in an event.
func (b *Bus) reason(ctx context.Context, ground, text string) (ledger.Hash, error) {
	if err := grounded(ground, text); err != nil {
		return ledger.Hash{}, err
	}
	return b.archiveText(ctx, text)
}

// checkFund refuses a fund that there is not.
func checkFund(fund string) error {
	switch fund {
	case event.FundPension, event.FundSocial, event.FundOccupational:
		return nil
	}
	return refuse(Invalid, "fund_unknown", "the fund is one of pension, social, occupational")
}

func checkAmount(a money.Amount) error {
	if a <= 0 {
		return refuse(Invalid, "amount_invalid", "give an amount above zero")
	}
	return nil
}
