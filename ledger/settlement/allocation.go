package settlement

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Kinds of payments that name what they are for; a payment of no kind is for both.
const (
	kindPension = "pension"
	kindSocial  = "social"
)

// payments gives those that count on the day, by value date and order of recording. The
// control of payment lists lets no amount in that is not above zero.
func payments(list []account.Payment, on period.Date) []Payment {
	made := make([]Payment, 0, len(list))
	for _, x := range list {
		if x.ValueDate <= on && x.Amount > 0 {
			made = append(made, Payment{
				PaymentReceived: x.PaymentReceived, Allocations: []Allocation{}, Rest: x.Amount})
		}
	}
	slices.SortStableFunc(made, func(a, b Payment) int {
		return cmp.Compare(a.ValueDate, b.ValueDate)
	})
	return made
}

// allocate distributes payments over the parts of months: first each to the month that
// it names, then what is left to the oldest month first, pensions before social. In both
// rounds payments for one kind come before those for both, which can go where the
// others cannot; within that the earlier value date comes first.
func allocate(months []Month, list []Payment) []Payment {
	for _, kinded := range []bool{true, false} {
		for i := range list {
			x := &list[i]
			at, found := slices.BinarySearchFunc(months, x.Month,
				func(m Month, month period.Month) int {
					return cmp.Compare(m.Month, month)
				})
			if found && (x.Kind != "") == kinded {
				x.pay(&months[at])
			}
		}
	}
	for _, kinded := range []bool{true, false} {
		// Nothing opens a month again, so each kind goes on where it has stopped.
		next := map[string]int{}
		for i := range list {
			x := &list[i]
			if (x.Kind != "") != kinded {
				continue
			}
			for x.Rest > 0 && next[x.Kind] < len(months) {
				x.pay(&months[next[x.Kind]])
				if x.Rest > 0 {
					next[x.Kind]++
				}
			}
		}
	}
	return list
}

// pay gives of what is left to the parts of a month that the payment is for.
func (x *Payment) pay(m *Month) {
	if x.Kind != kindSocial {
		x.give(m, PartPensions, m.ForPensions, &m.PaidPensions)
	}
	if x.Kind != kindPension {
		x.give(m, PartSocial, m.ForSocial, &m.PaidSocial)
	}
}

func (x *Payment) give(m *Month, part string, owed money.Amount, paid *money.Amount) {
	amount := min(x.Rest, owed-*paid)
	if amount <= 0 {
		return
	}
	x.Rest -= amount
	*paid += amount
	x.Allocations = append(x.Allocations, Allocation{m.Month, part, amount})
}
