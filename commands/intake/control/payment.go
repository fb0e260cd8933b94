package control

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// paymentKinds are what a payment may be for, beside "" for all funds, and what else a line of
// a list may say.
var paymentKinds = []string{event.FundPension, event.FundSocial, event.FundOccupational,
	KindReturned, KindRefund}

// Kinds of lines that are about no payment to the Fund.
const (
	// KindReturned takes a payment back that the bank has returned, or a refund that it has
	// sent back.
	KindReturned = "returned"
	// KindRefund is money that has left: an approved refund is paid.
	KindRefund = "refund"
)

// payment checks one line of a list of contribution payments.
func (c *check) payment() {
	const place = "/payment"
	p := c.doc.Payment
	c.filled(p.BankRef != "", place, "/bank_ref")
	c.filled(p.ValueDate != 0, place, "/value_date")
	if p.Amount <= 0 {
		c.report("SPF-307", place+"/amount", p.Amount.String(), "> 0.00")
	}
	c.notFuture(p.ValueDate, place+"/value_date")
	c.notFuture(p.BookedOn, place+"/booked_on")
	switch p.Kind {
	case "", event.FundPension, event.FundSocial, event.FundOccupational:
		c.paymentPayer(p, place)
	case KindReturned:
		if _, ok := c.facts.Back(p); !ok {
			c.report("SPF-806", place+"/bank_ref", shorten(p.BankRef), "")
		}
	case KindRefund:
		c.paidRefund(p, place)
	default:
		c.report("SPF-802", place+"/kind", shorten(p.Kind), strings.Join(paymentKinds, ", "))
		c.paymentPayer(p, place)
	}
}

// paymentPayer finds whose payment it is and whether it was recorded before. A payment
// whose payer is not known is taken all the same, and suspended.
func (c *check) paymentPayer(p *document.Payment, place string) {
	seen := c.facts.BankRefSeen != nil && c.facts.BankRefSeen(p.BankRef)
	unp := NormalizeUNP(p.PayerUNP)
	if payer := c.facts.PayerOf(unp); payer == nil || !payer.Registered {
		c.report("SPF-801", place+"/payer_unp", shorten(unp), "")
		if c.facts.Payer != nil {
			_, suspended := c.facts.Payer.SuspendedPayment(p.BankRef)
			seen = seen || suspended
		}
	} else {
		seen = seen || payer.HasPayment(p.BankRef)
	}
	if seen && p.BankRef != "" {
		c.report("SPF-803", place+"/bank_ref", shorten(p.BankRef), "")
	}
}

// paidRefund checks that a refund waits to be paid.
func (c *check) paidRefund(p *document.Payment, place string) {
	payer := c.facts.PayerOf(NormalizeUNP(p.PayerUNP))
	if payer != nil && p.BankRef != "" && payer.HasPaidRefund(p.BankRef) {
		c.report("SPF-803", place+"/bank_ref", shorten(p.BankRef), "")
		return
	}
	if payer != nil {
		if _, ok := payer.RefundToPay(p.Amount, p.ValueDate); ok {
			return
		}
	}
	c.report("SPF-807", place+"/amount", p.Amount.String(), "")
}

// Back is what the bank has returned, whole.
type Back struct {
	// Payers have the payment, or a part of it each, with their amounts.
	Payers []event.MatchedPart
	// Suspended is true for a payment that the treasury's list had without its payer. It has
	// payers if an officer has found them since.
	Suspended bool
	// Refund is a refund of the one payer; the null identifier for payments.
	Refund uuid.UUID
}

// Back finds what a line takes back: a payer's payment, one that is suspended, all parts of
// one that was, or a refund. It must be there with its whole amount, and not returned yet.
func (f *Facts) Back(p *document.Payment) (b Back, ok bool) {
	suspended := f.suspended(p)
	if suspended != nil && len(suspended.Parts) > 0 {
		b = Back{Payers: byPayer(suspended.Parts), Suspended: true}
		if f.canReturn(p.BankRef, b.Payers) {
			return b, true
		}
	}
	b = Back{Payers: []event.MatchedPart{{Payer: NormalizeUNP(p.PayerUNP), Amount: p.Amount}}}
	if f.canReturn(p.BankRef, b.Payers) {
		return b, true
	}
	if payer := f.PayerOf(b.Payers[0].Payer); payer != nil {
		if x, ok := payer.RefundToReturn(p.BankRef, p.Amount, p.ValueDate); ok {
			b.Refund = x.Refund
			return b, true
		}
	}
	return Back{Suspended: true}, suspended != nil && suspended.Waits()
}

// suspended finds a payment of the treasury's lists that came without its payer.
func (f *Facts) suspended(p *document.Payment) *account.Suspended {
	if f.Payer == nil {
		return nil
	}
	x, ok := f.Payer.SuspendedPayment(p.BankRef)
	if !ok || x.Amount != p.Amount || !x.ReturnedOn.IsZero() {
		return nil
	}
	return x
}

func (f *Facts) canReturn(bankRef string, parts []event.MatchedPart) bool {
	return !slices.ContainsFunc(parts, func(part event.MatchedPart) bool {
		payer := f.PayerOf(part.Payer)
		return payer == nil || !payer.CanReturn(bankRef, part.Amount)
	})
}

// byPayer adds up the parts of each payer.
func byPayer(parts []event.MatchedPart) (list []event.MatchedPart) {
	for _, part := range parts {
		i := slices.IndexFunc(list, func(x event.MatchedPart) bool { return x.Payer == part.Payer })
		if i < 0 {
			list = append(list, event.MatchedPart{Payer: part.Payer, Amount: part.Amount})
			continue
		}
		list[i].Amount += part.Amount
	}
	return list
}
