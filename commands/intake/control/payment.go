package control

import (
	"github.com/stazh/stazh/commands/intake/document"
)

// paymentKinds are what a payment may be for; "" stands for both parts.
const paymentKinds = "pension, social"

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
	case "", "pension", "social":
	default:
		c.report("SPF-802", place+"/kind", shorten(p.Kind), paymentKinds)
	}
	c.paymentPayer(p, place)
}

// paymentPayer finds whose payment it is and whether it was recorded before.
func (c *check) paymentPayer(p *document.Payment, place string) {
	seen := p.BankRef != "" && c.facts.BankRefSeen != nil && c.facts.BankRefSeen(p.BankRef)
	unp := NormalizeUNP(p.PayerUNP)
	if unp == "" {
		c.report("SPF-107", place+"/payer_unp", "", "")
	} else if code, digit := unpFault(unp); code != "" {
		c.report(code, place+"/payer_unp", shorten(unp), digit)
	} else if payer := c.facts.PayerOf(unp); payer == nil || !payer.Registered {
		c.report("SPF-801", place+"/payer_unp", unp, "")
	} else {
		seen = seen || (p.BankRef != "" && payer.HasPayment(p.BankRef))
	}
	if seen {
		c.report("SPF-803", place+"/bank_ref", shorten(p.BankRef), "")
	}
}
