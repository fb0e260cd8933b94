package account

import "github.com/stazh/stazh/ledger"

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
