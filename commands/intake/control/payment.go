package control

import (
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// paymentKinds are what a payment may be for, beside "" for all funds; a line with
// KindReturned takes a payment back that the bank has returned.
var paymentKinds = []string{event.FundPension, event.FundSocial, event.FundOccupational,
	KindReturned}

// KindReturned marks a line of a list that is about a payment returned by the bank.
const KindReturned = "returned"

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
		c.returnedPayment(p, place)
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

// returnedPayment checks that the payment is there, with all its amount, and not returned
// yet: at its payer, or among those that are suspended.
func (c *check) returnedPayment(p *document.Payment, place string) {
	if payer := c.facts.PayerOf(NormalizeUNP(p.PayerUNP)); payer != nil && payer.Registered {
		if payer.CanReturn(p.BankRef, p.Amount) {
			return
		}
	} else if Suspends(c.facts.Payer, p) {
		return
	}
	c.report("SPF-806", place+"/bank_ref", shorten(p.BankRef), "")
}

// Suspends tells whether the treasury's suspended payments have the returned one.
func Suspends(treasury *account.Payer, p *document.Payment) bool {
	if treasury == nil {
		return false
	}
	x, ok := treasury.SuspendedPayment(p.BankRef)
	return ok && x.Waits() && x.Amount == p.Amount
}
