package rules

import (
	"math/bits"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Indexing is what AD-1 to AD-3 do to all benefits of one kind and form on one day: what
// does not depend on the benefit is looked up once, so that millions of them take a
// multiplication and a division each. The zero value leaves every amount as it is.
type Indexing struct {
	// old and raised are the two wages of AD-1 in kopecks; zero for no raise.
	old, raised uint64
	// least is the lowest amount: the minimum of AD-2, or the share of AD-3.
	least     money.Amount
	leastRule string
}

// NewRaise prepares AD-1.
func NewRaise(oldWage, newWage money.Amount) (Indexing, error) {
	if _, err := AD1(nil, WageAdjustmentInput{OldAverageWage: oldWage,
		NewAverageWage: newWage}, nil); err != nil {
		return Indexing{}, err
	}
	if newWage <= oldWage {
		return Indexing{}, nil
	}
	return Indexing{old: uint64(oldWage), raised: uint64(newWage)}, nil
}

// AtLeastMinimum adds AD-2: no amount stays below the part of the minimum old-age pension.
func (x Indexing) AtLeastMinimum(law *Law, rate money.Rate, on period.Date) (Indexing, error) {
	answer, err := AD2(law, MinimumAdjustmentInput{MinimumRate: rate, OnDate: on}, nil)
	// Half-up rounding keeps the order of a whole number of kopecks and the exact minimum.
	x.least, x.leastRule = answer.MinimumAmount, "AD-2"
	return x, err
}

// NewShare prepares AD-3 as a lower bound: indexation never lowers a benefit.
func NewShare(law *Law, rate money.Rate, on period.Date) (Indexing, error) {
	amount, err := AD3(law, LevelShareInput{SubsistenceRate: rate, OnDate: on}, nil)
	return Indexing{least: amount, leastRule: "AD-3"}, err
}

// Amount gives what a benefit of the amount, which is not negative, pays from the day on,
// and the rule that says so; it is empty where the amount stays as it is.
func (x Indexing) Amount(now money.Amount) (amount money.Amount, rule string) {
	amount = now
	if x.old != 0 {
		// (2 × now × raised + old) / (2 × old), the one rounding half-up.
		hi, lo := bits.Mul64(uint64(now), 2*x.raised)
		lo, carry := bits.Add64(lo, x.old, 0)
		if hi += carry; hi >= 2*x.old {
			return amountTooLarge, "AD-1"
		}
		q, _ := bits.Div64(hi, lo, 2*x.old)
		amount, rule = money.Amount(min(q, uint64(amountTooLarge))), "AD-1"
	}
	if amount < x.least {
		return x.least, x.leastRule
	}
	if amount == now {
		return now, ""
	}
	return amount, rule
}
