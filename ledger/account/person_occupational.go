package account

import (
	"slices"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// OccupationalSlot is a slot of ПУ-6 with the version in force. After a cancellation it has
// neither months nor service.
type OccupationalSlot struct {
	event.OccupationalSlot
	OccupationalVersion
	Former []OccupationalVersion // superseded, the oldest first
	// Account is the joined account that it is recorded in; the null identifier for its own.
	Account ledger.PersonID
}

// OccupationalVersion is a version of a slot of ПУ-6.
type OccupationalVersion struct {
	Version    int
	Receipt    string
	DocNo      int
	RecordedAt time.Time
	Position   ledger.Position
	event.OccupationalFacts
}

// InForce tells whether anything is reported in the slot.
func (s *OccupationalSlot) InForce() bool { return len(s.Months)+len(s.Service) > 0 }

// Same tells whether the version in force says just this.
func (s *OccupationalSlot) Same(f event.OccupationalFacts) bool {
	return s.ForPension == f.ForPension && s.Paid == f.Paid &&
		slices.Equal(s.Months, f.Months) && slices.Equal(s.Service, f.Service)
}

// Facts gives what a version of the slot says, nothing for a cancellation; ok is false when
// there is no such version.
func (s *OccupationalSlot) Facts(version int) (facts event.OccupationalFacts, ok bool) {
	if version == s.Version {
		return s.OccupationalFacts, true
	}
	for i := range s.Former {
		if v := &s.Former[i]; v.Version == version {
			return v.OccupationalFacts, true
		}
	}
	return facts, false
}

// OccupationalYield is the yield credited for a year.
type OccupationalYield struct {
	event.OccupationalYieldCredited
	RecordedAt time.Time
	Position   ledger.Position
}

func (p *Person) applyOccupational(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.OccupationalDataReported:
		p.reportOccupational(e, f.Slot, f.Version, f.Receipt, f.DocNo, f.OccupationalFacts)
	case *event.OccupationalDataCorrected:
		p.reportOccupational(e, f.Slot, f.Version, f.Receipt, f.DocNo, f.OccupationalFacts)
	case *event.OccupationalDataCancelled:
		p.reportOccupational(e, f.Slot, f.Version, f.Receipt, f.DocNo, event.OccupationalFacts{})
	case *event.OccupationalDataRestored:
		var facts event.OccupationalFacts
		if s := p.OccupationalSlot(f.Slot); s != nil {
			facts, _ = s.Facts(f.Restores)
		}
		p.reportOccupational(e, f.Slot, f.Version, f.Receipt, f.DocNo, facts)
	case *event.OccupationalYieldCredited:
		*p.yield(f.Year) = OccupationalYield{*f, e.RecordedAt, e.Position}
	default:
		return false
	}
	return true
}

// yield makes room for a year's yield. A copy of the account may share the list.
func (p *Person) yield(year int) *OccupationalYield {
	i, found := slices.BinarySearchFunc(p.Yields, year,
		func(y OccupationalYield, year int) int { return y.Year - year })
	p.Yields = slices.Clone(p.Yields)
	if !found {
		p.Yields = slices.Insert(p.Yields, i, OccupationalYield{})
		p.Yields[i].Year = year
	}
	return &p.Yields[i]
}

// joinYield adds what was credited on another account of the person for a year.
func (p *Person) joinYield(y OccupationalYield) {
	sum := p.yield(y.Year)
	y.Base, y.Amount = y.Base+sum.Base, y.Amount+sum.Amount
	*sum = y
}

func (p *Person) reportOccupational(e ledger.Event, key event.OccupationalSlot, version int,
	receipt string, docNo int, facts event.OccupationalFacts) {
	v := OccupationalVersion{Version: version, Receipt: receipt, DocNo: docNo,
		RecordedAt: e.RecordedAt, Position: e.Position, OccupationalFacts: facts}
	if s := p.OccupationalSlot(key); s != nil {
		s.Former = append(slices.Clip(s.Former), s.OccupationalVersion)
		s.OccupationalVersion = v
		return
	}
	p.Occupational = append(p.Occupational,
		OccupationalSlot{OccupationalSlot: key, OccupationalVersion: v})
}

// OccupationalSlot finds a slot of ПУ-6; nil when nothing was ever reported in it.
func (p *Person) OccupationalSlot(key event.OccupationalSlot) *OccupationalSlot {
	for i := range p.Occupational {
		if p.Occupational[i].OccupationalSlot == key {
			return &p.Occupational[i]
		}
	}
	return nil
}

// OccupationalAt adds up what a payer reported of a month of work in special conditions,
// beside a slot; known is false when it reported nothing else of that month.
func (p *Person) OccupationalAt(beside event.OccupationalSlot, month period.Month,
) (earnings, credited money.Amount, known bool) {
	for i := range p.Occupational {
		s := &p.Occupational[i]
		if s.Payer != beside.Payer || s.OccupationalSlot == beside {
			continue
		}
		for _, m := range s.Months {
			if m.Month == month {
				earnings, credited, known = earnings+m.Earnings, credited+m.Credited, true
			}
		}
	}
	return earnings, credited, known
}

func (s *OccupationalSlot) fields(c *ledger.Codec) {
	s.OccupationalSlot.Fields(c)
	s.OccupationalVersion.fields(c)
	ledger.Slice(c, &s.Former, func(c *ledger.Codec, v *OccupationalVersion) { v.fields(c) })
	c.OptionalUUID(&s.Account)
}

func (v *OccupationalVersion) fields(c *ledger.Codec) {
	c.Int(&v.Version)
	c.String(&v.Receipt)
	c.Int(&v.DocNo)
	instant(c, &v.RecordedAt)
	c.Uint64((*uint64)(&v.Position))
	v.OccupationalFacts.Fields(c)
}

func (y *OccupationalYield) fields(c *ledger.Codec) {
	y.OccupationalYieldCredited.Fields(c)
	instant(c, &y.RecordedAt)
	c.Uint64((*uint64)(&y.Position))
}
