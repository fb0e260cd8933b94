package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// SpecialPeriod is a time that counts for coverage and that no payer reports.
type SpecialPeriod struct {
	event.SpecialPeriodRecorded
	RecordedAt time.Time
	Position   ledger.Position
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account ledger.PersonID
}

func (s *SpecialPeriod) fields(c *ledger.Codec) {
	s.SpecialPeriodRecorded.Fields(c)
	instant(c, &s.RecordedAt)
	c.Uint64((*uint64)(&s.Position))
	c.OptionalUUID(&s.Account)
}

// CaseState is how far a claim has come.
type CaseState string

// The states of a case. A returned calculation brings it back to claimed; an award stays
// awarded while a new calculation of it is prepared.
const (
	CaseClaimed    CaseState = "claimed"
	CaseCalculated CaseState = "calculated" // waits for the second officer
	CaseAwarded    CaseState = "awarded"
	CaseRefused    CaseState = "refused"
	CaseWithdrawn  CaseState = "withdrawn"
	CaseTerminated CaseState = "terminated"
)

// CaseStates lists all states.
func CaseStates() []CaseState {
	return []CaseState{CaseClaimed, CaseCalculated, CaseAwarded, CaseRefused, CaseWithdrawn,
		CaseTerminated}
}

// Case is a claim to a pension or another benefit with what became of it.
type Case struct {
	ID        uuid.UUID
	Kind      string
	ClaimedOn period.Date
	From      period.Date
	State     CaseState
	// Office works on the case: the one that decided, before that the one of the officer
	// who acted last. It is empty for a claim that no office has touched.
	Office string
	// Details are the sealed details of the claim and of the evidence, in the order in
	// which they were given; a later one replaces fields of an earlier one.
	Details  []seal.Sealed
	Evidence []event.Evidence
	// Calculation is the last one laid before the deciding officer, without its trace;
	// Author is the officer who made it. Pending tells that it is not decided yet.
	Calculation event.Calculation
	Author      string
	Pending     bool
	// Award is the decision in force, zero before; Unmet are the conditions of a refusal.
	Award     event.Award
	DecidedBy string
	DecidedAt time.Time
	Unmet     []string
	// Amounts are the sums in BYN by their first day, in the order of recording: of the
	// award, each indexation and each recalculation.
	Amounts []DatedAmount
	// Reviews are changes of facts that no recalculation has taken up yet.
	Reviews []Review
	Last    period.Date // last day paid for, zero while it is in force
	Cause   string      // of the termination or withdrawal
	// Position is that of the case's last event.
	Position ledger.Position
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account ledger.PersonID
}

// DatedAmount is the amount of a benefit from a day on.
type DatedAmount struct {
	From   period.Date
	Amount money.Amount
	Rule   string    // of the indexation; empty for a decision
	Source uuid.UUID // the run or the calculation
}

// Review is a change of facts behind an award.
type Review struct {
	Cause      uuid.UUID
	Reason     string
	RecordedAt time.Time
}

// AmountOn gives what the benefit pays on a day; ok is false when it pays nothing then.
func (x *Case) AmountOn(day period.Date) (money.Amount, bool) {
	if !x.paid() || len(x.Amounts) == 0 {
		return 0, false
	}
	if last := x.LastDay(); day < x.Award.From || !last.IsZero() && day > last {
		return 0, false
	}
	// What holds from the latest day counts, whenever it was recorded: a raise of May that
	// is carried out in July does not undo a recalculation from June on.
	at := -1
	for i, a := range x.Amounts {
		if a.From <= day && (at < 0 || a.From >= x.Amounts[at].From) {
			at = i
		}
	}
	if at < 0 {
		return 0, false
	}
	return x.Amounts[at].Amount, true
}

// Monthly tells whether the award pays each month, and not one sum.
func (x *Case) Monthly() bool { return x.Award.Pays == PaysMonthly }

// PaysMonthly is how awards are marked that pay each month.
const PaysMonthly = "monthly"

// LastDay is the last day that the award is for, zero while none is known. A sum that is
// paid once, and has no time that it is for, is for its first day.
func (x *Case) LastDay() period.Date {
	last := x.Award.Until
	if last.IsZero() && !x.Monthly() {
		last = x.Award.From
	}
	if !x.Last.IsZero() && (last.IsZero() || x.Last < last) {
		last = x.Last
	}
	return last
}

// Case finds a case by its id; the pointer is into the state.
func (p *Person) Case(id uuid.UUID) (*Case, bool) {
	for i := range p.Cases {
		if p.Cases[i].ID == id {
			return &p.Cases[i], true
		}
	}
	return nil, false
}

func (p *Person) applyPeriod(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.SpecialPeriodRecorded:
		p.Periods = append(p.Periods, SpecialPeriod{SpecialPeriodRecorded: *f,
			RecordedAt: e.RecordedAt, Position: e.Position})
	case *event.SpecialPeriodCancelled:
		p.Periods = slices.DeleteFunc(p.Periods, func(s SpecialPeriod) bool {
			return s.Period == f.Period
		})
	default:
		return false
	}
	return true
}

// applyCase takes an event of a claim into account. It panics where the case does not
// exist: commands never record such an event.
func (p *Person) applyCase(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.BenefitClaimed:
		p.Cases = append(p.Cases, Case{ID: f.Case, Kind: f.Kind, ClaimedOn: f.ClaimedOn,
			From: f.From, State: CaseClaimed, Details: []seal.Sealed{f.Details},
			Office: e.Meta.Actor.Office, Position: e.Position})
	case *event.BenefitEvidenceRecorded:
		x := p.caseOf(e, f.Case)
		x.Evidence, x.Details = append(x.Evidence, f.Evidence), append(x.Details, f.Details)
	case *event.ClaimWithdrawn:
		x := p.caseOf(e, f.Case)
		x.State, x.Cause = CaseWithdrawn, f.Reason
	case *event.BenefitCalculated:
		x := p.caseOf(e, f.Case)
		x.Calculation, x.Author, x.Pending = f.Calculation, e.Meta.Actor.Subject, true
		x.Calculation.Trace = seal.Sealed{}
		if x.State != CaseAwarded {
			x.State = CaseCalculated
		}
	case *event.CalculationReturned:
		x := p.caseOf(e, f.Case)
		x.Pending = false
		if x.State == CaseCalculated {
			x.State = CaseClaimed
		}
	default:
		return p.applyDecision(e, payload)
	}
	return true
}

func (p *Person) applyDecision(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.PensionAssigned:
		p.caseOf(e, f.Case).award(e, f.Award)
	case *event.PensionRecalculated:
		p.caseOf(e, f.Case).award(e, f.Award)
	case *event.BenefitGranted:
		p.caseOf(e, f.Case).award(e, f.Award)
	case *event.ClaimRefused:
		x := p.caseOf(e, f.Case)
		x.State, x.Pending, x.Unmet = CaseRefused, false, f.Unmet
		x.DecidedBy, x.DecidedAt = e.Meta.Actor.Subject, e.RecordedAt
	case *event.PensionIndexed:
		x := p.caseOf(e, f.Case)
		x.Amounts = append(x.Amounts, DatedAmount{f.From, f.New, f.Rule, f.Run})
	case *event.PensionReviewFlagged:
		x := p.caseOf(e, f.Case)
		x.Reviews = append(x.Reviews, Review{f.Cause, f.Reason, e.RecordedAt})
	case *event.BenefitTerminated:
		x := p.caseOf(e, f.Case)
		x.State, x.Last, x.Cause, x.Pending = CaseTerminated, f.Last, f.Cause, false
	default:
		return false
	}
	return true
}

func (p *Person) caseOf(e ledger.Event, id uuid.UUID) *Case {
	x, ok := p.Case(id)
	if !ok {
		panic("account: an event of a case that was never opened")
	}
	x.Position = e.Position
	if office := e.Meta.Actor.Office; office != "" && !x.paid() {
		x.Office = office
	}
	return x
}

// paid tells whether an award was made.
func (x *Case) paid() bool { return x.State == CaseAwarded || x.State == CaseTerminated }

// award takes a decision over. A recalculation replaces all amounts from its first day on
// and answers the reviews.
func (x *Case) award(e ledger.Event, a event.Award) {
	x.Amounts = slices.DeleteFunc(x.Amounts, func(d DatedAmount) bool { return d.From >= a.From })
	x.Amounts = append(x.Amounts, DatedAmount{From: a.From, Amount: a.Amount,
		Source: a.Calculation})
	if x.State == CaseAwarded {
		a.From = min(a.From, x.Award.From)
	}
	x.Award, x.State, x.Pending, x.Reviews = a, CaseAwarded, false, nil
	if a.Office != "" {
		x.Office = a.Office
	}
	x.DecidedBy, x.DecidedAt = e.Meta.Actor.Subject, e.RecordedAt
}

func (x Case) clone() Case {
	x.Details, x.Evidence = slices.Clone(x.Details), slices.Clone(x.Evidence)
	x.Amounts, x.Reviews = slices.Clone(x.Amounts), slices.Clone(x.Reviews)
	return x
}

func (x *Case) fields(c *ledger.Codec) {
	c.UUID(&x.ID)
	c.String(&x.Kind)
	c.Date(&x.ClaimedOn)
	c.Date(&x.From)
	c.String((*string)(&x.State))
	c.String(&x.Office)
	ledger.Slice(c, &x.Details, func(c *ledger.Codec, s *seal.Sealed) { s.Fields(c) })
	ledger.Slice(c, &x.Evidence, func(c *ledger.Codec, e *event.Evidence) { e.Fields(c) })
	x.Calculation.Fields(c)
	c.String(&x.Author)
	c.Bool(&x.Pending)
	x.Award.Fields(c)
	c.String(&x.DecidedBy)
	instant(c, &x.DecidedAt)
	ledger.Slice(c, &x.Unmet, func(c *ledger.Codec, s *string) { c.String(s) })
	ledger.Slice(c, &x.Amounts, func(c *ledger.Codec, a *DatedAmount) {
		c.Date(&a.From)
		c.Amount(&a.Amount)
		c.String(&a.Rule)
		c.UUID(&a.Source)
	})
	ledger.Slice(c, &x.Reviews, func(c *ledger.Codec, r *Review) {
		c.UUID(&r.Cause)
		c.String(&r.Reason)
		instant(c, &r.RecordedAt)
	})
	c.Date(&x.Last)
	c.String(&x.Cause)
	c.Uint64((*uint64)(&x.Position))
	c.OptionalUUID(&x.Account)
}
