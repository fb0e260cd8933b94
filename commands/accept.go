package commands

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
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
		return ledger.DeterministicID(r.filing.Filing, d.No, ordinal)
	}
	switch {
	case d.Registration != nil && v.Known:
		// SPF-508 told the payer that the person has an account.
	case d.Registration != nil:
		r.acceptRegistration(p, d, id())
	case d.Data != nil:
		r.acceptData(p, d, v, t, id)
	case d.Report != nil:
		r.acceptReport(p, d, id)
	case d.Payment != nil:
		r.acceptPayment(p, d, t, id())
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
	var fact event.Payload = &event.PersonRegistered{Payer: r.payer.UNP, Personal: box}
	if who.Registered {
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
		who := about.person
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

func (r *run) acceptData(p *posting, d *document.Document, v control.Verdict, t *event.Tally,
	id func() uuid.UUID) {
	x := d.Data
	about := r.persons[v.Person]
	who := about.person
	fact := &event.IndividualDataReported{
		Slot: event.Slot{Payer: r.payer.UNP, Employment: v.Matches[0].Employment,
			Category: x.Category, ContractNo: x.ContractNo, Year: d.Year,
			Quarters: control.Quarters(d)},
		Version: 1, Receipt: r.filing.Receipt, DocNo: d.No,
		Months:  make([]event.MonthFact, 0, len(x.Months)),
		Service: make([]event.ServicePeriod, 0, len(x.Service)),
	}
	effective := [2]period.Month{}
	for _, m := range x.Months {
		month, _ := period.NewMonth(d.Year, m.Number)
		if effective[0] == 0 || month < effective[0] {
			effective[0] = month
		}
		effective[1] = max(effective[1], month)
		fact.Months = append(fact.Months, event.MonthFact{Month: month, Earnings: m.Earnings,
			Benefits: m.Benefits, Contributions: m.Contributions, Paid: m.Paid,
			Tariff: m.Tariff})
	}
	for _, s := range x.Service {
		fact.Service = append(fact.Service, event.ServicePeriod(s))
	}
	if v.Matches[0].New {
		eventID := id()
		fact.Slot.Employment = ledger.DeterministicID("employment", eventID)
		p.person(r, about, eventID, effective, &event.EmploymentStarted{
			Employment: fact.Slot.Employment, Payer: r.payer.UNP, Contract: v.Matches[0].Contract,
			ContractNo: x.ContractNo, ContractDate: x.ContractDate, Form: string(document.PU3),
		})
	}
	r.count(p, who, d, fact, t)
	cause := id()
	// The report itself changes no case. What was decided since on what is recorded of a
	// run that was cut knew of it and needs no review.
	flags := reviews(who, earliest(fact), cause, ReviewMonths)
	p.person(r, about, cause, effective, fact)
	for _, flag := range flags {
		p.person(r, about, id(), effective, flag)
	}
}

// count adds a report to the tally and to the payer's liabilities, before the person's
// state knows of it.
func (r *run) count(p *posting, who *account.Person, d *document.Document,
	fact *event.IndividualDataReported, t *event.Tally) {
	if !reported(who, r.payer.UNP, d.Year, t.Quarter) {
		t.Persons = 1
	}
	r.assess(p, who, fact)
	sum := d.Data.Sum()
	t.Earnings, t.Benefits, t.Contributions = sum.Earnings, sum.Benefits, sum.Contributions
	t.Allowances = allowances(r.law, fact.Months, fact.Service)
}

// reported tells whether the payer has reported the person for the quarter before.
func reported(who *account.Person, payer string, year, quarter int) bool {
	for _, s := range who.Slots {
		if s.Payer == payer && s.Year == year && lastQuarter(s.Quarters) == quarter {
			return true
		}
	}
	return false
}

// assess adds the months of a report to the payer's liabilities.
func (r *run) assess(p *posting, who *account.Person, fact *event.IndividualDataReported) {
	selfEmployed := fact.Slot.Category == account.CategorySelfEmployed
	for _, m := range monthly(fact.Months) {
		a := p.months[m.Month]
		if a == nil {
			recorded, _ := r.payer.Month(m.Month)
			recorded.Month = m.Month
			a = newAssessment(recorded)
			p.months[m.Month] = a
		}
		before, known := who.EarningsAt(r.payer.UNP, m.Month, selfEmployed)
		a.add(r.law.Parameters, change{person: who.ID, before: before,
			after: before + m.Earnings, known: known, selfEmployed: selfEmployed})
	}
}

// monthly gives one fact a month: a month may stand in a report twice, with different
// tariffs.
func monthly(facts []event.MonthFact) []event.MonthFact {
	sums := make([]event.MonthFact, 0, len(facts))
	for _, m := range facts {
		i := slices.IndexFunc(sums, func(x event.MonthFact) bool { return x.Month == m.Month })
		if i < 0 {
			sums = append(sums, m)
			continue
		}
		sums[i].Earnings += m.Earnings
	}
	return sums
}

func (r *run) acceptPayment(p *posting, d *document.Document, t *event.Tally, id uuid.UUID) {
	x := d.Payment
	unp := control.NormalizeUNP(x.PayerUNP)
	who := r.payers[unp]
	fact := &event.PaymentReceived{BankRef: x.BankRef, ValueDate: x.ValueDate,
		BookedOn: x.BookedOn, Amount: x.Amount, Kind: x.Kind, Month: x.Month,
		Receipt: r.filing.Receipt, DocNo: d.No}
	t.Payments = x.Amount
	if unp == r.payer.UNP {
		p.own, p.ownIDs = append(p.own, fact), append(p.ownIDs, id)
		return
	}
	meta := r.meta
	month := x.ValueDate.Month()
	meta.EffectiveFrom, meta.EffectiveTo = month, month
	stream := ledger.PayerStream(unp)
	p.put(r, stream, &who.Revision, who, event.New(id, meta, fact), fact)
}
