package version

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// OccupationalSlot is a form slot of ПУ-6 with all its versions, the oldest first.
type OccupationalSlot struct {
	event.OccupationalSlot
	Account  ledger.PersonID       `json:"account,omitzero"` // as of a slot of ПУ-3
	Versions []OccupationalVersion `json:"versions"`
}

// OccupationalVersion is a version of a ПУ-6, with nothing in it where it is a cancellation.
// Earnings, Contributions and Credited add the months up, in BYN.
type OccupationalVersion struct {
	Step
	event.OccupationalFacts
	Earnings      money.Amount `json:"earnings"`
	Contributions money.Amount `json:"contributions"`
	Credited      money.Amount `json:"credited"`
}

// occupational takes an event of a ПУ-6 into account; it tells whether it was one.
func (h *History) occupational(by Authorship, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.OccupationalDataReported:
		step := Step{Version: f.Version, Kind: Original}
		if f.ForPension {
			step.Kind = ForPension
		}
		h.special(f.Slot, by.of(f.Receipt, f.DocNo), step, f.OccupationalFacts)
	case *event.OccupationalDataCorrected:
		h.special(f.Slot, by.of(f.Receipt, f.DocNo),
			Step{Version: f.Version, Kind: Correction, Cited: f.Cited}, f.OccupationalFacts)
	case *event.OccupationalDataCancelled:
		h.special(f.Slot, by.of(f.Receipt, f.DocNo),
			Step{Version: f.Version, Kind: Cancellation, Cited: f.Cited}, event.OccupationalFacts{})
	case *event.OccupationalDataRestored:
		var facts event.OccupationalFacts
		for _, v := range h.specialSlot(f.Slot).Versions {
			if v.Version == f.Restores {
				facts = v.OccupationalFacts
			}
		}
		h.special(f.Slot, by.of(f.Receipt, f.DocNo), Step{Version: f.Version, Kind: Restore,
			Cited: f.Cited, Restores: f.Restores}, facts)
	default:
		return false
	}
	return true
}

// special adds a version of a ПУ-6 to its slot.
func (h *History) special(key event.OccupationalSlot, by Authorship, step Step,
	facts event.OccupationalFacts) {
	s := h.specialSlot(key)
	var head *Step
	if n := len(s.Versions); n > 0 {
		head = &s.Versions[n-1].Step
	}
	step.follow(head, by)
	facts.Months, facts.Service = orEmpty(facts.Months), orEmpty(facts.Service)
	v := OccupationalVersion{Step: step, OccupationalFacts: facts}
	for _, m := range v.Months {
		v.Earnings += m.Earnings
		v.Contributions += m.Contributions
		v.Credited += m.Credited
	}
	s.Versions = append(s.Versions, v)
}

// specialSlot finds a slot of ПУ-6, or begins it.
func (h *History) specialSlot(key event.OccupationalSlot) *OccupationalSlot {
	for i := range h.Occupational {
		if h.Occupational[i].OccupationalSlot == key {
			return &h.Occupational[i]
		}
	}
	h.Occupational = append(h.Occupational, OccupationalSlot{OccupationalSlot: key})
	return &h.Occupational[len(h.Occupational)-1]
}

// selectOccupational gives the slots of ПУ-6 that the filter leaves.
func (h *History) selectOccupational(f Filter) []OccupationalSlot {
	part := []OccupationalSlot{}
	for _, s := range h.Occupational {
		if (f.Payer == "" || s.Payer == f.Payer) && (f.Year == 0 || s.Year == f.Year) &&
			(!f.Changed || len(s.Versions) > 1) {
			part = append(part, s)
		}
	}
	slices.SortStableFunc(part, func(a, b OccupationalSlot) int {
		return cmp.Or(cmp.Compare(a.Payer, b.Payer), cmp.Compare(a.Year, b.Year),
			cmp.Compare(a.Quarter, b.Quarter))
	})
	return part
}
