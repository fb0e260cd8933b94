package commands

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
)

// acceptOccupational records a ПУ-6 of any type: a new version of its slot.
func (r *run) acceptOccupational(p *posting, d *document.Document, v control.Verdict,
	t *event.Tally, id func() uuid.UUID) {
	if v.Unchanged {
		return // SPF-607 told the payer that the document changes nothing
	}
	about := r.persons[v.Person]
	who := r.view(about)
	fact := r.occupationalVersion(who, d, v.Occupational)
	r.countOccupational(p, who, fact, t)
	cause, span := id(), quarterMonths(v.Occupational)
	flags := reviews(who, span[0].First(), cause, ReviewMonths)
	p.person(r, about, cause, span, fact)
	for _, flag := range flags {
		if x, ok := who.Case(flag.(*event.PensionReviewFlagged).Case); ok &&
			occupational.PaidOf(r.law, x) {
			p.person(r, about, id(), span, flag)
		}
	}
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
	head := 0
	if s := who.OccupationalSlot(slot); s != nil {
		head = s.Version
	}
	next := event.Replacement{Version: head + 1, Supersedes: head,
		Cited: control.NormalizeReceipt(d.Supersedes), Receipt: r.filing.Receipt, DocNo: d.No}
	switch d.Type {
	case document.Cancellation:
		return &event.OccupationalDataCancelled{Slot: slot, Replacement: next}
	case document.Correction:
		return &event.OccupationalDataCorrected{Slot: slot, Replacement: next,
			OccupationalFacts: control.OccupationalFacts(r.law, d)}
	case document.Restore:
		return &event.OccupationalDataRestored{Slot: slot, Replacement: next,
			Restores: d.Restores}
	}
	return &event.OccupationalDataReported{Slot: slot, Version: next.Version,
		Receipt: next.Receipt, DocNo: d.No, OccupationalFacts: control.OccupationalFacts(r.law, d)}
}

// countOccupational adds what a version of a ПУ-6 changes to the tally and to what the payer
// owes, before the person's state knows of it.
func (r *run) countOccupational(p *posting, who *account.Person, fact event.Payload,
	t *event.Tally) {
	var slot event.OccupationalSlot
	var before, after []event.OccupationalMonth
	restores := 0
	switch f := fact.(type) {
	case *event.OccupationalDataReported:
		slot, after = f.Slot, f.Months
	case *event.OccupationalDataCorrected:
		slot, after = f.Slot, f.Months
	case *event.OccupationalDataCancelled:
		slot = f.Slot
	case *event.OccupationalDataRestored:
		slot, restores = f.Slot, f.Restores
	default:
		return // of another form
	}
	if s := who.OccupationalSlot(slot); s != nil {
		before = s.Months
		if restores > 0 {
			facts, _ := s.Facts(restores)
			after = facts.Months
		}
	}
	r.assessOccupational(p, who, slot, before, -1)
	r.assessOccupational(p, who, slot, after, 1)
	x := p.tally(t, slot.Year, slot.Quarter)
	switch {
	case (len(before) == 0) == (len(after) == 0) || specialBeside(who, slot):
	case len(before) == 0:
		x.Persons++
	default:
		x.Persons--
	}
	for _, m := range after {
		x.Earnings, x.Contributions = x.Earnings+m.Earnings, x.Contributions+m.Contributions
	}
	for _, m := range before {
		x.Earnings, x.Contributions = x.Earnings-m.Earnings, x.Contributions-m.Contributions
	}
}

// specialBeside tells whether the payer has a ПУ-6 on the person for the quarter in any other
// slot.
func specialBeside(who *account.Person, slot event.OccupationalSlot) bool {
	return slices.ContainsFunc(who.Occupational, func(s account.OccupationalSlot) bool {
		return s.Payer == slot.Payer && s.Year == slot.Year && s.Quarter == slot.Quarter &&
			s.InForce() && s.OccupationalSlot != slot
	})
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
