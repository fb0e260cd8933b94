package event

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Funds are what contributions are for. Their sums are never mixed.
const (
	FundPension      = "pension"
	FundSocial       = "social"
	FundOccupational = "occupational"
)

// BenefitExpenseClaimed is what the payer says, in its accepted 4-фонд, that it has paid of
// benefits in a quarter. It replaces the quarter's former claim.
type BenefitExpenseClaimed struct {
	Year    int          `json:"year"`
	Quarter int          `json:"quarter"`
	Amount  money.Amount `json:"amount"`
	Receipt string       `json:"receipt"` // of the filing of the 4-фонд
}

// EventType is the stored name.
func (*BenefitExpenseClaimed) EventType() string { return "expense.claimed.v1" }

// Fields is the canonical form.
func (e *BenefitExpenseClaimed) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Amount(&e.Amount)
	c.String(&e.Receipt)
}

// BenefitExpenseRefused is an officer's decision that a part of a quarter's claim is not
// offset. It replaces the quarter's former refusal; zero takes it back.
type BenefitExpenseRefused struct {
	Year    int          `json:"year"`
	Quarter int          `json:"quarter"`
	Amount  money.Amount `json:"amount"`
	Reason  ledger.Hash  `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*BenefitExpenseRefused) EventType() string { return "expense.refused.v1" }

// Fields is the canonical form.
func (e *BenefitExpenseRefused) Fields(c *ledger.Codec) {
	c.Int(&e.Year)
	c.Int(&e.Quarter)
	c.Amount(&e.Amount)
	c.Hash(&e.Reason)
}

// PaymentReturned takes a payment back that the bank has returned: it counts as never made.
type PaymentReturned struct {
	BankRef string       `json:"bank_ref"` // of the payment
	On      period.Date  `json:"on"`
	Amount  money.Amount `json:"amount"`
	// Suspended is true in the stream of the treasury, of a payment that was suspended. If it
	// has been matched, each payer's part is returned in the payer's stream besides.
	Suspended bool   `json:"suspended"`
	Receipt   string `json:"receipt"` // of the filing of the list
	DocNo     int    `json:"document"`
}

// EventType is the stored name.
func (*PaymentReturned) EventType() string { return "payment.returned.v1" }

// Fields is the canonical form.
func (e *PaymentReturned) Fields(c *ledger.Codec) {
	c.String(&e.BankRef)
	c.Date(&e.On)
	c.Amount(&e.Amount)
	c.Bool(&e.Suspended)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// PaymentSuspended is a payment of a treasury's list whose payer is not known. It stands in
// the treasury's stream until an officer finds the payer.
type PaymentSuspended struct {
	BankRef   string       `json:"bank_ref"`
	ValueDate period.Date  `json:"value_date"`
	BookedOn  period.Date  `json:"booked_on,omitzero"`
	Amount    money.Amount `json:"amount"`
	Kind      string       `json:"kind,omitempty"`
	Month     period.Month `json:"month,omitzero"`
	// Payer is the number that the list gives, where it has the form of a UNP.
	Payer   string `json:"payer,omitempty"`
	Reason  string `json:"reason"`  // code of the control rule
	Receipt string `json:"receipt"` // of the filing of the list
	DocNo   int    `json:"document"`
}

// EventType is the stored name.
func (*PaymentSuspended) EventType() string { return "payment.suspended.v1" }

// Fields is the canonical form.
func (e *PaymentSuspended) Fields(c *ledger.Codec) {
	c.String(&e.BankRef)
	c.Date(&e.ValueDate)
	c.Date(&e.BookedOn)
	c.Amount(&e.Amount)
	c.String(&e.Kind)
	c.Month(&e.Month)
	c.String(&e.Payer)
	c.String(&e.Reason)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// MatchedPart is the part of a suspended payment that is a payer's.
type MatchedPart struct {
	Payer  string       `json:"payer"`
	Kind   string       `json:"kind,omitempty"`
	Month  period.Month `json:"month,omitzero"`
	Amount money.Amount `json:"amount"`
}

// Fields is the canonical form.
func (p *MatchedPart) Fields(c *ledger.Codec) {
	c.String(&p.Payer)
	c.String(&p.Kind)
	c.Month(&p.Month)
	c.Amount(&p.Amount)
}

// SuspendedPaymentMatched ends a suspense, in the treasury's stream: each part is recorded
// as PaymentReceived in its payer's stream by the same append. Parts add up to the payment.
type SuspendedPaymentMatched struct {
	BankRef string        `json:"bank_ref"`
	Parts   []MatchedPart `json:"parts"`
	Reason  ledger.Hash   `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*SuspendedPaymentMatched) EventType() string { return "payment.matched.v1" }

// Fields is the canonical form.
func (e *SuspendedPaymentMatched) Fields(c *ledger.Codec) {
	c.String(&e.BankRef)
	ledger.Slice(c, &e.Parts, func(c *ledger.Codec, p *MatchedPart) { p.Fields(c) })
	c.Hash(&e.Reason)
}

// OverpaymentOffset moves, at the payer's request, what was paid too much into one fund to
// a month of another.
type OverpaymentOffset struct {
	Offset uuid.UUID    `json:"offset"`
	From   string       `json:"from"` // fund
	To     string       `json:"to"`   // fund
	Month  period.Month `json:"month,omitzero"`
	Amount money.Amount `json:"amount"`
	On     period.Date  `json:"on"`
}

// EventType is the stored name.
func (*OverpaymentOffset) EventType() string { return "overpayment.offset.v1" }

// Fields is the canonical form.
func (e *OverpaymentOffset) Fields(c *ledger.Codec) {
	c.UUID(&e.Offset)
	c.String(&e.From)
	c.String(&e.To)
	c.Month(&e.Month)
	c.Amount(&e.Amount)
	c.Date(&e.On)
}

// RefundRequested is a payer's request to be paid back what it has paid too much.
type RefundRequested struct {
	Refund uuid.UUID    `json:"refund"`
	Fund   string       `json:"fund"`
	Amount money.Amount `json:"amount"`
	On     period.Date  `json:"on"`
}

// EventType is the stored name.
func (*RefundRequested) EventType() string { return "refund.requested.v1" }

// Fields is the canonical form.
func (e *RefundRequested) Fields(c *ledger.Codec) {
	c.UUID(&e.Refund)
	c.String(&e.Fund)
	c.Amount(&e.Amount)
	c.Date(&e.On)
}

// RefundProposed lays a requested refund before the officer who approves it.
type RefundProposed struct {
	Proposal uuid.UUID   `json:"proposal"`
	Refund   uuid.UUID   `json:"refund"`
	Reason   ledger.Hash `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*RefundProposed) EventType() string { return "refund.proposed.v1" }

// Fields is the canonical form.
func (e *RefundProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Proposal)
	c.UUID(&e.Refund)
	c.Hash(&e.Reason)
}

// RefundPaid says that an approved refund has left the Fund's account: by an officer, or by a
// line of the treasury's list, whose filing it names then.
type RefundPaid struct {
	Refund  uuid.UUID   `json:"refund"`
	BankRef string      `json:"bank_ref"`
	On      period.Date `json:"on"`
	Receipt string      `json:"receipt,omitempty"` // of the filing of the list
	DocNo   int         `json:"document,omitempty"`
}

// EventType is the stored name.
func (*RefundPaid) EventType() string { return "refund.paid.v1" }

// Fields is the canonical form.
func (e *RefundPaid) Fields(c *ledger.Codec) {
	c.UUID(&e.Refund)
	c.String(&e.BankRef)
	c.Date(&e.On)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// RefundReturned says that the bank has sent a paid refund back: it counts as never made, and
// what it took may be asked for anew.
type RefundReturned struct {
	Refund  uuid.UUID   `json:"refund"`
	BankRef string      `json:"bank_ref"` // under which it was paid
	On      period.Date `json:"on"`
	// Reason is the archive name of why; zero where the bank does not say it.
	Reason  ledger.Hash `json:"reason,omitzero"`
	Receipt string      `json:"receipt,omitempty"` // of the filing of the list
	DocNo   int         `json:"document,omitempty"`
}

// EventType is the stored name.
func (*RefundReturned) EventType() string { return "refund.returned.v1" }

// Fields is the canonical form.
func (e *RefundReturned) Fields(c *ledger.Codec) {
	c.UUID(&e.Refund)
	c.String(&e.BankRef)
	c.Date(&e.On)
	c.OptionalHash(&e.Reason)
	c.String(&e.Receipt)
	c.Int(&e.DocNo)
}

// DeferredPart is what is unpaid of a month's part and is paid later by instalments.
type DeferredPart struct {
	Fund   string       `json:"fund"`
	Month  period.Month `json:"month"`
	Amount money.Amount `json:"amount"`
}

// Instalment is a sum to pay by a day.
type Instalment struct {
	Due    period.Date  `json:"due"`
	Amount money.Amount `json:"amount"`
}

// DefermentProposed lays a deferment of arrears before the officer who approves it. The
// instalments, by day, add up to the parts.
type DefermentProposed struct {
	Proposal    uuid.UUID      `json:"proposal"`
	Parts       []DeferredPart `json:"parts"`
	Instalments []Instalment   `json:"instalments"`
	Reason      ledger.Hash    `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*DefermentProposed) EventType() string { return "deferment.proposed.v1" }

// Fields is the canonical form.
func (e *DefermentProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Proposal)
	ledger.Slice(c, &e.Parts, func(c *ledger.Codec, p *DeferredPart) {
		c.String(&p.Fund)
		c.Month(&p.Month)
		c.Amount(&p.Amount)
	})
	ledger.Slice(c, &e.Instalments, func(c *ledger.Codec, x *Instalment) {
		c.Date(&x.Due)
		c.Amount(&x.Amount)
	})
	c.Hash(&e.Reason)
}

// DefermentRevoked ends a deferment from a day on. A deferment whose instalment is missed
// ends without it.
type DefermentRevoked struct {
	Deferment uuid.UUID   `json:"deferment"` // id of its proposal
	On        period.Date `json:"on"`
	Reason    ledger.Hash `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*DefermentRevoked) EventType() string { return "deferment.revoked.v1" }

// Fields is the canonical form.
func (e *DefermentRevoked) Fields(c *ledger.Codec) {
	c.UUID(&e.Deferment)
	c.Date(&e.On)
	c.Hash(&e.Reason)
}

// PenaltyWaiverProposed lays before the approving officer that no penalty is charged for
// some days. As it names days and no sum, it stays right after corrections.
type PenaltyWaiverProposed struct {
	Proposal uuid.UUID    `json:"proposal"`
	Fund     string       `json:"fund,omitempty"` // all funds when empty
	Month    period.Month `json:"month,omitzero"` // all months when zero
	From     period.Date  `json:"from"`
	Until    period.Date  `json:"until"`
	Reason   ledger.Hash  `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*PenaltyWaiverProposed) EventType() string { return "penalty.waiver_proposed.v1" }

// Fields is the canonical form.
func (e *PenaltyWaiverProposed) Fields(c *ledger.Codec) {
	c.UUID(&e.Proposal)
	c.String(&e.Fund)
	c.Month(&e.Month)
	c.Date(&e.From)
	c.Date(&e.Until)
	c.Hash(&e.Reason)
}

// ProposalApproved is the second officer's approval of a refund, a deferment or a waiver,
// which holds from the day on.
type ProposalApproved struct {
	Proposal uuid.UUID   `json:"proposal"`
	On       period.Date `json:"on"`
	Reason   ledger.Hash `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*ProposalApproved) EventType() string { return "settlement.approved.v1" }

// Fields is the canonical form.
func (e *ProposalApproved) Fields(c *ledger.Codec) {
	c.UUID(&e.Proposal)
	c.Date(&e.On)
	c.Hash(&e.Reason)
}

// ProposalDeclined ends a proposal without effect.
type ProposalDeclined struct {
	Proposal uuid.UUID   `json:"proposal"`
	Reason   ledger.Hash `json:"reason"` // archive name of the text
}

// EventType is the stored name.
func (*ProposalDeclined) EventType() string { return "settlement.declined.v1" }

// Fields is the canonical form.
func (e *ProposalDeclined) Fields(c *ledger.Codec) {
	c.UUID(&e.Proposal)
	c.Hash(&e.Reason)
}
