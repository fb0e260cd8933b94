package account

import (
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// jobs are the employments that slots name by their number.
type jobs []Employment

// slots describes the slots in a person's state. They are nearly all of it, and nearly all
// of them are alike: the three months of a quarter, in the category of an employment, worked
// from the first day to the last, their contributions paid. What is usual is not written; a
// set of bits before each slot says what is. That is half of the bytes and a third of the
// fields, in every read and every write of an account.
func (j jobs) slots(c *ledger.Codec, list *[]Slot) {
	before := noSlot
	ledger.Slice(c, list, func(c *ledger.Codec, s *Slot) {
		j.slot(c, s, before)
		before = s
	})
}

// noSlot stands before the first one; nobody changes it.
var noSlot = &Slot{}

// What is written of a slot because it is not as usual.
const (
	ownCategory uint64 = 1 << iota // is not the contract of the employment
	ownContract                    // has a number of a contract
	ownVersion                     // is not the first
	forPension
	ownQuarter // is none, or several
	ownMonths  // are not those of the quarter, or of different tariffs
	withBenefits
	ownPaid // is not what was to be paid
	ownService
	withFormer
	ofAccount
	slotBits = iota
)

const (
	quarterMonths = 3
	// yearMax bounds the years whose quarters are numbered.
	yearMax = 9999
)

// slot describes one that stands behind another.
func (j jobs) slot(c *ledger.Codec, s, before *Slot) {
	job, bits := uint64(0), uint64(0)
	if c.Decoding() {
		*s = Slot{}
	} else {
		job = j.of(s)
		bits = j.unusual(s, job)
	}
	c.Uint64(&bits)
	c.Uint64(&job)
	if job > uint64(len(j)) || bits >= 1<<slotBits {
		c.Fail("form of a slot")
		return
	}
	if bits&ownQuarter != 0 && bits&ownMonths == 0 {
		c.Fail("form of a slot")
		return
	}
	j.place(c, s, job, bits)
	quarter(c, s, before, bits)
	if bits&ownVersion != 0 {
		c.Int(&s.Version)
	} else {
		s.Version = 1
	}
	s.ForPension = bits&forPension != 0
	c.String(&s.Receipt)
	c.Int(&s.DocNo)
	since(c, s, before)
	s.months(c, bits)
	s.service(c, bits)
	if bits&withFormer != 0 {
		ledger.Slice(c, &s.Former, func(c *ledger.Codec, v *Version) { v.fields(c) })
	}
	if bits&ofAccount != 0 {
		c.UUID(&s.Account)
	}
	if c.Decoding() && (job != j.of(s) || bits != j.unusual(s, job)) {
		c.Fail("form of a slot")
	}
}

// of gives the number, from 1, of the employment that the slot is of; 0 for none.
func (j jobs) of(s *Slot) uint64 {
	for i := range j {
		if e := &j[i]; e.ID == s.Employment && e.Payer == s.Payer {
			return uint64(i) + 1
		}
	}
	return 0
}

// unusual tells what must be written.
func (j jobs) unusual(s *Slot, job uint64) (bits uint64) {
	set := func(bit uint64, is bool) {
		if is {
			bits |= bit
		}
	}
	set(ownCategory, job == 0 || s.Category != j[job-1].Contract)
	set(ownContract, s.ContractNo != "")
	set(ownVersion, s.Version != 1)
	set(forPension, s.ForPension)
	first, ok := firstMonth(s)
	set(ownQuarter, !ok)
	whole := ok && wholeQuarter(s.Months, first)
	set(ownMonths, !whole)
	for i := range s.Months {
		m := &s.Months[i]
		set(withBenefits, whole && m.Benefits != 0)
		set(ownPaid, whole && m.Paid != m.Contributions)
	}
	set(ownService, !ok || len(s.Service) != 1 || s.Service[0] != serviceOf(first))
	set(withFormer, len(s.Former) > 0)
	set(ofAccount, s.Account != uuid.Nil)
	return bits
}

// firstMonth gives the first month of the one quarter that a slot is of.
func firstMonth(s *Slot) (first period.Month, ok bool) {
	if len(s.Quarters) != 1 || s.Quarters[0] < '1' || s.Quarters[0] > '4' ||
		s.Year < 1 || s.Year > yearMax {
		return 0, false
	}
	return period.NewMonth(s.Year, int(s.Quarters[0]-'1')*quarterMonths+1)
}

func wholeQuarter(months []event.MonthFact, first period.Month) bool {
	if len(months) != quarterMonths {
		return false
	}
	for i := range months {
		if months[i].Month != first+period.Month(i) || months[i].Tariff != months[0].Tariff {
			return false
		}
	}
	return true
}

// serviceOf is work from the first to the last day of the quarter, without conditions.
func serviceOf(first period.Month) event.ServicePeriod {
	return event.ServicePeriod{From: first.First(), To: (first + quarterMonths - 1).Last()}
}

// place describes where the slot belongs.
func (j jobs) place(c *ledger.Codec, s *Slot, job, bits uint64) {
	if job == 0 {
		c.String(&s.Payer)
		c.UUID(&s.Employment)
	} else if c.Decoding() {
		e := &j[job-1]
		s.Payer, s.Employment, s.Category = e.Payer, e.ID, e.Contract
	}
	if bits&ownCategory != 0 {
		c.String(&s.Category)
	}
	if bits&ownContract != 0 {
		c.String(&s.ContractNo)
	}
}

// quarter describes the time of the slot, one quarter by its distance to the slot before.
func quarter(c *ledger.Codec, s, before *Slot, bits uint64) {
	if bits&ownQuarter != 0 {
		c.Int(&s.Year)
		c.String(&s.Quarters)
		return
	}
	base, _ := firstMonth(before)
	first, _ := firstMonth(s) // nothing yet in a slot that is being read
	distance := int64(first-base) / quarterMonths
	c.Int64(&distance)
	if !c.Decoding() {
		return
	}
	number := distance + int64(base)/quarterMonths
	if number < 0 || number > yearMax*4+3 {
		c.Fail("quarter out of range")
		return
	}
	s.Year, s.Quarters = int(number/4), "1234"[number%4:number%4+1]
}

// since describes when and where the slot was recorded, by the distance to the slot before.
func since(c *ledger.Codec, s, before *Slot) {
	base := microsOf(before.RecordedAt)
	later := microsOf(s.RecordedAt) - base
	ahead := int64(s.Position) - int64(before.Position)
	c.Int64(&later)
	c.Int64(&ahead)
	if !c.Decoding() {
		return
	}
	s.Position = before.Position + ledger.Position(ahead)
	if micros := base + later; micros != 0 {
		s.RecordedAt = time.UnixMicro(micros).UTC()
	}
}

// months describes the facts of months.
func (s *Slot) months(c *ledger.Codec, bits uint64) {
	if bits&ownMonths != 0 {
		ledger.Slice(c, &s.Months, func(c *ledger.Codec, m *event.MonthFact) { m.Fields(c) })
		return
	}
	if c.Decoding() {
		first, _ := firstMonth(s)
		s.Months = make([]event.MonthFact, quarterMonths)
		for i := range s.Months {
			s.Months[i].Month = first + period.Month(i)
		}
	}
	c.String(&s.Months[0].Tariff)
	for i := range s.Months {
		m := &s.Months[i]
		c.Amount(&m.Earnings)
		c.Amount(&m.Contributions)
		if bits&withBenefits != 0 {
			c.Amount(&m.Benefits)
		}
		if bits&ownPaid != 0 {
			c.Amount(&m.Paid)
		}
		if !c.Decoding() {
			continue
		}
		m.Tariff = s.Months[0].Tariff
		if bits&ownPaid == 0 {
			m.Paid = m.Contributions
		}
	}
}

// service describes the periods of work.
func (s *Slot) service(c *ledger.Codec, bits uint64) {
	switch first, _ := firstMonth(s); {
	case bits&ownService != 0:
		ledger.Slice(c, &s.Service, func(c *ledger.Codec, x *event.ServicePeriod) { x.Fields(c) })
	case c.Decoding():
		s.Service = []event.ServicePeriod{serviceOf(first)}
	}
}
