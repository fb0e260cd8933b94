// Package account holds the folds: what is known of an insured person, a payer and the
// law after a run of events. Commands decide on these states, projections store them,
// as-of views and replay recompute them; there is no second way to a balance.
// The folds do no I/O and never see personal data in the clear.
package account

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Person is an insured person's account.
type Person struct {
	ID          ledger.PersonID
	Revision    ledger.Revision // of the last event; ledger.NoStream before the first
	Position    ledger.Position // of the last event
	Registered  bool
	Provisional bool
	Personal    seal.Sealed // the personal data in force
	Employments []Employment
	// What is reported by ПУ-3, see Slots: sorted by year, those of the newest years open,
	// and others as long as nobody has closed them.
	open    []Slot
	older   older
	Periods []SpecialPeriod
	Cases   []Case
	// Occupational are the slots of ПУ-6 and Yields what was credited on them, by year; both
	// are nil for most persons.
	Occupational []OccupationalSlot
	Yields       []OccupationalYield
	// MergedInto is the survivor's account where this one is absorbed; Absorbed are those
	// that are merged into this one. Their facts stay in their own accounts: see Join.
	MergedInto ledger.PersonID
	Absorbed   []ledger.PersonID
	Decisions  []Decision // on accounts, in the order of proposal
	Disputes   []Dispute
	// Confirmations of months, in the order of proposal.
	Confirmations []Confirmation
	// JoinedEvents counts the events of the accounts that Join has added.
	JoinedEvents int64
}

// Employment is a relationship with a payer under the id that the Fund assigned.
type Employment struct {
	ID           uuid.UUID
	Payer        string
	HiredOn      period.Date // zero when only ПУ-3 tells of it
	EndedOn      period.Date // zero while it lasts
	EndReason    string
	Contract     string
	ContractNo   string
	ContractDate period.Date
	Form         string
	RecordedAt   time.Time
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account ledger.PersonID
}

// NewPerson is the state before the first event.
func NewPerson(id ledger.PersonID) *Person {
	return &Person{ID: id, Revision: ledger.NoStream}
}

// Reset makes p the state before the first event of another person. It keeps the room of
// its lists, for who folds many persons one after the other.
func (p *Person) Reset(id ledger.PersonID) {
	*p = Person{ID: id, Revision: ledger.NoStream,
		Employments: p.Employments[:0], open: p.open[:0]}
}

// Apply takes one event of the person's stream into account. Payloads of other streams
// are a fault of the caller and panic: an event must never be passed over in silence.
func (p *Person) Apply(e ledger.Event, payload event.Payload) {
	switch f := payload.(type) {
	case *event.PersonRegistered:
		p.Registered, p.Provisional, p.Personal = true, f.Provisional, f.Personal
	case *event.PersonalDataChanged:
		p.Personal = f.Personal
	case *event.EmploymentStarted:
		p.start(Employment{
			ID: f.Employment, Payer: f.Payer, HiredOn: f.HiredOn, Contract: f.Contract,
			ContractNo: f.ContractNo, ContractDate: f.ContractDate, Form: f.Form,
			RecordedAt: e.RecordedAt,
		})
	case *event.EmploymentEnded:
		for i := range p.Employments {
			if p.Employments[i].ID == f.Employment {
				p.Employments[i].EndedOn, p.Employments[i].EndReason = f.EndedOn, f.Reason
			}
		}
	case *event.IndividualDataReported:
		p.report(e, f)
	default:
		if !p.applyCorrection(e, payload) && !p.applyPeriod(e, payload) &&
			!p.applyCase(e, payload) && !p.applyAccounts(e, payload) &&
			!p.applyDispute(e, payload) && !p.applyOccupational(e, payload) &&
			!p.applyConfirmation(e, payload) {
			panic(fmt.Sprintf("account: %s does not belong into a person's stream", e.Type))
		}
	}
	p.Revision, p.Position = e.Revision, e.Position
}

// start opens a relationship, or completes one that had been learned from a ПУ-3 before
// its ПУ-2 came.
func (p *Person) start(e Employment) {
	for i := range p.Employments {
		if known := &p.Employments[i]; known.ID == e.ID {
			e.EndedOn, e.EndReason = known.EndedOn, known.EndReason
			*known = e
			return
		}
	}
	p.Employments = append(p.Employments, e)
}

// Fields is the canonical form of the state, for snapshots and comparison: what Recent has,
// and the older slots behind it.
func (p *Person) Fields(c *ledger.Codec) {
	if !c.Decoding() {
		older, open := p.closed()
		older.here()
		p.fields(c, &older, &open)
		if older.any {
			c.Bytes(&older.bytes)
		}
		return
	}
	p.fields(c, &p.older, &p.open)
	if p.older.any {
		var blocks []byte
		c.Bytes(&blocks)
		p.bring(c, blocks)
	}
}

// bring gives the account the older slots that belong to it.
func (p *Person) bring(c *ledger.Codec, blocks []byte) {
	o, err := olderOf(blocks)
	if err != nil || o.any != p.older.any || o.last != p.older.last || o.sum != p.older.sum {
		c.Fail("older slots of an account")
		return
	}
	p.older = o
}

// fields describes all but the older slots, and which ones these are.
func (p *Person) fields(c *ledger.Codec, older *older, open *[]Slot) {
	c.UUID(&p.ID)
	c.Int64((*int64)(&p.Revision))
	c.Uint64((*uint64)(&p.Position))
	c.Bool(&p.Registered)
	c.Bool(&p.Provisional)
	p.Personal.Fields(c)
	ledger.Slice(c, &p.Employments, func(c *ledger.Codec, e *Employment) { e.fields(c) })
	jobs(p.Employments).slots(c, open)
	older.fields(c)
	if c.Decoding() && !p.divided() {
		c.Fail("order of slots")
	}
	ledger.Slice(c, &p.Periods, func(c *ledger.Codec, s *SpecialPeriod) { s.fields(c) })
	ledger.Slice(c, &p.Cases, func(c *ledger.Codec, x *Case) { x.fields(c) })
	ledger.Slice(c, &p.Occupational, func(c *ledger.Codec, s *OccupationalSlot) { s.fields(c) })
	ledger.Slice(c, &p.Yields, func(c *ledger.Codec, y *OccupationalYield) { y.fields(c) })
	// Of nearly all persons the rest is nothing.
	more := p.Linked() || len(p.Decisions)+len(p.Disputes)+len(p.Confirmations) > 0 ||
		p.JoinedEvents != 0
	if c.Bool(&more); more {
		c.OptionalUUID(&p.MergedInto)
		ledger.Slice(c, &p.Absorbed, func(c *ledger.Codec, id *ledger.PersonID) { c.UUID(id) })
		ledger.Slice(c, &p.Decisions, func(c *ledger.Codec, d *Decision) { d.fields(c) })
		ledger.Slice(c, &p.Disputes, func(c *ledger.Codec, d *Dispute) { d.Fields(c) })
		ledger.Slice(c, &p.Confirmations, func(c *ledger.Codec, x *Confirmation) { x.fields(c) })
		c.Int64(&p.JoinedEvents)
	}
}

func (e *Employment) fields(c *ledger.Codec) {
	c.UUID(&e.ID)
	c.String(&e.Payer)
	c.Date(&e.HiredOn)
	c.Date(&e.EndedOn)
	c.String(&e.EndReason)
	c.String(&e.Contract)
	c.String(&e.ContractNo)
	c.Date(&e.ContractDate)
	c.String(&e.Form)
	instant(c, &e.RecordedAt)
	c.OptionalUUID(&e.Account)
}

// instant handles a recorded time, which the ledger keeps to the microsecond in UTC.
func instant(c *ledger.Codec, t *time.Time) {
	micros := microsOf(*t)
	c.Int64(&micros)
	if c.Decoding() && micros != 0 {
		*t = time.UnixMicro(micros).UTC()
	}
}

// microsOf gives a recorded time as it is stored: 0 for none.
func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Clone makes an independent copy: dry runs change it freely. Facts inside slots are
// shared, as nothing ever changes them.
func (p *Person) Clone() *Person {
	q := *p
	q.Employments = append([]Employment(nil), p.Employments...)
	q.open = append([]Slot(nil), p.open...)
	q.Periods = slices.Clone(p.Periods)
	q.Occupational = slices.Clone(p.Occupational)
	q.Cases = slices.Clone(p.Cases)
	for i := range q.Cases {
		q.Cases[i] = q.Cases[i].clone()
	}
	q.Absorbed = slices.Clone(p.Absorbed)
	q.Decisions = slices.Clone(p.Decisions)
	q.Disputes = slices.Clone(p.Disputes)
	q.Confirmations = slices.Clone(p.Confirmations)
	return &q
}

// Employment finds a relationship by its id.
func (p *Person) Employment(id uuid.UUID) (Employment, bool) {
	for _, e := range p.Employments {
		if e.ID == id {
			return e, true
		}
	}
	return Employment{}, false
}
