package reconciliation

import (
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// sums are BYN of contributions: for pensions and social insurance together, and
// occupational ones.
type sums struct{ ordinary, occupational money.Amount }

func (s *sums) of(fund string) *money.Amount {
	if fund == event.FundOccupational {
		return &s.occupational
	}
	return &s.ordinary
}

// paid is what covers contributions, the oldest first: payments, and benefits that the payer
// met for the Fund, less what is paid back to it. What came for occupational contributions,
// or was moved there, covers no others. A payment for no fund in particular covers the
// others, and with what they leave of it the occupational ones.
func paid(p *account.Payer, assessed sums) (sum sums) {
	var free money.Amount // of the ordinary sum, came for no fund in particular
	for i := range p.Payments {
		x := &p.Payments[i]
		if !x.ReturnedOn.IsZero() {
			continue
		}
		*sum.of(x.Kind) += x.Amount
		if x.Kind == "" {
			free += x.Amount
		}
	}
	for i := range p.Expenses {
		sum.ordinary += p.Expenses[i].Amount - p.Expenses[i].Refused
	}
	for i := range p.Refunds {
		if x := &p.Refunds[i]; !x.Proposal.On.IsZero() {
			*sum.of(x.Fund) -= x.Amount
		}
	}
	for i := range p.Offsets {
		x := &p.Offsets[i]
		*sum.of(x.From) -= x.Amount
		*sum.of(x.To) += x.Amount
	}
	left := min(free, sum.ordinary-assessed.ordinary)
	if left = min(left, assessed.occupational-sum.occupational); left > 0 {
		sum.ordinary -= left
		sum.occupational += left
	}
	return sum
}
