package account

import (
	"slices"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Slot is a form slot with the version in force; its months are of its year. After a
// cancellation it has neither months nor service; nobody who looks at these needs to know of
// versions.
type Slot struct {
	event.Slot
	Version    int
	ForPension bool // a report for a pension, until the ordinary one takes its place
	Receipt    string
	DocNo      int
	RecordedAt time.Time
	Position   ledger.Position
	Months     []event.MonthFact
	Service    []event.ServicePeriod
	// Former are the versions that were superseded, the oldest first; nil for most slots.
	// Who recorded a version, and why, is in its event.
	Former []Version
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account ledger.PersonID
}

// Version is a superseded version of a form slot. One that was a cancellation has no facts.
type Version struct {
	Version    int
	ForPension bool
	Receipt    string
	DocNo      int
	RecordedAt time.Time
	Position   ledger.Position
	Months     []event.MonthFact
	Service    []event.ServicePeriod
}

// InForce tells whether anything is reported in the slot.
func (s *Slot) InForce() bool { return len(s.Months)+len(s.Service) > 0 }

// Facts gives what a version of the slot says, nothing for a cancellation; ok is false when
// there is no such version.
func (s *Slot) Facts(version int) (months []event.MonthFact, service []event.ServicePeriod,
	ok bool) {
	v, ok := s.version(version)
	return v.Months, v.Service, ok
}

func (s *Slot) version(number int) (v Version, ok bool) {
	if number == s.Version {
		return s.head(), true
	}
	for i := range s.Former {
		if s.Former[i].Version == number {
			return s.Former[i], true
		}
	}
	return v, false
}

// head is the version in force.
func (s *Slot) head() Version {
	return Version{Version: s.Version, ForPension: s.ForPension, Receipt: s.Receipt,
		DocNo: s.DocNo, RecordedAt: s.RecordedAt, Position: s.Position, Months: s.Months,
		Service: s.Service}
}

// Reported is what one version of a form says.
type Reported struct {
	Months  []event.MonthFact
	Service []event.ServicePeriod
}

// Empty tells whether it says nothing, as a cancellation does.
func (r Reported) Empty() bool { return len(r.Months)+len(r.Service) == 0 }

// SlotChange is what an event makes of a form slot.
type SlotChange struct {
	Slot          event.Slot
	Before, After Reported
	// BeforeForPension and AfterForPension tell whether a version is one for a pension.
	BeforeForPension, AfterForPension bool
	// Since is when the version before was recorded; zero without one.
	Since time.Time
}

// Change tells what an event that has not been applied yet will make of a form slot; ok is
// false when it is about none.
func (p *Person) Change(payload event.Payload) (c SlotChange, ok bool) {
	restores := 0
	switch f := payload.(type) {
	case *event.IndividualDataReported:
		c.Slot, c.After = f.Slot, Reported{f.Months, f.Service}
		if f.Version == 1 {
			return c, true
		}
	case *event.IndividualDataCorrected:
		c.Slot, c.After = f.Slot, Reported{f.Months, f.Service}
	case *event.IndividualDataReportedForPension:
		c.Slot, c.After, c.AfterForPension = f.Slot, Reported{f.Months, f.Service}, true
	case *event.IndividualDataCancelled:
		c.Slot = f.Slot
	case *event.IndividualDataRestored:
		c.Slot, restores = f.Slot, f.Restores
	default:
		return c, false
	}
	if s := p.Slot(c.Slot); s != nil {
		c.Before, c.BeforeForPension = Reported{s.Months, s.Service}, s.ForPension
		c.Since = s.RecordedAt
		if v, ok := s.version(restores); ok {
			c.After, c.AfterForPension = Reported{v.Months, v.Service}, v.ForPension
		}
	}
	return c, true
}

// Earliest is the first day that either version says anything of.
func (c *SlotChange) Earliest() (first period.Date) {
	for _, r := range [2]Reported{c.Before, c.After} {
		for i := range r.Months {
			if day := r.Months[i].Month.First(); first.IsZero() || day < first {
				first = day
			}
		}
		for i := range r.Service {
			if from := r.Service[i].From; first.IsZero() || from < first {
				first = from
			}
		}
	}
	return first
}

// Span gives the first and the last month of the two versions; zero when they have none.
func (c *SlotChange) Span() (from, to period.Month) {
	for _, r := range [2]Reported{c.Before, c.After} {
		for i := range r.Months {
			m := r.Months[i].Month
			if from == 0 || m < from {
				from = m
			}
			to = max(to, m)
		}
	}
	return from, to
}

// report takes an original; most are the first of their slot.
func (p *Person) report(e ledger.Event, f *event.IndividualDataReported) {
	if f.Version > 1 {
		p.supersede(f.Slot, Version{Version: f.Version, Receipt: f.Receipt, DocNo: f.DocNo,
			RecordedAt: e.RecordedAt, Position: e.Position, Months: f.Months,
			Service: f.Service})
		return
	}
	p.add(Slot{
		Slot: f.Slot, Version: f.Version, Receipt: f.Receipt, DocNo: f.DocNo,
		RecordedAt: e.RecordedAt, Position: e.Position,
		Months: f.Months, Service: f.Service,
	})
}

// applyCorrection takes the later versions of form slots and corrected records of
// employments.
func (p *Person) applyCorrection(e ledger.Event, payload event.Payload) bool {
	v := Version{RecordedAt: e.RecordedAt, Position: e.Position}
	switch f := payload.(type) {
	case *event.IndividualDataCorrected:
		v.Version, v.Receipt, v.DocNo, v.Months, v.Service =
			f.Version, f.Receipt, f.DocNo, f.Months, f.Service
		p.supersede(f.Slot, v)
	case *event.IndividualDataCancelled:
		v.Version, v.Receipt, v.DocNo = f.Version, f.Receipt, f.DocNo
		p.supersede(f.Slot, v)
	case *event.IndividualDataRestored:
		v.Version, v.Receipt, v.DocNo = f.Version, f.Receipt, f.DocNo
		if s := p.Slot(f.Slot); s != nil {
			of, _ := s.version(f.Restores)
			v.Months, v.Service, v.ForPension = of.Months, of.Service, of.ForPension
		}
		p.supersede(f.Slot, v)
	case *event.IndividualDataReportedForPension:
		v.Version, v.Receipt, v.DocNo, v.Months, v.Service =
			f.Version, f.Receipt, f.DocNo, f.Months, f.Service
		v.ForPension = true
		p.supersede(f.Slot, v)
	case *event.EmploymentRecordCorrected:
		p.correctEmployment(f)
	case *event.EmploymentRecordCancelled:
		p.cancelEmployment(f)
	case *event.InsuranceCertificateReplaced:
		// The number and all that hangs on it stay.
	default:
		return false
	}
	return true
}

// supersede brings a version of a slot into force and keeps the one before.
func (p *Person) supersede(key event.Slot, v Version) {
	s := p.change(key)
	if s == nil {
		s = p.add(Slot{Slot: key})
	} else {
		// A copy of the account may share the list: it must not grow in place.
		s.Former = append(slices.Clip(s.Former), s.head())
	}
	s.Version, s.ForPension, s.Receipt, s.DocNo = v.Version, v.ForPension, v.Receipt, v.DocNo
	s.RecordedAt, s.Position, s.Months, s.Service = v.RecordedAt, v.Position, v.Months, v.Service
}

func (p *Person) correctEmployment(f *event.EmploymentRecordCorrected) {
	for i := range p.Employments {
		if e := &p.Employments[i]; e.ID == f.Employment {
			e.HiredOn, e.EndedOn, e.EndReason = f.HiredOn, f.EndedOn, f.Reason
			e.Contract, e.ContractNo, e.ContractDate = f.Contract, f.ContractNo, f.ContractDate
		}
	}
}

func (p *Person) cancelEmployment(f *event.EmploymentRecordCancelled) {
	for i := range p.Employments {
		e := &p.Employments[i]
		switch {
		case e.ID != f.Employment:
		case f.Dismissal:
			e.EndedOn, e.EndReason = 0, ""
		default:
			p.Employments = slices.Delete(p.Employments, i, i+1)
			return
		}
	}
}

func (v *Version) fields(c *ledger.Codec) {
	c.Int(&v.Version)
	c.Bool(&v.ForPension)
	c.String(&v.Receipt)
	c.Int(&v.DocNo)
	instant(c, &v.RecordedAt)
	c.Uint64((*uint64)(&v.Position))
	facts(c, &v.Months, &v.Service)
}

func facts(c *ledger.Codec, months *[]event.MonthFact, service *[]event.ServicePeriod) {
	ledger.Slice(c, months, func(c *ledger.Codec, m *event.MonthFact) { m.Fields(c) })
	ledger.Slice(c, service, func(c *ledger.Codec, x *event.ServicePeriod) { x.Fields(c) })
}

// CategorySelfEmployed is the category of sole proprietors, who insure themselves.
const CategorySelfEmployed = "10"

// SelfEmployed tells whether the slot is of a sole proprietor's own insurance.
func (s *Slot) SelfEmployed() bool { return s.Category == CategorySelfEmployed }

// EarningsAt adds up what a payer reported as covered earnings of a month, over all
// slots in force, either as an employer's or as a self-employed person's own; known is
// false when it reported nothing of that month.
func (p *Person) EarningsAt(payer string, month period.Month, selfEmployed bool,
) (sum money.Amount, known bool) {
	return p.earningsBeside(event.Slot{}, payer, month, selfEmployed)
}

// EarningsBeside is EarningsAt without what the slot says.
func (p *Person) EarningsBeside(slot event.Slot, month period.Month,
) (sum money.Amount, known bool) {
	return p.earningsBeside(slot, slot.Payer, month, slot.Category == CategorySelfEmployed)
}

func (p *Person) earningsBeside(slot event.Slot, payer string, month period.Month,
	selfEmployed bool) (sum money.Amount, known bool) {
	slots := p.SlotsOf(month.Year())
	for i := range slots {
		s := &slots[i]
		if s.Payer != payer || s.SelfEmployed() != selfEmployed ||
			s.Slot == slot {
			continue
		}
		for _, m := range s.Months {
			if m.Month == month {
				sum, known = sum+m.Earnings, true
			}
		}
	}
	return sum, known
}
