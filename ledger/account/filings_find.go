package account

import (
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// ByReceipt finds a filing by its receipt number.
func (s *Filings) ByReceipt(receipt string) (Filing, bool) {
	for i := range s.Filings {
		if s.Filings[i].Receipt == receipt {
			return s.Filings[i], true
		}
	}
	return Filing{}, false
}

// ByContent finds the filing of some bytes, and tells how many earlier ones of the same bytes
// were refused because their preview no longer held. They do not count as filed.
func (s *Filings) ByContent(sum ledger.Hash) (f Filing, stale int, ok bool) {
	for i := range s.Filings {
		if s.Filings[i].SHA256 != sum {
			continue
		}
		if p := s.Filings[i].Processed; p != nil && p.Stale {
			stale++
			continue
		}
		f, ok = s.Filings[i], true
	}
	return f, stale, ok
}

// MergeTallies adds the counts of more to those of the same form and period in list.
func MergeTallies(list, more []event.Tally) []event.Tally {
	for _, t := range more {
		i := slices.IndexFunc(list, func(x event.Tally) bool {
			return x.Form == t.Form && x.Year == t.Year && x.Quarter == t.Quarter
		})
		if i < 0 {
			list = append(list, t)
			continue
		}
		x := &list[i]
		x.Accepted += t.Accepted
		x.Rejected += t.Rejected
		x.Parked += t.Parked
		x.Persons += t.Persons
		x.ForPension += t.ForPension
		x.Earnings += t.Earnings
		x.Benefits += t.Benefits
		x.Allowances += t.Allowances
		x.Contributions += t.Contributions
		x.Payments += t.Payments
	}
	return list
}
