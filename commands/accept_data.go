package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// acceptData records a ПУ-3 of any type: a new version of its form slot.
func (r *run) acceptData(p *posting, d *document.Document, v control.Verdict, t *event.Tally,
	id func() uuid.UUID) {
	if v.Unchanged {
		return // SPF-607 told the payer that the document changes nothing
	}
	about := r.persons[v.Person]
	who := r.view(about)
	slot := v.Slot
	if v.Matches[0].New {
		eventID := id()
		slot.Employment = ledger.DeterministicID("employment", eventID)
		p.person(r, about, eventID, monthsOf(d), &event.EmploymentStarted{
			Employment: slot.Employment, Payer: r.payer.UNP, Contract: v.Matches[0].Contract,
			ContractNo: d.Data.ContractNo, ContractDate: d.Data.ContractDate,
			Form: string(document.PU3),
		})
	}
	fact := r.version(who, d, slot)
	change, _ := who.Change(fact)
	r.count(p, who, &change, t)
	cause := id()
	// The report itself changes no case. What was decided since on what is recorded of a
	// run that was cut knew of it and needs no review.
	flags := reviews(who, change.Earliest(), cause, ReviewMonths)
	settled := settlements(who, &change, event.DisputeSettled{Receipt: r.filing.Receipt,
		DocNo: d.No, Cause: cause})
	from, to := change.Span()
	effective := [2]period.Month{from, to}
	p.person(r, about, cause, effective, fact)
	for _, flag := range flags {
		p.person(r, about, id(), effective, flag)
	}
	for _, fact := range settled {
		p.person(r, about, ledger.DeterministicID(cause, "dispute", fact.Dispute), effective, fact)
	}
}

// version makes the next version of a form slot from a document.
func (r *run) version(who *account.Person, d *document.Document, slot event.Slot) event.Payload {
	head := 0
	if s := who.Slot(slot); s != nil {
		head = s.Version
	}
	replaces := event.Replacement{Version: head + 1, Supersedes: head,
		Cited: control.NormalizeReceipt(d.Supersedes), Receipt: r.filing.Receipt, DocNo: d.No}
	switch d.Type {
	case document.Correction:
		months, service := factsOf(d)
		return &event.IndividualDataCorrected{Slot: slot, Replacement: replaces, Months: months,
			Service: service}
	case document.Cancellation:
		return &event.IndividualDataCancelled{Slot: slot, Replacement: replaces}
	case document.Restore:
		return &event.IndividualDataRestored{Slot: slot, Replacement: replaces,
			Restores: d.Restores}
	case document.ForPension:
		months, service := factsOf(d)
		return &event.IndividualDataReportedForPension{Slot: slot, Version: head + 1,
			ClaimedOn: d.Data.ClaimedOn, UpTo: monthsOf(d)[1], Receipt: r.filing.Receipt,
			DocNo: d.No, Months: months, Service: service}
	}
	months, service := factsOf(d)
	return &event.IndividualDataReported{Slot: slot, Version: head + 1,
		Receipt: r.filing.Receipt, DocNo: d.No, Months: months, Service: service}
}

// factsOf gives what a ПУ-3 says as it is recorded.
func factsOf(d *document.Document) ([]event.MonthFact, []event.ServicePeriod) {
	months, service := factsRoom(len(d.Data.Months), len(d.Data.Service))
	for _, m := range d.Data.Months {
		month, _ := period.NewMonth(d.Year, m.Number)
		months = append(months, event.MonthFact{Month: month, Earnings: m.Earnings,
			Benefits: m.Benefits, Contributions: m.Contributions, Paid: m.Paid,
			Tariff: m.Tariff})
	}
	for _, s := range d.Data.Service {
		service = append(service, event.ServicePeriod(s))
	}
	return months, service
}

// monthsOfQuarter is the number of months of a quarter, which most reports are about.
const monthsOfQuarter = 3

// factsRoom makes room for so many months and runs of service: for those of a usual quarter
// at once.
func factsRoom(months, service int) ([]event.MonthFact, []event.ServicePeriod) {
	if months > monthsOfQuarter || service > 1 {
		return make([]event.MonthFact, 0, months), make([]event.ServicePeriod, 0, service)
	}
	room := new(struct {
		months  [monthsOfQuarter]event.MonthFact
		service [1]event.ServicePeriod
	})
	return room.months[:0:months], room.service[:0:service]
}

// monthsOf gives the first and the last month that a ПУ-3 has sums of.
func monthsOf(d *document.Document) (span [2]period.Month) {
	for i := range d.Data.Months {
		month, _ := period.NewMonth(d.Year, d.Data.Months[i].Number)
		if span[0] == 0 || month < span[0] {
			span[0] = month
		}
		span[1] = max(span[1], month)
	}
	return span
}

// count adds what a document changes to the tallies and to the payer's liabilities, before
// the person's state knows of it. What the version before has added to a tally was reckoned
// when it was recorded: just that is taken out again, whatever has been published since.
func (r *run) count(p *posting, who *account.Person, c *account.SlotChange, t *event.Tally) {
	for i := range c.After.Months {
		m := &c.After.Months[i]
		x := p.tally(t, m.Month.Year(), m.Month.Quarter())
		x.Earnings += m.Earnings
		x.Benefits += m.Benefits
		x.Allowances += allowance(r.law, time.Time{}, m, c.After.Service)
		x.Contributions += m.Contributions
	}
	for i := range c.Before.Months {
		m := &c.Before.Months[i]
		x := p.tally(t, m.Month.Year(), m.Month.Quarter())
		x.Earnings -= m.Earnings
		x.Benefits -= m.Benefits
		x.Allowances -= allowance(r.law, c.Since, m, c.Before.Service)
		x.Contributions -= m.Contributions
	}
	before, after := reportingOf(c.Before.Empty(), c.BeforeForPension),
		reportingOf(c.After.Empty(), c.AfterForPension)
	if before != after {
		for _, q := range []byte(c.Slot.Quarters) {
			beside := reportedBeside(who, c.Slot, q)
			countReported(p.tally(t, c.Slot.Year, int(q-'0')), max(beside, before), -1)
			countReported(p.tally(t, c.Slot.Year, int(q-'0')), max(beside, after), 1)
		}
	}
	r.assess(p, who, c)
}

// reporting is how a payer reports a person for a quarter; with several forms it is the
// greatest.
type reporting int

const (
	notReported reporting = iota
	forPension            // by reports for a pension (П) only
	reported
)

func reportingOf(empty, pension bool) reporting {
	switch {
	case empty:
		return notReported
	case pension:
		return forPension
	}
	return reported
}

// countReported counts a person in or out.
func countReported(t *event.Tally, how reporting, persons int) {
	if how > notReported {
		t.Persons += persons
	}
	if how == forPension {
		t.ForPension += persons
	}
}

// tally gives the counter of a quarter that a document has changed: its own, or another of
// the posting.
func (p *posting) tally(own *event.Tally, year, quarter int) *event.Tally {
	if own.Year == year && own.Quarter == quarter {
		return own
	}
	i := slices.IndexFunc(p.tallies, func(x event.Tally) bool {
		return x.Form == own.Form && x.Year == year && x.Quarter == quarter
	})
	if i < 0 {
		i = len(p.tallies)
		p.tallies = append(p.tallies, event.Tally{Form: own.Form, Year: year, Quarter: quarter})
	}
	return &p.tallies[i]
}

// reportedBeside tells how the payer reports the person for a quarter, given by its digit, in
// other slots.
func reportedBeside(who *account.Person, slot event.Slot, quarter byte) (how reporting) {
	slots := who.SlotsOf(slot.Year)
	for i := range slots {
		s := &slots[i]
		if s.Payer == slot.Payer && s.InForce() && s.Slot != slot &&
			strings.IndexByte(s.Quarters, quarter) >= 0 {
			how = max(how, reportingOf(false, s.ForPension))
		}
	}
	return how
}

// assess moves the payer's liabilities by what a document changes.
func (r *run) assess(p *posting, who *account.Person, c *account.SlotChange) {
	selfEmployed := c.Slot.Category == account.CategorySelfEmployed
	var room [2 * monthsOfQuarter]monthChange
	for _, m := range monthly(c, room[:0]) {
		a := p.months[m.month]
		if a == nil {
			recorded, _ := r.payer.Month(m.month)
			recorded.Month = m.month
			a = newAssessment(recorded)
			p.months[m.month] = a
		}
		others, known := who.EarningsBeside(c.Slot, m.month)
		was, is := a.reduced(r.law, r.payer.Kind, who, c)
		a.add(r.law, change{person: who.Canonical(), before: others + m.before,
			after: others + m.after, known: known || m.reported,
			remains: known || m.remains, selfEmployed: selfEmployed,
			reducedBefore: was, reducedAfter: is})
	}
}

// monthChange is what happens to a slot's earnings of one month.
type monthChange struct {
	month             period.Month
	before, after     money.Amount
	reported, remains bool // the month is in the version before, and in the one after
}

// monthly adds both versions up by month, behind what is in sums: a month may stand in a
// report twice, with different tariffs.
func monthly(c *account.SlotChange, sums []monthChange) []monthChange {
	at := func(month period.Month) *monthChange {
		for i := range sums {
			if sums[i].month == month {
				return &sums[i]
			}
		}
		sums = append(sums, monthChange{month: month})
		return &sums[len(sums)-1]
	}
	for i := range c.After.Months {
		x := at(c.After.Months[i].Month)
		x.after += c.After.Months[i].Earnings
		x.remains = true
	}
	for i := range c.Before.Months {
		x := at(c.Before.Months[i].Month)
		x.before += c.Before.Months[i].Earnings
		x.reported = true
	}
	return sums
}
