package commands

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// acceptOccupational records a ПУ-6 of any type: a new version of its slot.
func (r *run) acceptOccupational(p *posting, d *document.Document, v control.Verdict,
	t *event.Tally, id func() uuid.UUID) {
	about := r.persons[v.Person]
	fact := r.occupationalVersion(about.person, d, v.Occupational)
	r.countOccupational(p, about.person, fact, t)
	p.person(r, about, id(), quarterMonths(v.Occupational), fact)
}

// quarterMonths gives the effective months of a slot.
func quarterMonths(s event.OccupationalSlot) (span [2]period.Month) {
	span[0], _ = period.NewMonth(s.Year, s.Quarter*3-2)
	span[1] = span[0].Add(2)
	return span
}

// occupationalVersion makes the next version of a slot from a document.
func (r *run) occupationalVersion(who *account.Person, d *document.Document,
	slot event.OccupationalSlot) event.Payload {
	head, receipt := 0, r.filing.Receipt
	if s := who.OccupationalSlot(slot); s != nil {
		head = s.Version
	}
	switch d.Type {
	case document.Cancellation:
		return &event.OccupationalDataCancelled{Slot: slot, Version: head + 1,
			Supersedes: head, Cited: d.Supersedes, Receipt: receipt, DocNo: d.No}
	case document.Correction:
		return &event.OccupationalDataCorrected{Slot: slot, Version: head + 1,
			Supersedes: head, Cited: d.Supersedes, Receipt: receipt, DocNo: d.No,
			OccupationalFacts: r.occupationalFacts(d)}
	}
	return &event.OccupationalDataReported{Slot: slot, Version: head + 1, Receipt: receipt,
		DocNo: d.No, OccupationalFacts: r.occupationalFacts(d)}
}

// occupationalFacts gives what a ПУ-6 says, with the contribution that the Fund assesses on
// each month: by the tariff of the work done in it, or where the form tells of none, by the
// highest that it states.
func (r *run) occupationalFacts(d *document.Document) event.OccupationalFacts {
	facts := event.OccupationalFacts{ForPension: d.Type == document.ForPension,
		Paid: d.Sum().Paid, Service: control.SpecialService(d.Data),
		Months: make([]event.OccupationalMonth, len(d.Data.Months))}
	for i, m := range d.Data.Months {
		month, _ := period.NewMonth(d.Year, m.Number)
		tariff, ok := r.law.OccupationalTariff(facts.Service, month)
		if !ok {
			tariff = control.HighestTariff(d.Data)
		}
		facts.Months[i] = event.OccupationalMonth{Month: month, Earnings: m.Earnings,
			Contributions: m.Contributions, Tariff: tariff, Credited: m.Earnings.Times(tariff)}
	}
	return facts
}

// countOccupational adds what a version of a ПУ-6 changes to the tally and to what the payer
// owes, before the person's state knows of it.
func (r *run) countOccupational(p *posting, who *account.Person, fact event.Payload,
	t *event.Tally) {
	var slot event.OccupationalSlot
	var before, after []event.OccupationalMonth
	switch f := fact.(type) {
	case *event.OccupationalDataReported:
		slot, after = f.Slot, f.Months
	case *event.OccupationalDataCorrected:
		slot, after = f.Slot, f.Months
	case *event.OccupationalDataCancelled:
		slot = f.Slot
	default:
		return // of another form
	}
	if s := who.OccupationalSlot(slot); s != nil {
		before = s.Months
	}
	r.assessOccupational(p, who, slot, before, -1)
	r.assessOccupational(p, who, slot, after, 1)
	x := p.tally(t, slot.Year, slot.Quarter)
	switch {
	case len(before) == 0 && len(after) > 0:
		x.Persons++
	case len(before) > 0 && len(after) == 0:
		x.Persons--
	}
	for _, m := range after {
		x.Earnings, x.Contributions = x.Earnings+m.Earnings, x.Contributions+m.Contributions
	}
	for _, m := range before {
		x.Earnings, x.Contributions = x.Earnings-m.Earnings, x.Contributions-m.Contributions
	}
}

// assessOccupational adds months of a slot to what the payer owes, or takes them out again.
// The persons of a month are counted by who is credited anything beside the slot.
func (r *run) assessOccupational(p *posting, who *account.Person, slot event.OccupationalSlot,
	months []event.OccupationalMonth, sign int) {
	seen := map[period.Month]bool{}
	for _, m := range months {
		a := p.occupational[m.Month]
		if a == nil {
			recorded, _ := r.payer.Month(m.Month)
			x := recorded.Occupational
			a = &event.OccupationalAssessed{Month: m.Month, Persons: x.Persons,
				Earnings: x.Earnings, Amount: x.Amount}
			if p.occupational == nil {
				p.occupational = map[period.Month]*event.OccupationalAssessed{}
			}
			p.occupational[m.Month] = a
		}
		if sign > 0 {
			a.Earnings, a.Amount = a.Earnings+m.Earnings, a.Amount+m.Credited
		} else {
			a.Earnings, a.Amount = a.Earnings-m.Earnings, a.Amount-m.Credited
		}
		if _, _, others := who.OccupationalAt(slot, m.Month); !others && !seen[m.Month] {
			a.Persons += sign
		}
		seen[m.Month] = true
	}
}
