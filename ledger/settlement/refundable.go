package settlement

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
)

// Overpaid is what is overpaid in a fund and by payments for all funds.
func (b *Balance) Overpaid(fund string) (sum money.Amount) {
	for i := range b.Funds {
		if b.Funds[i].Fund == fund {
			sum += b.Funds[i].Overpayment
		}
	}
	for i := range b.Payments {
		if b.Payments[i].Kind == "" {
			sum += b.Payments[i].Rest
		}
	}
	return sum
}

// Refundable is what may be asked back of a fund, or moved out of it: what is overpaid less
// what is asked for and not decided.
func (b *Balance) Refundable(fund string) money.Amount {
	sum := b.Overpaid(fund)
	for i := range b.Refunds {
		if x := &b.Refunds[i]; x.waits() && x.Fund == fund {
			sum -= x.Amount
		}
	}
	return max(sum, 0)
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
