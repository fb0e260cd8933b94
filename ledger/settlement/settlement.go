// Package settlement is the account of a payer as it stands on a day: what is owed for each
// month and fund, which benefits and payments went where, what is in arrears, deferred, not
// due or paid too much, and the penalty for late payment by day. All of it follows from the
// payer's fold and the law; nothing of it is recorded, so that it is right as of any
// position and by itself after each correction.
//
// It knows nothing of insured persons: a month's sums are the payer's assessments.
package settlement

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// Balance is a payer's account as it stands on a day. In all of it
//
//	Assessed + Refunded + Penalty − Offset − Paid
//	  = Arrears + Deferred + NotDue + PenaltyUnpaid − Overpayment
//
// holds to the kopeck, for all and for each fund, and no payment goes beyond its amount.
type Balance struct {
	Payer string `json:"payer"`
	// Position is that of the payer's last event that the answer rests on.
	Position ledger.Position `json:"position"`
	On       period.Date     `json:"on"`
	Months   []Month         `json:"months"` // ascending
	// Payments are those with a value date up to On, by value date.
	Payments   []Payment   `json:"payments"`
	Expenses   []Expense   `json:"expenses"`
	Offsets    []Offset    `json:"offsets"`
	Refunds    []Refund    `json:"refunds"`
	Deferments []Deferment `json:"deferments"`
	// Suspense is what waits in this payer's lists, those of a treasury, for its payers.
	Suspense []Suspended `json:"suspense"`
	Funds    []Fund      `json:"funds"`
	Totals
}

// Sums are figures of a fund, or of all.
type Sums struct {
	Assessed money.Amount `json:"assessed"`
	// Offset is what the payer has paid of benefits and may keep.
	Offset money.Amount `json:"offset"`
	// Paid is what came in; in a fund, less what was moved to another one.
	Paid money.Amount `json:"paid"`
	// Refunded is what is paid back, or approved to be.
	Refunded money.Amount `json:"refunded"`
	// Arrears is what is unpaid and not deferred though the due date is before On.
	Arrears  money.Amount `json:"arrears"`
	Deferred money.Amount `json:"deferred"`
	// NotDue is what is unpaid of the other months.
	NotDue money.Amount `json:"not_due"`
	// Overpayment is what nothing owed takes: the rest of payments and benefits, and a
	// month's part that a correction made negative.
	Overpayment   money.Amount `json:"overpayment"`
	Penalty       money.Amount `json:"penalty"`
	PenaltyPaid   money.Amount `json:"penalty_paid"`
	PenaltyUnpaid money.Amount `json:"penalty_unpaid"`
	// Refundable is what may be asked back: what is overpaid, of a fund with the rests of
	// payments for all funds, less what is asked for and not decided.
	Refundable money.Amount `json:"refundable"`
}

// Unpaid is what is unpaid of contributions, due or not.
func (s *Sums) Unpaid() money.Amount { return s.Arrears + s.Deferred + s.NotDue }

// Totals are sums over all funds.
type Totals struct {
	Sums
	// PenaltyAwaits names the parameter without which days of delay have no penalty yet.
	PenaltyAwaits *Missing `json:"penalty_awaits,omitempty"`
	// Awaiting is how many months cannot be assessed in full yet.
	Awaiting int `json:"awaiting"`
	// Demo is true when it is so for any month.
	Demo bool `json:"demo"`
	// Suspended is the sum of Suspense. It is in no fund and in no other sum.
	Suspended money.Amount `json:"suspended"`
}

// Suspended is a payment whose payer is not known.
type Suspended struct {
	BankRef   string          `json:"bank_ref"`
	ValueDate period.Date     `json:"value_date"`
	Amount    money.Amount    `json:"amount"`
	Receipt   string          `json:"receipt"`
	Document  int             `json:"document"`
	Position  ledger.Position `json:"position"`
}

// Fund has the sums of one fund. A payment for all funds counts in those to which it went;
// its rest is paid and overpaid in none of them but in the totals.
type Fund struct {
	Fund string `json:"fund"`
	Sums
}

// Missing is a number of the law that is not published for a day.
type Missing struct {
	Parameter string      `json:"parameter"`
	On        period.Date `json:"on"`
}

// Month is a payer's contributions for a month.
type Month struct {
	event.LiabilityAssessed
	Total money.Amount `json:"total"`
	// Awaiting names the parameter that is missing for the persons not assessed yet.
	Awaiting *Awaiting `json:"awaiting,omitempty"`
	// DueOn is null where the law does not say when the month is due.
	DueOn  period.Date  `json:"due_on,omitzero"`
	Parts  []Part       `json:"parts"` // by fund
	Unpaid money.Amount `json:"unpaid"`
	// Overdue is true when anything is unpaid, and not deferred, after the due date.
	Overdue bool `json:"overdue"`
	// Demo is true when a demonstration value of the law holds for the month.
	Demo     bool            `json:"demo"`
	Position ledger.Position `json:"position"` // of the assessment
}

// Part is a month's contributions to one fund.
type Part struct {
	Fund     string       `json:"fund"`
	Assessed money.Amount `json:"assessed"`
	Offset   money.Amount `json:"offset"`
	Paid     money.Amount `json:"paid"`
	Unpaid   money.Amount `json:"unpaid"`
	Deferred money.Amount `json:"deferred"` // of what is unpaid
	Penalty  money.Amount `json:"penalty"`
	// Lines are how the penalty comes about.
	Lines []Line `json:"-"`
	// Used is where a part went that a correction made negative: it is a credit of the due
	// date. What is not used of it is overpaid.
	Used []Allocation `json:"used,omitempty"`
}

// Line is the penalty of a run of days on which neither what is unpaid nor the rate
// changes: Base × Days × Rate / Divisor, rounded half-up to the kopeck once.
type Line struct {
	From    period.Date  `json:"from"`
	Until   period.Date  `json:"until"`
	Days    int          `json:"days"`
	Base    money.Amount `json:"base"`
	Rate    money.Rate   `json:"rate"` // a year
	Divisor int          `json:"divisor"`
	Amount  money.Amount `json:"amount"`
	// Waived is true for days that officers freed: Amount is zero then, as it is where a
	// number of the law is Missing.
	Waived  bool     `json:"waived,omitempty"`
	Missing *Missing `json:"missing,omitempty"`
}

// Awaiting says that persons wait to be assessed until the parameter of the law is
// published for the month.
type Awaiting struct {
	Parameter string       `json:"parameter"`
	Month     period.Month `json:"month"`
	Persons   int          `json:"persons"`
	Earnings  money.Amount `json:"earnings"`
	// Of are the earnings by persons.
	Of []event.PersonEarnings `json:"-"`
}

// Payment is a payment and where it went.
type Payment struct {
	event.PaymentReceived
	// ReturnedOn is when the bank returned it; it does not count then.
	ReturnedOn  period.Date     `json:"returned_on,omitzero"`
	Position    ledger.Position `json:"position"`
	Allocations []Allocation    `json:"allocations"`
	Rest        money.Amount    `json:"rest"` // not allocated
}

// What an allocation is for.
const (
	ForContributions = "contributions"
	ForPenalty       = "penalty"
	ForRefund        = "refund"
	ForOffset        = "offset"
)

// Allocation is the part of a payment that went to a fund's part of a month, to a fund's
// penalty, or back to the payer by a refund or an offset.
type Allocation struct {
	Fund   string       `json:"fund"`
	For    string       `json:"for"`
	Month  period.Month `json:"month,omitzero"` // of contributions
	Amount money.Amount `json:"amount"`
}

// Expense is what the payer has paid of benefits in a quarter: what is claimed and not
// refused goes to the quarter's months of social insurance, and the rest is a credit of the
// quarter's last day, which counts from that day on.
type Expense struct {
	Year        int             `json:"year"`
	Quarter     int             `json:"quarter"`
	Claimed     money.Amount    `json:"claimed"`
	Refused     money.Amount    `json:"refused"`
	Receipt     string          `json:"receipt"`
	Position    ledger.Position `json:"position"`
	Allocations []Allocation    `json:"allocations"`
	Rest        money.Amount    `json:"rest"`
}

// Offset is an overpayment of one fund moved to another.
type Offset struct {
	event.OverpaymentOffset
	Position    ledger.Position `json:"position"`
	Allocations []Allocation    `json:"allocations"`
	Rest        money.Amount    `json:"rest"`
	// Uncovered is what the fund that it comes from does not have any more, after a
	// correction: it is owed, with Penalty from the day after the offset.
	Uncovered money.Amount `json:"uncovered"`
	Penalty   money.Amount `json:"penalty"`
	Lines     []Line       `json:"-"`
}

// Refund is a refund with what became of it.
type Refund struct {
	event.RefundRequested
	State    account.ProposalState `json:"state"`
	Proposal uuid.UUID             `json:"proposal,omitzero"`
	Approved period.Date           `json:"approved_on,omitzero"`
	PaidOn   period.Date           `json:"paid_on,omitzero"`
	// ReturnedOn is the day on which the bank has sent it back: from then on it counts as
	// never made.
	ReturnedOn period.Date `json:"returned_on,omitzero"`
	BankRef    string      `json:"bank_ref,omitempty"`
	// Uncovered is what was paid too much no longer, after a correction. Once it has been
	// paid back it is owed, with Penalty from the day after.
	Uncovered money.Amount    `json:"uncovered"`
	Penalty   money.Amount    `json:"penalty"`
	Lines     []Line          `json:"-"`
	Position  ledger.Position `json:"position"`
	// approvedAt is the place of the approval, Position that of the last event.
	approvedAt ledger.Position
}

// States of a deferment and of its instalments.
const (
	DefermentStanding = "standing"
	DefermentMet      = "met"
	DefermentBreached = "breached"
	InstalmentAhead   = "ahead"
	InstalmentMet     = "met"
	InstalmentMissed  = "missed"
)

// Deferment is arrears paid by instalments. No penalty grows on them from the day on which
// it holds. From the day after a missed instalment it holds no more.
type Deferment struct {
	Proposal uuid.UUID `json:"proposal"`
	// State is that of the proposal until it is approved, then one of the above or revoked.
	State       string               `json:"state"`
	From        period.Date          `json:"from,omitzero"`
	Ended       period.Date          `json:"ended,omitzero"` // first day on which it holds no more
	Parts       []event.DeferredPart `json:"parts"`
	Instalments []Instalment         `json:"instalments"`
	Position    ledger.Position      `json:"position"`
}

// Instalment is met when so much of the deferred parts is paid by its day that the later
// instalments cover the rest.
type Instalment struct {
	event.Instalment
	State string `json:"state"`
}

// DueOn gives the last day to pay the contributions for a month on, a working day by the
// calendar of the law; the null date where the law does not say it.
func DueOn(law *account.Law, m period.Month) period.Date {
	due, err := rules.ContributionDueOn(law.Parameters, m)
	if err != nil {
		return 0
	}
	return law.WorkingDayFrom(due)
}

// Of gives the balance on a day by the law as it is known. Payments and decisions of a
// later day do not count; months count as they are assessed now, from their due date on.
//
// It walks through the days on which anything was paid or decided, each once: the costs
// grow with months and payments, not with their product.
func Of(p *account.Payer, law *account.Law, on period.Date) Balance {
	b := newBook(p, law, on)
	b.walk()
	return b.balance()
}
