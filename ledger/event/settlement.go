package event

import (
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
)

// BenefitExpenseClaimed is what a payer says it spent on benefits for the Fund in a quarter,
// by its 4-фонд. It replaces the quarter's former one.
type BenefitExpenseClaimed struct {
	Year    int          `json:"year"`
	Quarter int          `json:"quarter"`
	Amount  money.Amount `json:"amount"`
	Receipt string       `json:"receipt"`
}

// EventType is the stored name.
func (*BenefitExpenseClaimed) EventType() string { return "benefit_expense.claimed.v1" }

// Fields is the canonical form.
func (e *BenefitExpenseClaimed) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Amount(&e.Amount)
	c.String(&e.Receipt)
}
