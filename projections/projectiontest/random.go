package projectiontest

import (
	"fmt"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Random appends random facts to a history; each could stand there in earnest.
type Random struct {
	h           *History
	persons     []ledger.PersonID
	employments map[ledger.PersonID]uuid.UUID
	filings     []*filing
	cases       []*benefitCase
	orders      []*order
	linked      map[ledger.PersonID]bool // in a pair
	pairs       []pair
	unconfirmed []ledger.PersonID
	slots       []*formSlot
	versions    map[string]int // of the 4-фонд by payer and quarter
	disputes    []*openDispute
}

// formSlot is a form slot that something was reported in.
type formSlot struct {
	person  ledger.PersonID
	key     event.Slot
	version int
}

// filing is a filing that is under way.
type filing struct {
	unp       string
	id        uuid.UUID
	posted    int
	parked    map[int]bool
	processed bool
}

// Payers are the UNPs of random histories.
var Payers = []string{"100000001", "200000002", "300000003"}

// NewRandom makes random facts for the history.
func NewRandom(h *History) *Random {
	return &Random{h: h, employments: map[ledger.PersonID]uuid.UUID{},
		linked: map[ledger.PersonID]bool{}, versions: map[string]int{}}
}

// Append records n random facts.
func (r *Random) Append(t *rapid.T, n int) {
	steps := []func(*rapid.T){r.person, r.changed, r.reported, r.amended, r.payer, r.receive,
		r.post, r.post, r.release, r.process, r.assess, r.pay, r.employ, r.claim, r.workOnCase,
		r.workOnCase, r.changeCase, r.join, r.split, r.provisional, r.dispute, r.order,
		r.report, r.report, r.declare}
	for range n {
		steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")](t)
	}
}

func (r *Random) unp(t *rapid.T) string { return rapid.SampledFrom(Payers).Draw(t, "unp") }

func (r *Random) amount(t *rapid.T) money.Amount {
	return money.Amount(rapid.Int64Range(0, 1_000_000).Draw(t, "amount"))
}

func (r *Random) data(t *rapid.T, no string) event.PersonalData {
	names := rapid.SampledFrom([]string{"ИВАНОВ", "ПЯТРОЎ", "СОЛОВЬЁВА", "КОТ"})
	return event.PersonalData{InsuranceNo: no, Surname: names.Draw(t, "surname"),
		Name: names.Draw(t, "name"), Sex: "М", Citizenship: "112",
		BirthDate: period.MustDate("1980-02-29")}
}

func (r *Random) person(t *rapid.T) {
	no := fmt.Sprintf("%014d", len(r.persons))
	r.persons = append(r.persons, r.h.RegisterPerson(r.unp(t), r.data(t, no)))
}

func (r *Random) who(t *rapid.T) (id ledger.PersonID, ok bool) {
	if len(r.persons) == 0 {
		return id, false
	}
	return rapid.SampledFrom(r.persons).Draw(t, "person"), true
}

func (r *Random) changed(t *rapid.T) {
	if id, ok := r.who(t); ok {
		sealed := r.h.Seal(id, r.data(t, id.String()[:14]))
		r.h.Append(ledger.PersonStream(id),
			&event.PersonalDataChanged{Payer: r.unp(t), Personal: sealed})
	}
}

func (r *Random) employ(t *rapid.T) {
	id, ok := r.who(t)
	if !ok {
		return
	}
	employment, employed := r.employments[id]
	if employed {
		delete(r.employments, id)
		r.h.Append(ledger.PersonStream(id), &event.EmploymentEnded{Employment: employment,
			EndedOn: period.MustDate("2026-02-28"), Reason: "1"})
		return
	}
	r.employments[id] = r.h.ID("employment")
	r.h.Append(ledger.PersonStream(id), &event.EmploymentStarted{
		Employment: r.employments[id], Payer: r.unp(t), Contract: "01", Form: "ПУ-2"})
}

func (r *Random) reported(t *rapid.T) {
	id, ok := r.who(t)
	if !ok {
		return
	}
	slot := event.Slot{Payer: r.unp(t), Employment: r.employments[id], Category: "01",
		Year:     rapid.SampledFrom([]int{2026, 2026, 2025, 2024, 2017}).Draw(t, "year"),
		Quarters: "1"}
	for _, s := range r.slots {
		if s.person == id && s.key == slot {
			r.amend(t, s)
			return
		}
	}
	r.slots = append(r.slots, &formSlot{id, slot, 1})
	r.h.Append(ledger.PersonStream(id), &event.IndividualDataReported{Slot: slot, Version: 1,
		Receipt: "R", DocNo: 1, Months: r.januaryPay(t, slot.Year)})
}

func (r *Random) januaryPay(t *rapid.T, year int) []event.MonthFact {
	return []event.MonthFact{{Month: january(year), Earnings: r.amount(t)}}
}

func january(year int) period.Month {
	m, _ := period.NewMonth(year, 1)
	return m
}

// amended corrects, cancels or restores something that was reported.
func (r *Random) amended(t *rapid.T) {
	if len(r.slots) > 0 {
		r.amend(t, rapid.SampledFrom(r.slots).Draw(t, "slot"))
	}
}

func (r *Random) amend(t *rapid.T, s *formSlot) {
	head := s.version
	s.version++
	var fact event.Payload
	switch rapid.IntRange(0, 3).Draw(t, "amendment") {
	case 0:
		fact = &event.IndividualDataCancelled{Slot: s.key, Replacement: event.Replacement{
			Version: s.version, Supersedes: head, Receipt: "O", DocNo: 1}}
	case 1:
		fact = &event.IndividualDataRestored{Slot: s.key, Replacement: event.Replacement{
			Version: s.version, Supersedes: head, Receipt: "V", DocNo: 1},
			Restores: rapid.IntRange(1, head).Draw(t, "restores")}
	case 2:
		fact = &event.IndividualDataReportedForPension{Slot: s.key, Version: s.version,
			UpTo: january(s.key.Year), Receipt: "P", DocNo: 1,
			Months: r.januaryPay(t, s.key.Year)}
	default:
		fact = &event.IndividualDataCorrected{Slot: s.key, Replacement: event.Replacement{
			Version: s.version, Supersedes: head, Receipt: "K", DocNo: 1},
			Months: r.januaryPay(t, s.key.Year)}
	}
	r.h.Append(ledger.PersonStream(s.person), fact)
}

func (r *Random) payer(t *rapid.T) {
	unp := r.unp(t)
	if rapid.IntRange(0, 3).Draw(t, "deregister") == 0 {
		day := period.MustDate("2025-11-15").AddDays(rapid.IntRange(-100, 400).Draw(t, "on"))
		r.h.Append(ledger.PayerStream(unp), &event.PayerDeregistered{On: day})
		return
	}
	day := period.MustDate("2025-10-01").AddDays(rapid.IntRange(-400, 200).Draw(t, "since"))
	r.h.Append(ledger.PayerStream(unp), &event.PayerRegistered{UNP: unp,
		FundNo: "101000001", Name: `ОАО «Завод ` + unp + `»`,
		Kind:   rapid.SampledFrom([]string{"employer", "treasury"}).Draw(t, "kind"),
		Office: rapid.SampledFrom([]string{"101", "102", "501"}).Draw(t, "office"), Since: day})
}

func (r *Random) receive(t *rapid.T) {
	unp := r.unp(t)
	r.filings = append(r.filings,
		&filing{unp: unp, id: r.h.Receive(unp), parked: map[int]bool{}})
}

// open picks a filing that still has something to come.
func (r *Random) open(t *rapid.T, want func(*filing) bool) *filing {
	var list []*filing
	for _, f := range r.filings {
		if want(f) {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return rapid.SampledFrom(list).Draw(t, "filing")
}

func unprocessed(f *filing) bool { return !f.processed }

func (r *Random) tally(t *rapid.T) event.Tally {
	return event.Tally{
		Form: rapid.SampledFrom([]string{"ПУ-1", "ПУ-3"}).Draw(t, "form"),
		Year: 2026, Quarter: rapid.IntRange(0, 4).Draw(t, "quarter"),
		Accepted: 1, Persons: rapid.SampledFrom([]int{1, 1, 0, -1}).Draw(t, "persons"),
		ForPension: rapid.SampledFrom([]int{0, 0, 1, -1}).Draw(t, "for a pension"),
		Earnings:   r.amount(t), Benefits: r.amount(t), Contributions: r.amount(t),
	}
}

func (r *Random) post(t *rapid.T) {
	f := r.open(t, unprocessed)
	if f == nil {
		return
	}
	f.posted++
	tally := r.tally(t)
	facts := []event.Payload{}
	if id, ok := r.who(t); ok && rapid.Bool().Draw(t, "park") {
		tally.Accepted, tally.Persons, tally.Parked = 0, 0, 1
		f.parked[f.posted] = true
		facts = append(facts, &event.DocumentParked{Filing: f.id, DocNo: f.posted,
			Form: tally.Form, Awaits: "SPF-501", Persons: []ledger.PersonID{id, id},
			Until:   period.MustDate("2026-03-01").AddDays(f.posted),
			Content: ledger.HashRecord(f.id[:]), Year: tally.Year, Quarter: tally.Quarter})
	}
	facts = append(facts, &event.DocumentsPosted{Filing: f.id, First: f.posted,
		Last: f.posted, Findings: ledger.HashRecord([]byte{byte(f.posted)}),
		Tallies: []event.Tally{tally}})
	r.h.Append(ledger.PayerStream(f.unp), facts...)
}

func (r *Random) release(t *rapid.T) {
	f := r.open(t, func(f *filing) bool { return len(f.parked) > 0 })
	if f == nil {
		return
	}
	doc := 1
	for !f.parked[doc] {
		doc++
	}
	delete(f.parked, doc)
	tally := r.tally(t)
	tally.Parked = -1
	if rapid.Bool().Draw(t, "expire") {
		tally.Accepted, tally.Rejected = 0, 1
		r.h.Append(ledger.PayerStream(f.unp), &event.ParkedDocumentExpired{Filing: f.id,
			DocNo: doc, On: period.MustDate("2026-04-01"), Findings: ledger.HashRecord(nil),
			Tallies: []event.Tally{tally}})
		return
	}
	r.h.Append(ledger.PayerStream(f.unp), &event.ParkedDocumentReleased{Filing: f.id,
		DocNo: doc, Accepted: true, Tallies: []event.Tally{tally}})
}

func (r *Random) process(t *rapid.T) {
	f := r.open(t, unprocessed)
	if f == nil {
		return
	}
	f.processed = true
	outcome := rapid.SampledFrom([]string{event.Accepted, event.Partial, event.Refused})
	r.h.Append(ledger.PayerStream(f.unp), &event.FilingProcessed{Filing: f.id,
		Outcome: outcome.Draw(t, "outcome"), Year: 2026,
		Form:    rapid.SampledFrom([]string{"", "ПУ-1", "ПУ-3"}).Draw(t, "form"),
		Quarter: rapid.IntRange(0, 4).Draw(t, "quarter"), Documents: f.posted})
}

func (r *Random) assess(t *rapid.T) {
	unp := r.unp(t)
	month := period.MustMonth("2026-01").Add(rapid.IntRange(0, 5).Draw(t, "month"))
	if rapid.IntRange(0, 3).Draw(t, "awaits") == 0 {
		r.h.Append(ledger.PayerStream(unp), &event.LiabilityAwaitsParameter{Month: month,
			Parameter: "national_average_wage", For: month.Add(-1),
			Earnings: []event.PersonEarnings{{Earnings: r.amount(t),
				Withdrawn: rapid.Bool().Draw(t, "withdrawn")}}})
		return
	}
	r.h.Append(ledger.PayerStream(unp), &event.LiabilityAssessed{Month: month, Persons: 1,
		Withheld: r.amount(t), Pension: r.amount(t), Social: r.amount(t)})
}

func (r *Random) pay(t *rapid.T) {
	r.h.Append(ledger.PayerStream(r.unp(t)), &event.PaymentReceived{
		BankRef:   r.h.ID("payment").String(),
		ValueDate: period.MustDate("2026-01-01").AddDays(rapid.IntRange(0, 200).Draw(t, "day")),
		Amount:    r.amount(t)})
	if rapid.IntRange(0, 3).Draw(t, "returned") == 0 {
		r.h.Append(ledger.PayerStream(r.unp(t)), &event.PaymentReturned{BankRef: "r",
			On:     period.MustDate("2026-01-01").AddDays(rapid.IntRange(0, 200).Draw(t, "on")),
			Amount: r.amount(t)})
	}
	if rapid.Bool().Draw(t, "suspended") {
		r.suspend(t)
	}
}

// suspend suspends a payment and may find its payer.
func (r *Random) suspend(t *rapid.T) {
	stream, ref := ledger.PayerStream(r.unp(t)), r.h.ID("suspended").String()
	r.h.Append(stream, &event.PaymentSuspended{BankRef: ref, Amount: r.amount(t)})
	if rapid.Bool().Draw(t, "matched") {
		r.h.Append(stream, &event.SuspendedPaymentMatched{BankRef: ref,
			Parts: []event.MatchedPart{{Payer: "200988541", Amount: 1}}})
	}
}
