package commands

import (
	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// accept turns an accepted document into facts. Event ids follow from filing, document
// and ordinal, so that a repeated chunk makes the same events.
func (r *run) accept(p *posting, d *document.Document, v control.Verdict, t *event.Tally) {
	ordinal := 0
	id := func() uuid.UUID {
		ordinal++
		return r.ids.ID(d.No, ordinal)
	}
	switch {
	case d.Registration != nil && v.Known:
		// SPF-508 told the payer that the person has an account.
	case d.Registration != nil && d.Type == document.Restore:
		p.person(r, r.persons[v.Person], id(), [2]period.Month{},
			&event.InsuranceCertificateReplaced{Payer: r.payer.UNP,
				Cause: event.CertificateRestored, Receipt: r.filing.Receipt, DocNo: d.No})
	case d.Registration != nil:
		r.acceptRegistration(p, d, id())
	case d.Form == document.PU6:
		r.acceptOccupational(p, d, v, t, id)
	case d.Data != nil:
		r.acceptData(p, d, v, t, id)
	case d.Report != nil:
		r.acceptReport(p, d, id)
	case d.Payment != nil:
		r.acceptPayment(p, d, t, id())
	case d.Type == document.Correction || d.Type == document.Cancellation:
		r.acceptRecords(p, d, v, id)
	default:
		r.acceptMovements(p, d, v, id)
	}
}

func (r *run) acceptRegistration(p *posting, d *document.Document, id uuid.UUID) {
	number := registrationNumber(d)
	about := r.persons[r.personID(number)]
	who := about.person
	data := d.Registration.PersonalData
	data.InsuranceNo = number
	var box seal.Sealed
	if !r.dry { // a dry run leaves no key behind
		box = sealPersonal(about.key, id, data)
	}
	// A questionnaire of type Р confirms a provisional account.
	var fact event.Payload = &event.PersonRegistered{Payer: r.payer.UNP, Personal: box}
	if who.Registered && (!who.Provisional || d.Type != document.Register) {
		fact = &event.PersonalDataChanged{Payer: r.payer.UNP, Personal: box}
	}
	p.person(r, about, id, [2]period.Month{}, fact)
	about.personal, about.known = data, true
}

func (r *run) acceptMovements(p *posting, d *document.Document, v control.Verdict,
	id func() uuid.UUID) {
	opened := make([]uuid.UUID, len(d.Movements))
	for i, m := range d.Movements {
		match := v.Matches[i]
		about := r.persons[match.Person]
		who := r.view(about)
		employment := match.Employment
		if match.Movement >= 0 {
			employment = opened[match.Movement]
		}
		if known, ok := who.Employment(employment); match.New ||
			(ok && known.HiredOn.IsZero() && !m.HiredOn.IsZero()) {
			eventID := id()
			if match.New {
				employment = ledger.DeterministicID("employment", eventID)
				opened[i] = employment
			}
			// A relationship that was learned from a ПУ-3 keeps its id and gets the dates.
			p.person(r, about, eventID, monthOf(m.HiredOn), &event.EmploymentStarted{
				Employment: employment, Payer: r.payer.UNP, HiredOn: m.HiredOn,
				Contract: m.Contract, ContractNo: m.ContractNo, ContractDate: m.ContractDate,
				Form: string(document.PU2),
			})
		}
		if !m.DismissedOn.IsZero() {
			p.person(r, about, id(), monthOf(m.DismissedOn), &event.EmploymentEnded{
				Employment: employment, EndedOn: m.DismissedOn, Reason: m.Reason,
			})
		}
	}
}

// monthOf gives the effective months of a fact about one day.
func monthOf(d period.Date) [2]period.Month {
	if d.IsZero() {
		return [2]period.Month{}
	}
	return [2]period.Month{d.Month(), d.Month()}
}
