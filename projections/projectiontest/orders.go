package projectiontest

import (
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// order is an order to correct a payer's reports, in a random history.
type order struct {
	unp     string
	id      uuid.UUID
	decided bool
	open    bool // an objection waits for its answer
}

// order proposes an order, or goes on with one.
func (r *Random) order(t *rapid.T) {
	text := ledger.HashRecord([]byte("text"))
	if len(r.orders) == 0 || rapid.IntRange(0, 3).Draw(t, "propose") == 0 {
		o := &order{unp: r.unp(t), id: r.h.ID("order")}
		r.orders = append(r.orders, o)
		r.h.Append(ledger.PayerStream(o.unp), &event.CorrectionProposed{Order: o.id,
			Reason: text, Content: text, Documents: 1, Preview: text})
		return
	}
	o := rapid.SampledFrom(r.orders).Draw(t, "order")
	var fact event.Payload
	switch {
	case o.open:
		o.open = false
		fact = &event.ObjectionAnswered{Order: o.id, Text: text,
			Upheld: rapid.Bool().Draw(t, "upheld")}
	case rapid.Bool().Draw(t, "object"):
		o.open = true
		fact = &event.CorrectionObjected{Order: o.id, Text: text}
	case o.decided:
		return
	case rapid.Bool().Draw(t, "approve"):
		o.decided = true
		fact = &event.CorrectionApproved{Order: o.id, Filing: r.h.ID("filing"),
			Receipt: o.id.String(), Preview: text}
	default:
		o.decided = true
		fact = &event.CorrectionDeclined{Order: o.id, Reason: text}
	}
	r.h.Append(ledger.PayerStream(o.unp), fact)
}
