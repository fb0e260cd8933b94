package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// OpenProvisional is the kind of the decision that opened a provisional account: one
// officer takes it alone, unlike those that package event names.
const OpenProvisional = "provisional"

// DecisionState is how far a decision on accounts has come.
type DecisionState string

// The states of a decision on accounts.
const (
	DecisionProposed DecisionState = "proposed" // waits for the second officer
	DecisionApproved DecisionState = "approved"
	DecisionReturned DecisionState = "returned" // refused by the second officer
)

// Decision is a decision on accounts, as each account that it is about shows it.
type Decision struct {
	event.AccountChange
	Kind       string
	State      DecisionState
	Author     string // who proposed it
	ProposedAt time.Time
	DecidedBy  string
	DecidedAt  time.Time
	Position   ledger.Position // of its last event
	// Account is the joined account that it is read from; the null identifier for its own.
	Account ledger.PersonID
}

func (d *Decision) fields(c *ledger.Codec) {
	d.AccountChange.Fields(c)
	c.String(&d.Kind)
	c.String((*string)(&d.State))
	c.String(&d.Author)
	instant(c, &d.ProposedAt)
	c.String(&d.DecidedBy)
	instant(c, &d.DecidedAt)
	c.Uint64((*uint64)(&d.Position))
	c.OptionalUUID(&d.Account)
}

// Decision finds a decision on accounts by its id; the pointer is into the state.
func (p *Person) Decision(id uuid.UUID) (*Decision, bool) {
	for i := range p.Decisions {
		if p.Decisions[i].AccountChange.Decision == id {
			return &p.Decisions[i], true
		}
	}
	return nil, false
}

func (p *Person) applyAccounts(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.AccountDecisionProposed:
		p.Decisions = append(p.Decisions, Decision{AccountChange: f.AccountChange, Kind: f.Kind,
			State: DecisionProposed, Author: e.Meta.Actor.Subject, ProposedAt: e.RecordedAt,
			Position: e.Position})
	case *event.AccountDecisionReturned:
		p.decided(e, f.Decision, DecisionReturned)
	case *event.AccountsMerged:
		p.decided(e, f.Decision, DecisionApproved)
		if p.ID == f.Absorbed {
			p.MergedInto = f.Survivor
		} else {
			p.Absorbed = append(p.Absorbed, f.Absorbed)
		}
	case *event.AccountsSplit:
		p.decided(e, f.Decision, DecisionApproved)
		p.MergedInto = uuid.Nil
		p.Absorbed = without(p.Absorbed, f.Absorbed)
	case *event.ProvisionalOpened:
		p.Decisions = append(p.Decisions, Decision{AccountChange: f.AccountChange,
			Kind: OpenProvisional, State: DecisionApproved, Author: e.Meta.Actor.Subject,
			ProposedAt: e.RecordedAt, DecidedBy: e.Meta.Actor.Subject, DecidedAt: e.RecordedAt,
			Position: e.Position})
	case *event.IdentityConfirmed:
		p.decided(e, f.Decision, DecisionApproved)
		p.Provisional = false
	default:
		return false
	}
	return true
}

// without leaves an account out; no account left is nil, as before the first.
func without(list []ledger.PersonID, id ledger.PersonID) []ledger.PersonID {
	list = slices.DeleteFunc(slices.Clone(list), func(x ledger.PersonID) bool { return x == id })
	if len(list) == 0 {
		return nil
	}
	return list
}

// decided closes a decision. It panics where it was never proposed: commands never record
// such an event.
func (p *Person) decided(e ledger.Event, id uuid.UUID, state DecisionState) {
	d, ok := p.Decision(id)
	if !ok {
		panic("account: a decision on accounts that was never proposed")
	}
	d.State, d.DecidedBy, d.DecidedAt = state, e.Meta.Actor.Subject, e.RecordedAt
	d.Position = e.Position
}

// Linked tells whether the account is one of several that are joined.
func (p *Person) Linked() bool { return p.MergedInto != uuid.Nil || len(p.Absorbed) > 0 }

// Canonical is the account that the person is known by: the survivor's, where accounts
// are joined.
func (p *Person) Canonical() ledger.PersonID {
	if p.MergedInto != uuid.Nil {
		return p.MergedInto
	}
	return p.ID
}

// Join gives the one account of a person whose accounts are joined, seen from the first:
// its registration and decisions, and the facts of all. Facts of the others name their
// account; nothing is changed in any of them.
func Join(first *Person, others ...*Person) *Person {
	j := first.Clone()
	j.older, j.open = older{}, slices.Clone(first.Slots())
	for _, o := range others {
		j.Position = max(j.Position, o.Position)
		j.JoinedEvents += int64(o.Revision) + 1
		for _, x := range o.Employments {
			x.Account = o.ID
			j.Employments = append(j.Employments, x)
		}
		for _, x := range o.Slots() {
			x.Account = o.ID
			j.add(x)
		}
		for _, x := range o.Occupational {
			x.Account = o.ID
			j.Occupational = append(j.Occupational, x)
		}
		for _, y := range o.Yields {
			j.joinYield(y)
		}
		for _, x := range o.Periods {
			x.Account = o.ID
			j.Periods = append(j.Periods, x)
		}
		for _, x := range o.Cases {
			x.Account = o.ID
			j.Cases = append(j.Cases, x.clone())
		}
		for _, x := range o.Disputes {
			x.Account = o.ID
			j.Disputes = append(j.Disputes, x)
		}
		j.Confirmations = append(j.Confirmations, o.Confirmations...)
		for _, x := range o.Decisions {
			if _, known := j.Decision(x.AccountChange.Decision); !known {
				x.Account = o.ID
				j.Decisions = append(j.Decisions, x)
			}
		}
	}
	slices.SortStableFunc(j.Decisions, func(a, b Decision) int {
		return a.ProposedAt.Compare(b.ProposedAt)
	})
	return j
}

// Seen counts what the account rests on: its revision, moved by each event of the accounts
// that are joined with it.
func (p *Person) Seen() ledger.Revision {
	return p.Revision + ledger.Revision(p.JoinedEvents)
}

// Holds tells whether a fact changes something that is recorded in this very account. Of
// joined accounts, such a fact belongs to the one that holds what it changes.
func (p *Person) Holds(fact event.Payload) bool {
	switch f := fact.(type) {
	case *event.EmploymentStarted:
		_, ok := p.Employment(f.Employment)
		return ok
	case *event.EmploymentEnded:
		_, ok := p.Employment(f.Employment)
		return ok
	case *event.OccupationalDataCorrected:
		return p.OccupationalSlot(f.Slot) != nil
	case *event.OccupationalDataCancelled:
		return p.OccupationalSlot(f.Slot) != nil
	case *event.OccupationalDataRestored:
		return p.OccupationalSlot(f.Slot) != nil
	case *event.EmploymentRecordCorrected:
		_, ok := p.Employment(f.Employment)
		return ok
	case *event.EmploymentRecordCancelled:
		_, ok := p.Employment(f.Employment)
		return ok
	case *event.SpecialPeriodCancelled:
		return slices.ContainsFunc(p.Periods, func(x SpecialPeriod) bool {
			return x.Period == f.Period
		})
	case *event.PensionReviewFlagged:
		return p.holdsCase(f.Case)
	case *event.BenefitTerminated:
		return p.holdsCase(f.Case)
	case *event.DisputeOpened:
		_, ok := p.Line(&f.Line)
		return ok
	case *event.DisputeAnswered:
		return p.holdsDispute(f.Dispute)
	case *event.DisputeDecided:
		return p.holdsDispute(f.Dispute)
	case *event.DisputeSettled:
		return p.holdsDispute(f.Dispute)
	case *event.DisputeWithdrawn:
		return p.holdsDispute(f.Dispute)
	}
	if f, ok := fact.(*event.IndividualDataReported); ok && f.Version == 1 {
		return false // the first of its slot
	}
	c, ok := p.Change(fact)
	return ok && p.Slot(c.Slot) != nil
}

func (p *Person) holdsDispute(id uuid.UUID) bool {
	_, ok := p.Dispute(id)
	return ok
}

func (p *Person) holdsCase(id uuid.UUID) bool {
	_, ok := p.Case(id)
	return ok
}
