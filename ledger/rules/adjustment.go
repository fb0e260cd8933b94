package rules

import (
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// WageAdjustmentInput is the question of AD-1.
type WageAdjustmentInput struct {
	PensionAmount  money.Amount
	OldAverageWage money.Amount
	NewAverageWage money.Amount
}

// Adjustment is the answer of AD-1, and with its minimum of AD-2.
type Adjustment struct {
	MinimumAmount money.Amount
	Adjusted      bool
	Amount        money.Amount
}

// AD1 raises a pension with the average wage; it never lowers one.
func AD1(_ *Law, in WageAdjustmentInput, t *Trace) (Adjustment, error) {
	if in.OldAverageWage == 0 {
		return Adjustment{}, invalid("old_average_wage",
			"the wage before cannot be 0.00: give the one that the pension was adjusted to")
	}
	if in.NewAverageWage <= in.OldAverageWage {
		t.holds("adjusted", "new_average_wage > old_average_wage", false)
		t.amount("amount", "pension_amount", in.PensionAmount)
		return Adjustment{Amount: in.PensionAmount}, nil
	}
	t.holds("adjusted", "new_average_wage > old_average_wage", true)
	raised := exactAmountOf(in.PensionAmount).times(exactAmountOf(in.NewAverageWage)).
		per(exactAmountOf(in.OldAverageWage)).round()
	t.amount("amount", "round(pension_amount × new_average_wage / old_average_wage)", raised)
	return Adjustment{Adjusted: true, Amount: raised}, nil
}

// MinimumAdjustmentInput is the question of AD-2.
type MinimumAdjustmentInput struct {
	PensionAmount money.Amount
	// MinimumRate is the part of the minimum old-age pension that is guaranteed.
	MinimumRate money.Rate
	OnDate      period.Date
}

// AD2 lifts a pension to the minimum of the day.
func AD2(law *Law, in MinimumAdjustmentInput, t *Trace) (Adjustment, error) {
	l := lookup{law: law, trace: t}
	minimum := exactRate(in.MinimumRate).times(l.minimumPension(in.OnDate))
	if l.err != nil {
		return Adjustment{}, l.err
	}
	pension := exactAmountOf(in.PensionAmount)
	answer := Adjustment{MinimumAmount: minimum.round(), Adjusted: pension.less(minimum),
		Amount: larger(pension, minimum).round()}
	t.exact("minimum_amount", "minimum_rate × minimum_old_age_pension", minimum)
	t.holds("adjusted", "minimum_amount > pension_amount", answer.Adjusted)
	t.amount("amount", "round(max(pension_amount, minimum_amount))", answer.Amount)
	return answer, nil
}

// LevelShareInput is the question of AD-3.
type LevelShareInput struct {
	SubsistenceRate money.Rate
	OnDate          period.Date
}

// AD3 gives a social pension as a part of the subsistence level of the day.
func AD3(law *Law, in LevelShareInput, t *Trace) (money.Amount, error) {
	l := lookup{law: law, trace: t}
	amount := exactRate(in.SubsistenceRate).times(l.subsistence(in.OnDate)).round()
	if l.err != nil {
		return 0, l.err
	}
	t.amount("amount", "round(subsistence_rate × subsistence_level_counted)", amount)
	return amount, nil
}
