package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// ConfirmationState is how far the confirmation of some months has come.
type ConfirmationState string

// The states of a confirmation. While it is only proposed to set it aside, it still holds.
const (
	ConfirmationProposed ConfirmationState = "proposed"
	ConfirmationHolds    ConfirmationState = "confirmed"
	SetAsideProposed     ConfirmationState = "set_aside_proposed"
	ConfirmationSetAside ConfirmationState = "set_aside"
	ConfirmationReturned ConfirmationState = "returned"
)

// Confirmation says that months of an account were checked.
type Confirmation struct {
	ID          uuid.UUID
	From, To    period.Month
	Snapshot    ledger.Hash // of the facts that were checked
	AppealUntil period.Date
	State       ConfirmationState
	// Author proposed what waits or was decided last, DecidedBy decided it.
	Author    string
	DecidedBy string
	DecidedAt time.Time
	Position  ledger.Position // of its last event
}

// Holds tells whether documents that change its months have to wait.
func (x *Confirmation) Holds() bool {
	return x.State == ConfirmationHolds || x.State == SetAsideProposed
}

func (x *Confirmation) fields(c *ledger.Codec) {
	c.UUID(&x.ID)
	c.Month(&x.From)
	c.Month(&x.To)
	c.Hash(&x.Snapshot)
	c.Date(&x.AppealUntil)
	c.String((*string)(&x.State))
	c.String(&x.Author)
	c.String(&x.DecidedBy)
	instant(c, &x.DecidedAt)
	c.Uint64((*uint64)(&x.Position))
}

// Confirmation finds a confirmation by its id; nil when there is none.
func (p *Person) Confirmation(id uuid.UUID) *Confirmation {
	for i := range p.Confirmations {
		if p.Confirmations[i].ID == id {
			return &p.Confirmations[i]
		}
	}
	return nil
}

// ConfirmedIn gives a confirmation that holds for one of the months; nil for none.
func (p *Person) ConfirmedIn(from, to period.Month) *Confirmation {
	for i := range p.Confirmations {
		x := &p.Confirmations[i]
		if x.Holds() && x.From <= to && from <= x.To {
			return x
		}
	}
	return nil
}

// FactsHash is the hash of all that is reported of some months: months and service of each
// slot of ПУ-3 and then of ПУ-6, by year and then in their order of recording.
func (p *Person) FactsHash(from, to period.Month) ledger.Hash {
	c := ledger.NewEncoder(nil)
	outside := func(first, last period.Date) bool {
		return last < from.First() || first > to.Last()
	}
	slots := p.Slots()
	for i := range slots {
		s := &slots[i]
		months := slices.DeleteFunc(slices.Clone(s.Months), func(m event.MonthFact) bool {
			return m.Month < from || m.Month > to
		})
		service := slices.DeleteFunc(slices.Clone(s.Service), func(x event.ServicePeriod) bool {
			return outside(x.From, x.To)
		})
		if len(months)+len(service) > 0 {
			s.Slot.Fields(c)
			facts(c, &months, &service)
		}
	}
	for i := range p.Occupational {
		s := &p.Occupational[i]
		said := s.OccupationalFacts
		said.Months = slices.DeleteFunc(slices.Clone(said.Months),
			func(m event.OccupationalMonth) bool { return m.Month < from || m.Month > to })
		said.Service = slices.DeleteFunc(slices.Clone(said.Service),
			func(x event.SpecialService) bool { return outside(x.From, x.To) })
		if len(said.Months)+len(said.Service) > 0 {
			s.OccupationalSlot.Fields(c)
			said.Fields(c)
		}
	}
	return ledger.HashRecord(c.Encoded())
}

func (p *Person) applyConfirmation(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.ConfirmationProposed:
		p.Confirmations = append(p.Confirmations, Confirmation{ID: f.Confirmation, From: f.From,
			To: f.To, Snapshot: f.Snapshot, AppealUntil: f.AppealUntil})
		p.confirmation(e, f.Confirmation, ConfirmationProposed)
	case *event.PeriodConfirmed:
		p.confirmation(e, f.Confirmation, ConfirmationHolds)
	case *event.SetAsideProposed:
		p.confirmation(e, f.Confirmation, SetAsideProposed)
	case *event.ConfirmationSetAside:
		p.confirmation(e, f.Confirmation, ConfirmationSetAside)
	case *event.ConfirmationReturned:
		state := ConfirmationReturned
		if x := p.Confirmation(f.Confirmation); x != nil && x.State == SetAsideProposed {
			state = ConfirmationHolds // only the proposal to set it aside was refused
		}
		p.confirmation(e, f.Confirmation, state)
	default:
		return false
	}
	return true
}

// confirmation notes what an officer did; who proposes becomes the author, who decides
// leaves the author named.
func (p *Person) confirmation(e ledger.Event, id uuid.UUID, state ConfirmationState) {
	x := p.Confirmation(id)
	if x == nil {
		panic("account: a confirmation that was never proposed")
	}
	x.State, x.Position = state, e.Position
	if state == ConfirmationProposed || state == SetAsideProposed {
		x.Author, x.DecidedBy, x.DecidedAt = e.Meta.Actor.Subject, "", time.Time{}
		return
	}
	x.DecidedBy, x.DecidedAt = e.Meta.Actor.Subject, e.RecordedAt
}
