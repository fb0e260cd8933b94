package commands

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

// acceptRecords records a ПУ-2 that corrects relationships or takes movements back.
func (r *run) acceptRecords(p *posting, d *document.Document, v control.Verdict,
	id func() uuid.UUID) {
	for i := range d.Movements {
		match := v.Matches[i]
		about := r.persons[match.Person]
		who := r.view(about)
		known, _ := who.Employment(match.Employment)
		cause := id()
		if match.Unchanged {
			continue // SPF-607 told the payer
		}
		now := known
		var fact event.Payload
		if d.Type == document.Cancellation {
			fact = &event.EmploymentRecordCancelled{Employment: known.ID,
				Dismissal: match.Dismissal, Receipt: r.filing.Receipt, DocNo: d.No}
		} else {
			now = control.CorrectedRecord(known, &d.Movements[i])
			fact = &event.EmploymentRecordCorrected{Employment: known.ID, HiredOn: now.HiredOn,
				EndedOn: now.EndedOn, Reason: now.EndReason, Contract: now.Contract,
				ContractNo: now.ContractNo, ContractDate: now.ContractDate,
				Receipt: r.filing.Receipt, DocNo: d.No}
		}
		r.record(p, about, d.No, cause, fact, known, now)
	}
}

// record puts a changed relationship into the person's stream, with the awards that it
// bears upon. The ids of these follow from the cause, so that those of the facts do not
// hang on how many awards there are.
func (r *run) record(p *posting, about *insured, docNo int, cause uuid.UUID,
	fact event.Payload, before, after account.Employment) {
	earliest := control.EarliestOf(before, after)
	who := r.view(about)
	flags := reviews(who, earliest, cause, ReviewEmployment)
	effective := monthOf(earliest)
	p.person(r, about, cause, effective, fact)
	for _, flag := range flags {
		f := flag.(*event.PensionReviewFlagged) //nolint:forcetypeassert // reviews makes no other
		p.person(r, about, ledger.DeterministicID(cause, "review", f.Case), effective, flag)
	}
	for i := range who.Disputes {
		x := &who.Disputes[i]
		if x.Outcome == "" && x.Line.Kind == event.LineEmployment && x.Line.ID == before.ID {
			p.person(r, about, ledger.DeterministicID(cause, "dispute", x.DisputeOpened.Dispute),
				effective, &event.DisputeSettled{Dispute: x.DisputeOpened.Dispute,
					Receipt: r.filing.Receipt, DocNo: docNo, Cause: cause})
		}
	}
}
