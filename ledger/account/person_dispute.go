package account

import (
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Dispute is what became of a line that the person holds to be wrong.
type Dispute struct {
	event.DisputeOpened
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account    ledger.PersonID
	Opener     string // who recorded it
	OpenedAt   time.Time
	Answer     event.DisputeAnswered // zero before
	Answerer   string
	AnsweredAt time.Time
	Outcome    DisputeOutcome // empty while it is open
	Closing    seal.Sealed    // the reason of the decision or the withdrawal
	// CorrectedBy and CorrectedDoc are receipt and document that corrected the line.
	CorrectedBy  string
	CorrectedDoc int
	DecidedBy    string
	ClosedAt     time.Time
	Position     ledger.Position // of its last event
}

// DisputeOutcome is how a dispute ended.
type DisputeOutcome string

// The outcomes of a dispute.
const (
	DisputeUpheld    DisputeOutcome = "upheld"    // the person is right
	DisputeDismissed DisputeOutcome = "dismissed" // the line is right
	DisputeCorrected DisputeOutcome = "corrected" // the payer has corrected the line
	DisputeDropped   DisputeOutcome = "withdrawn"
)

// DisputeState tells who has to act, on a day.
type DisputeState string

// The states of a dispute. A term that has passed gives the Fund the right to decide.
const (
	DisputeWaitsForPayer      DisputeState = "waits_for_payer"
	DisputePayerLate          DisputeState = "payer_late"
	DisputeWaitsForCorrection DisputeState = "waits_for_correction"
	DisputeCorrectionLate     DisputeState = "correction_late"
	DisputeWaitsForFund       DisputeState = "waits_for_fund"
	DisputeFundLate           DisputeState = "fund_late"
	DisputeClosed             DisputeState = "closed"
)

// Turn is who has to act in a dispute, whatever the day.
type Turn string

// The turns of a dispute.
const (
	TurnPayer      Turn = "payer"      // to answer
	TurnCorrection Turn = "correction" // the payer, to correct what it has accepted
	TurnFund       Turn = "fund"       // to decide
	TurnNobody     Turn = ""           // it is closed
)

// Turn gives who has to act, and the last day of the term.
func (d *Dispute) Turn() (Turn, period.Date) {
	switch {
	case d.Outcome != "":
		return TurnNobody, 0
	case !d.AnsweredAt.IsZero() && d.Answer.Accepted:
		return TurnCorrection, d.Answer.CorrectBy
	case !d.AnsweredAt.IsZero():
		return TurnFund, d.Answer.DecideBy
	case d.Payer == "":
		return TurnFund, d.DecideBy
	}
	return TurnPayer, d.AnswerBy
}

// MayBeDecided tells whether the Fund may decide on a day: when it is its turn, or the
// payer has let its term pass.
func (d *Dispute) MayBeDecided(on period.Date) bool {
	switch d.State(on) {
	case DisputeWaitsForFund, DisputeFundLate, DisputePayerLate, DisputeCorrectionLate:
		return true
	}
	return false
}

// State gives the state on a day: a term's last day still counts.
func (d *Dispute) State(on period.Date) DisputeState {
	turn, due := d.Turn()
	return StateOfTurn(turn, on > due)
}

// StateOfTurn names the state of who has to act, late or in time.
func StateOfTurn(turn Turn, late bool) DisputeState {
	switch turn {
	case TurnPayer:
		if late {
			return DisputePayerLate
		}
		return DisputeWaitsForPayer
	case TurnCorrection:
		if late {
			return DisputeCorrectionLate
		}
		return DisputeWaitsForCorrection
	case TurnFund:
		if late {
			return DisputeFundLate
		}
		return DisputeWaitsForFund
	}
	return DisputeClosed
}

// Dispute finds a dispute by its id; the pointer is into the state.
func (p *Person) Dispute(id uuid.UUID) (*Dispute, bool) {
	for i := range p.Disputes {
		if p.Disputes[i].DisputeOpened.Dispute == id {
			return &p.Disputes[i], true
		}
	}
	return nil, false
}

// Found is a line of the account that a reference names.
type Found struct {
	Payer   string          // who has reported it; empty where the Fund recorded it
	Account ledger.PersonID // the joined account that holds it, the null one for its own
	Version int             // of its slot
	Receipt string          // of the filing that reported it
	DocNo   int
	Months  []event.MonthFact     // the disputed one, or all of a slot
	Service []event.ServicePeriod // likewise
}

// Line finds the line that a reference names; ok is false where the account has none.
func (p *Person) Line(l *event.Line) (found Found, ok bool) {
	switch l.Kind {
	case event.LineEmployment:
		e, ok := p.Employment(l.ID)
		return Found{Payer: e.Payer, Account: e.Account}, ok
	case event.LinePeriod:
		for _, x := range p.Periods {
			if x.Period == l.ID {
				return Found{Account: x.Account}, true
			}
		}
		return found, false
	}
	s := p.Slot(l.Slot)
	if s == nil {
		return found, false
	}
	found = Found{Payer: s.Payer, Account: s.Account, Version: s.Version, Receipt: s.Receipt,
		DocNo: s.DocNo}
	switch l.Kind {
	case event.LineMonth:
		for _, m := range s.Months {
			if m.Month == l.Month {
				found.Months = append(found.Months, m)
			}
		}
		return found, len(found.Months) > 0
	case event.LineService:
		for _, x := range s.Service {
			if x.From == l.From {
				found.Service = append(found.Service, x)
			}
		}
		return found, len(found.Service) > 0
	case event.LineSlot:
		found.Months, found.Service = s.Months, s.Service
		return found, true
	}
	return found, false
}

func (p *Person) applyDispute(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.DisputeOpened:
		p.Disputes = append(p.Disputes, Dispute{DisputeOpened: *f,
			Opener: e.Meta.Actor.Subject, OpenedAt: e.RecordedAt, Position: e.Position})
	case *event.DisputeAnswered:
		d := p.dispute(e, f.Dispute)
		d.Answer, d.Answerer, d.AnsweredAt = *f, e.Meta.Actor.Subject, e.RecordedAt
	case *event.DisputeDecided:
		outcome := DisputeDismissed
		if f.Upheld {
			outcome = DisputeUpheld
		}
		p.dispute(e, f.Dispute).close(e, outcome, f.Text)
	case *event.DisputeSettled:
		d := p.dispute(e, f.Dispute)
		d.close(e, DisputeCorrected, seal.Sealed{})
		d.CorrectedBy, d.CorrectedDoc = f.Receipt, f.DocNo
	case *event.DisputeWithdrawn:
		p.dispute(e, f.Dispute).close(e, DisputeDropped, f.Text)
	default:
		return false
	}
	return true
}

func (d *Dispute) close(e ledger.Event, outcome DisputeOutcome, text seal.Sealed) {
	d.Outcome, d.Closing, d.ClosedAt = outcome, text, e.RecordedAt
	d.DecidedBy = e.Meta.Actor.Subject
}

// dispute finds the dispute of an event. It panics where it was never opened: commands
// never record such an event.
func (p *Person) dispute(e ledger.Event, id uuid.UUID) *Dispute {
	d, ok := p.Dispute(id)
	if !ok {
		panic("account: an event of a dispute that was never opened")
	}
	d.Position = e.Position
	return d
}

// Fields is the canonical form of the state.
func (d *Dispute) Fields(c *ledger.Codec) {
	d.DisputeOpened.Fields(c)
	c.OptionalUUID(&d.Account)
	c.String(&d.Opener)
	instant(c, &d.OpenedAt)
	d.Answer.Fields(c)
	c.String(&d.Answerer)
	instant(c, &d.AnsweredAt)
	c.String((*string)(&d.Outcome))
	d.Closing.Fields(c)
	c.String(&d.CorrectedBy)
	c.Int(&d.CorrectedDoc)
	c.String(&d.DecidedBy)
	instant(c, &d.ClosedAt)
	c.Uint64((*uint64)(&d.Position))
}
