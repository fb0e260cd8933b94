package settlement

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
)

// Overpaid is what is overpaid in a fund and by payments for all funds.
func (b *Balance) Overpaid(fund string) money.Amount { return b.over(fund) + b.unbound() }

// over is what is overpaid in a fund alone.
func (b *Balance) over(fund string) money.Amount {
	for i := range b.Funds {
		if b.Funds[i].Fund == fund {
			return b.Funds[i].Overpayment
		}
	}
	return 0
}

// unbound is what is left of payments for all funds.
func (b *Balance) unbound() (sum money.Amount) {
	for i := range b.Payments {
		if b.Payments[i].Kind == "" {
			sum += b.Payments[i].Rest
		}
	}
	return sum
}

// asked is what is asked back of a fund and not decided.
func (b *Balance) asked(fund string) (sum money.Amount) {
	for i := range b.Refunds {
		if x := &b.Refunds[i]; x.waits() && x.Fund == fund {
			sum += x.Amount
		}
	}
	return sum
}

// spoken is what another fund asks for beyond its own: of what is left of payments for all
// funds, so that nobody asks for it twice.
func (b *Balance) spoken(other string) money.Amount {
	return max(b.asked(other)-b.over(other), 0)
}

// Refundable is what may be asked back of a fund, or moved out of it: what is overpaid less
// what is asked for and not decided.
func (b *Balance) Refundable(fund string) money.Amount {
	rest := b.unbound()
	for _, other := range funds {
		if other != fund {
			rest -= min(b.spoken(other), rest)
		}
	}
	return max(b.over(fund)+rest-b.asked(fund), 0)
}

// waits tells whether a refund is asked for and not decided.
func (r *Refund) waits() bool {
	return r.State == account.ProposalRequested || r.State == account.ProposalProposed
}

// refundable tells, for all and for each fund, what may be asked back.
func (b *Balance) refundable() {
	sum := b.Overpayment
	for i := range b.Refunds {
		if b.Refunds[i].waits() {
			sum -= b.Refunds[i].Amount
		}
	}
	b.Sums.Refundable = max(sum, 0)
	for i := range b.Funds {
		b.Funds[i].Sums.Refundable = b.Refundable(b.Funds[i].Fund)
	}
}

// suspend tells what waits for its payers.
func (b *book) suspend(v *Balance) {
	for i := range b.payer.Suspended {
		x := &b.payer.Suspended[i]
		if returned := !x.ReturnedOn.IsZero() && x.ReturnedOn <= b.on; len(x.Parts) > 0 ||
			returned || x.ValueDate > b.on {
			continue
		}
		v.Suspense = append(v.Suspense, Suspended{BankRef: x.BankRef, ValueDate: x.ValueDate,
			Amount: x.Amount, Receipt: x.Receipt, Document: x.DocNo, Position: x.Position})
		v.Suspended += x.Amount
	}
}
