package commands

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// acceptPayment takes a line of the treasury's list into account: a payment, of a known payer
// or a suspended one, one that the bank has returned, or a refund that was paid.
func (r *run) acceptPayment(p *posting, d *document.Document, t *event.Tally, id uuid.UUID) {
	x := d.Payment
	switch x.Kind {
	case control.KindReturned:
		t.Payments = r.acceptReturn(p, d, id)
		return
	case control.KindRefund:
		t.Payments = -x.Amount
		r.acceptRefund(p, d, id)
		return
	}
	t.Payments = x.Amount
	unp := control.NormalizeUNP(x.PayerUNP)
	if who := r.payers[unp]; who == nil || !who.Registered {
		p.own, p.ownIDs = append(p.own, r.suspended(x, d.No, unp)), append(p.ownIDs, id)
		return
	}
	fact := &event.PaymentReceived{BankRef: x.BankRef, ValueDate: x.ValueDate,
		BookedOn: x.BookedOn, Amount: x.Amount, Kind: x.Kind, Month: x.Month,
		Receipt: r.filing.Receipt, DocNo: d.No}
	if unp == r.payer.UNP {
		p.own, p.ownIDs = append(p.own, fact), append(p.ownIDs, id)
		return
	}
	r.toPayer(p, unp, x.ValueDate, id, fact)
}

// toPayer puts a fact about money of a day into its payer's stream.
func (r *run) toPayer(p *posting, unp string, on period.Date, id uuid.UUID, fact event.Payload) {
	if unp == r.payer.UNP {
		p.file(r, id, fact)
		return
	}
	p.toPayer(r, r.payers[unp], id, on.Month(), fact)
}

// acceptReturn takes a payment back, with all parts of one that had been suspended, or a
// refund. It gives what the payments change by.
func (r *run) acceptReturn(p *posting, d *document.Document, id uuid.UUID) money.Amount {
	x := d.Payment
	facts := r.facts()
	if p.filer != nil {
		facts.Payer = p.filer
	}
	back, _ := facts.Back(x)
	if back.Refund != uuid.Nil {
		r.toPayer(p, back.Payers[0].Payer, x.ValueDate, id, &event.RefundReturned{
			Refund: back.Refund, BankRef: x.BankRef, On: x.ValueDate, Reason: p.keep(x.Purpose),
			Receipt: r.filing.Receipt, DocNo: d.No})
		return x.Amount
	}
	fact := event.PaymentReturned{BankRef: x.BankRef, On: x.ValueDate, Amount: x.Amount,
		Receipt: r.filing.Receipt, DocNo: d.No}
	if back.Suspended {
		whole := fact
		whole.Suspended = true
		p.file(r, id, &whole)
	}
	for _, part := range back.Payers {
		one := fact
		one.Amount = part.Amount
		own := id
		if back.Suspended {
			own = ledger.DeterministicID(r.filing.Filing, d.No, "returned", part.Payer)
		}
		r.toPayer(p, part.Payer, x.ValueDate, own, &one)
	}
	return -x.Amount
}

// acceptRefund records that an approved refund was paid. That a correction has used the
// overpayment since changes nothing here: the money is gone, and is owed again.
func (r *run) acceptRefund(p *posting, d *document.Document, id uuid.UUID) {
	x := d.Payment
	unp := control.NormalizeUNP(x.PayerUNP)
	if refund, ok := r.payers[unp].RefundToPay(x.Amount, x.ValueDate); ok {
		r.toPayer(p, unp, x.ValueDate, id, &event.RefundPaid{Refund: refund.Refund,
			BankRef: x.BankRef, On: x.ValueDate, Receipt: r.filing.Receipt, DocNo: d.No})
	}
}

// suspended is a payment whose payer is not known. Whatever else than a UNP stands in the
// place of the UNP stays in the archived file: it may be a name.
func (r *run) suspended(x *document.Payment, docNo int, unp string) *event.PaymentSuspended {
	if !ledger.PayerStream(unp).Valid() {
		unp = ""
	}
	return &event.PaymentSuspended{BankRef: x.BankRef, ValueDate: x.ValueDate,
		BookedOn: x.BookedOn, Amount: x.Amount, Kind: x.Kind, Month: x.Month, Payer: unp,
		Reason: control.CodePayerUnidentified, Receipt: r.filing.Receipt, DocNo: docNo}
}
