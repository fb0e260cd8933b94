package settlement

import (
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// refundable explains what may be asked back: what is overpaid, of a fund with the rests of
// payments for all, less what is asked for. Where more is asked for than is overpaid, since a
// correction, the rest of it is added back: nothing may be asked.
func (x *explainer) refundable() []Node {
	over := node(FigureOverpayment)
	over.Parts = x.rests()
	var rest money.Amount // of payments for all funds, in what is asked of one
	if x.Fund != "" {
		rest = x.unbound()
		for i := range x.Payments {
			if p := &x.Payments[i]; p.Kind == "" && p.Rest > 0 {
				over.Parts = append(over.Parts, leaf("payment", p.Rest, paymentFact(p)))
			}
		}
	}
	over.sum()
	list := []Node{over}
	sum := over.Amount
	for i := range x.Refunds {
		r := &x.Refunds[i]
		if r.waits() && x.fund(r.Fund) {
			n := leaf("refund_asked", -r.Amount, Fact{Type: typeOf(&event.RefundRequested{}),
				Position: r.Position})
			n.Fund = r.Fund
			list = append(list, n)
			sum -= r.Amount
		}
	}
	for _, other := range funds {
		if amount := min(x.spoken(other), rest); other != x.Fund && amount > 0 {
			n := leaf("refund_asked", -amount)
			n.Fund = other
			list = append(list, n)
			rest, sum = rest-amount, sum-amount
		}
	}
	if sum < 0 {
		list = append(list, leaf("asked_beyond", -sum))
	}
	return list
}

// suspense explains what waits for its payers, by payments.
func (x *explainer) suspense() (list []Node) {
	for i := range x.Suspense {
		s := &x.Suspense[i]
		list = append(list, leaf("payment", s.Amount, Fact{
			Type: typeOf(&event.PaymentSuspended{}), Position: s.Position, Receipt: s.Receipt,
			Document: s.Document, BankRef: s.BankRef}))
	}
	return list
}

// awaiting explains the earnings that wait for a number of the law, by months and persons.
func (x *explainer) awaiting() (list []Node) {
	for i := range x.Months {
		m := &x.Months[i]
		if m.Awaiting == nil || !x.month(m.Month) {
			continue
		}
		n := node("month")
		n.Month, n.Facts = m.Month, []Fact{{Type: typeOf(&event.LiabilityAwaitsParameter{}),
			Position: m.Position}}
		for k := range m.Awaiting.Of {
			e := &m.Awaiting.Of[k]
			person := leaf("person", e.Earnings)
			person.Person = &e.Person
			n.Parts = append(n.Parts, person)
		}
		n.sum()
		list = append(list, n)
	}
	return list
}

// Estimated is a quarter that was not filed, and the one that its estimate repeats, both by
// their first month.
type Estimated struct {
	Quarter, From period.Month
	Amount        money.Amount
}

// Repeated explains estimates: by what is assessed, but for occupational contributions, for
// the months of the quarters that they repeat.
func (b *Balance) Repeated(list []Estimated) Node {
	n := node(FigureEstimate)
	for _, e := range list {
		quarter := node(FigureEstimate)
		quarter.Month = e.Quarter
		for i := range b.Months {
			m := &b.Months[i]
			if m.Month < e.From || m.Month >= e.From.Add(3) {
				continue
			}
			month := leaf(FigureAssessed, m.LiabilityAssessed.Total(), assessmentFact(m))
			month.Month = m.Month
			quarter.Parts = append(quarter.Parts, month)
		}
		quarter.Amount = e.Amount
		n.Parts = append(n.Parts, quarter)
	}
	n.sum()
	return n
}
