package account

import (
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
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

// ByContent finds the filing of some bytes that counts on a day, and tells how many earlier
// ones of the same bytes do not.
func (s *Filings) ByContent(sum ledger.Hash, on period.Date) (f Filing, stale int, ok bool) {
	for i := range s.Filings {
		if s.Filings[i].SHA256 != sum {
			continue
		}
		if s.Filings[i].lapsed(on) {
			stale++
			continue
		}
		f, ok = s.Filings[i], true
	}
	return f, stale, ok
}

// lapsed tells whether the bytes of a filing may be filed again on a day, as if they had never
// come: where it was refused because its preview no longer held, or, on a later day, because
// its own had not come.
func (f *Filing) lapsed(on period.Date) bool {
	p := f.Processed
	return p != nil && (p.Stale || f.Early && p.Outcome == event.Refused &&
		period.InBelarus(f.ReceivedAt) < on)
}

// MayLapse tells whether the result that a filing is still without could have it lapse on a day.
func (f *Filing) MayLapse(on period.Date) bool {
	return f.Processed == nil && (!f.Preview.IsZero() || period.InBelarus(f.ReceivedAt) < on)
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
