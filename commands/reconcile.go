package commands

import (
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// differences tells, once for a filing, where the payer's 4-фонд and its ПУ-3 differ for the
// periods that the filing is about; p is its last chunk and tallies those of all of it.
func (r *run) differences(p *posting, tallies []event.Tally) []control.Finding {
	reports := p.filer != nil || len(r.payer.Reports) > 0
	if !reports || !slices.ContainsFunc(tallies, compared) {
		return nil
	}
	after := r.payer.Clone()
	r.keep(after, p)
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

// keep takes what a chunk changes of the filer into a state of it.
func (r *run) keep(payer *account.Payer, p *posting) {
	apply := func(fact event.Payload) {
		payer.Apply(ledger.Event{NewEvent: ledger.NewEvent{Type: fact.EventType(), Meta: r.meta},
			Stream: ledger.PayerStream(payer.UNP), Revision: payer.Revision,
			Position: payer.Position, RecordedAt: r.now}, fact)
	}
	for _, fact := range p.own {
		if _, parked := fact.(*parkedUnit); !parked {
			apply(fact)
		}
	}
	for _, a := range p.months {
		for _, fact := range a.facts() {
			apply(fact)
		}
	}
	apply(&event.DocumentsPosted{Filing: r.filing.Filing, Tallies: p.tallies})
}
