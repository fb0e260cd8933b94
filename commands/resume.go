package commands

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// begun is what an append of these documents has left in the streams of persons and of
// other payers that was cut short before the filer's stream said that it is complete. On a
// log that is not atomic an end of the process leaves some streams written and others not.
//
// Whoever decides anew judges each document on the states before it: a stream is folded up
// to the first event that is this run's own. When the decision comes to that event it finds
// it recorded, and takes it into the state together with what others have recorded since.
// The same documents so give the same events, and the ledger ends as if nothing had been
// cut. On an atomic log nothing is ever found.
type begun struct {
	filing uuid.UUID
	units  []unit
	ids    map[uuid.UUID]int // document by the ids that its events may have; made when needed
	any    bool              // something of the filing was seen, of whichever documents
	// left is what was not folded of each stream, own the run's own events by document, in
	// their order, and recorded the ids of these.
	left     map[ledger.StreamID][]recorded
	own      map[int][]recorded
	recorded map[uuid.UUID]bool
}

type recorded struct {
	event   ledger.Event
	payload event.Payload
}

// folded is a state that takes in events.
type folded interface {
	Apply(e ledger.Event, payload event.Payload)
}

func newBegun(filing uuid.UUID, units []unit) *begun {
	return &begun{filing: filing, units: units}
}

// document gives the document that an event comes from.
func (b *begun) document(e *ledger.Event, payload event.Payload) (no int, own bool) {
	if e.Meta.Correlation != b.filing {
		return 0, false
	}
	b.any = true
	if b.ids == nil {
		b.ids = map[uuid.UUID]int{}
		for _, u := range b.units {
			for ordinal := 1; ordinal <= max(2, 2*len(u.doc.Movements)); ordinal++ {
				b.ids[ledger.DeterministicID(b.filing, u.doc.No, ordinal)] = u.doc.No
			}
		}
	}
	id := e.ID
	switch f := payload.(type) {
	case *event.PensionReviewFlagged:
		id = f.Cause // a report may flag any number of cases
	case *event.DisputeSettled:
		id = f.Cause // and settle any number of disputes
	case *event.PaymentReturned: // of any number of payers
		id = ledger.DeterministicID(b.filing, f.DocNo, 1)
	}
	no, own = b.ids[id]
	return no, own
}

// keep tells that an event must not be folded, being the run's own or behind one that is.
func (b *begun) keep(e ledger.Event, payload event.Payload) bool {
	if b == nil {
		return false
	}
	no, own := b.document(&e, payload)
	if !own && len(b.left[e.Stream]) == 0 {
		return false
	}
	if b.left == nil {
		b.left, b.own = map[ledger.StreamID][]recorded{}, map[int][]recorded{}
		b.recorded = map[uuid.UUID]bool{}
	}
	x := recorded{e, payload}
	b.left[e.Stream] = append(b.left[e.Stream], x)
	if own {
		b.own[no] = append(b.own[no], x)
		b.recorded[e.ID] = true
	}
	return true
}

// takeUp tells that an event is recorded, and brings the state behind it: up to the run's
// next one in the stream. An event that is not there will stand behind all that is.
func (b *begun) takeUp(stream ledger.StreamID, id uuid.UUID, state folded) (found bool) {
	left := b.left[stream]
	upTo := len(left)
	if b.recorded[id] {
		upTo = 1 + slices.IndexFunc(left, func(x recorded) bool { return x.event.ID == id })
		for upTo > 0 && upTo < len(left) && !b.recorded[left[upTo].event.ID] {
			upTo++
		}
	}
	for _, x := range left[:upTo] { // none when the event was passed before
		state.Apply(x.event, x.payload)
	}
	if len(left) > 0 {
		b.left[stream] = left[upTo:]
	}
	return b.recorded[id]
}

// adopt takes over what is recorded of a document that would not be accepted any more, as
// the law or the filer's account has changed since: it was accepted, and that stands.
func (r *run) adopt(p *posting, d *document.Document, t *event.Tally) {
	for _, x := range r.begun.own[d.No] {
		stream := x.event.Stream
		if id, ok := stream.Person(); ok {
			who := r.persons[id]
			if change, ok := who.person.Change(x.payload); ok {
				r.count(p, r.view(who), &change, t)
			}
			r.countOccupational(p, r.view(who), x.payload, t)
			r.begun.takeUp(stream, x.event.ID, who.person)
			continue
		}
		unp, _ := stream.Payer()
		switch fact := x.payload.(type) {
		case *event.PaymentReceived:
			t.Payments = fact.Amount
		case *event.RefundReturned:
			t.Payments = d.Payment.Amount
			p.keep(d.Payment.Purpose)
		case *event.PaymentReturned, *event.RefundPaid:
			t.Payments = -d.Payment.Amount
		}
		r.begun.takeUp(stream, x.event.ID, r.payers[unp])
	}
}

// accepted leaves out the findings for which a document would not be accepted.
func accepted(findings []control.Finding) []control.Finding {
	return slices.DeleteFunc(findings, func(f control.Finding) bool {
		return f.Severity != control.Warn && f.Severity != control.Note
	})
}
