package commands

import (
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// differences tells, once for a filing, where the payer's 4-фонд and its ПУ-3 differ for the
// periods that the filing is about; after is the account with all of it.
func (r *run) differences(after *account.Payer, tallies []event.Tally) []control.Finding {
	if len(after.Reports) == 0 || !slices.ContainsFunc(tallies, compared) {
		return nil
	}
	var found []control.Finding
	for _, m := range reconciliation.Of(after) {
		if m.Rule == "" || m.Carried || !concerns(tallies, m) {
			continue
		}
		finding, ok := r.engine.Told(r.today, document.Fault{Code: m.Rule,
			Got: fmt.Sprintf("%d-%d: 4-фонд %s, ПУ-3 %s", m.Year, m.Quarter, m.ByPayer,
				m.ByAccounts), GotKind: document.GotPhrase,
			Expected: m.ByAccounts.String()})
		if ok {
			found = append(found, finding)
		}
	}
	return found
}

// compared tells whether documents are of a form that is compared.
func compared(t event.Tally) bool {
	return t.Accepted > 0 && (t.Form == account.FormFund4 || t.Form == account.FormPU3)
}

// concerns tells whether a mismatch is about a period that the documents changed: sums are
// cumulative, so that a quarter has its part in those that follow in the year.
func concerns(tallies []event.Tally, m reconciliation.Mismatch) bool {
	return slices.ContainsFunc(tallies, func(t event.Tally) bool {
		return compared(t) && t.Year == m.Year && t.Quarter <= m.Quarter
	})
}

// after gives the differences that a filing leaves whose last chunk is p.
func (w *writer) after(p *posting, tallies []event.Tally) []control.Finding {
	if p.filer == nil && len(w.payer.Reports) == 0 {
		return nil // there is nothing to compare with
	}
	after := w.payer.Clone()
	p.pretend(w.run, after)
	return w.differences(after, tallies)
}
