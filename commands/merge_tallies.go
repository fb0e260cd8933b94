package commands

import (
	"cmp"
	"slices"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// tallies count the person once for each quarter that both accounts were reported for by the
// same form, or twice again.
func (x *joining) tallies(unp string) (list []event.Tally) {
	count := func(form document.Form, of func(*account.Person, string) []quarterOfYear) {
		rest := of(x.rest, unp)
		for _, q := range of(x.absorbed, unp) {
			if slices.Contains(rest, q) {
				t := event.Tally{Form: string(form), Year: q.year, Quarter: q.number,
					Persons: x.counted()}
				if form == document.PU3 && x.forPension(unp, q) {
					t.ForPension = t.Persons
				}
				list = append(list, t)
			}
		}
	}
	count(document.PU3, quartersReported)
	count(document.PU6, quartersInSpecialConditions)
	return list
}

// forPension tells whether one of the accounts has only reports for a pension of a quarter that
// the payer has reported both for.
func (x *joining) forPension(unp string, q quarterOfYear) bool {
	slot, digit := event.Slot{Payer: unp, Year: q.year}, byte('0'+q.number)
	return min(reportedBeside(x.absorbed, slot, digit), reportedBeside(x.rest, slot, digit)) ==
		forPension
}

// quartersInSpecialConditions lists the quarters for which a payer has ПУ-6 of a person in
// force.
func quartersInSpecialConditions(p *account.Person, unp string) (list []quarterOfYear) {
	for i := range p.Occupational {
		s := &p.Occupational[i]
		q := quarterOfYear{s.Year, s.Quarter}
		if s.Payer == unp && s.InForce() && !slices.Contains(list, q) {
			list = append(list, q)
		}
	}
	slices.SortFunc(list, quarterOfYear.compare)
	return list
}

// quarterOfYear is a calendar quarter.
type quarterOfYear struct{ year, number int }

func (q quarterOfYear) compare(other quarterOfYear) int {
	return cmp.Or(cmp.Compare(q.year, other.year), cmp.Compare(q.number, other.number))
}

// quartersReported lists the quarters for which a payer has forms of a person in force.
func quartersReported(p *account.Person, unp string) (list []quarterOfYear) {
	slots := p.Slots()
	for i := range slots {
		s := &slots[i]
		if s.Payer != unp || !s.InForce() {
			continue
		}
		for _, digit := range s.Quarters {
			if q := (quarterOfYear{s.Year, int(digit - '0')}); !slices.Contains(list, q) {
				list = append(list, q)
			}
		}
	}
	slices.SortFunc(list, quarterOfYear.compare)
	return list
}
