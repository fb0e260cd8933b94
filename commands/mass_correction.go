package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Workforce finds whom a payer has reported. It may name too many, as what is decided is
// decided on their streams, but must name all that the ledger says up to now.
type Workforce interface {
	// Reported gives persons by pseudonym, beginning after the given one. Quarters are
	// digits, of which any will do; empty quarters and categories are all.
	Reported(ctx context.Context, payer string, year int, quarters, category string,
		after ledger.PersonID, limit int) ([]ledger.PersonID, error)
}

// What a mass correction does.
const (
	// MassTariff replaces a tariff and counts the contributions anew.
	MassTariff = "tariff"
	// MassCategory cancels the reports and files them again in another category.
	MassCategory = "category"
	// MassCancel cancels the reports.
	MassCancel = "cancel"
)

// MassCorrection is one change to all reports of a payer for a time.
type MassCorrection struct {
	Payer    string
	Year     int
	Quarters string // digits; empty for all of the year
	// Category and Tariff narrow the reports; empty ones do not.
	Category string
	Tariff   string
	Change   string // MassTariff, MassCategory or MassCancel
	To       string // the new tariff or category
	// After continues where an earlier part has ended.
	After ledger.PersonID
}

// MassDocuments is a file of corrections.
type MassDocuments struct {
	Documents int
	Persons   int
	// Nameless are persons with such reports whose data are not known any more: there is no
	// document on them.
	Nameless int
	// Next continues with the persons that did not fit; null when all did.
	Next ledger.PersonID
}

// massPage is how many persons are read at once.
const massPage = 500

// MakeMassCorrection writes the documents that carry out a mass correction: corrections of
// the versions in force, as a payer would file them. The file is then previewed and filed
// like any other. The same reports give the same bytes, so that a repetition finds itself.
func (b *Bus) MakeMassCorrection(ctx context.Context, c MassCorrection, w io.Writer,
) (MassDocuments, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return MassDocuments{}, err
	}
	m := &massMaker{MassCorrection: c, bus: b, law: law, today: FundDate(b.Clock())}
	if err := m.check(); err != nil {
		return MassDocuments{}, err
	}
	folds, err := b.payer(ctx, c.Payer)
	if err != nil {
		return MassDocuments{}, err
	}
	if !folds.payer.Registered {
		return MassDocuments{}, refuse(NotFound, "payer_unknown",
			"no payer is registered under this UNP: check it")
	}
	if err := m.gather(ctx); err != nil {
		return MassDocuments{}, err
	}
	if len(m.docs) == 0 {
		return MassDocuments{}, refuse(Conflict, "mass_nothing",
			"no report in force is like that: nothing is to be corrected")
	}
	head := headOf(folds.payer, document.PU3)
	for i, d := range m.docs {
		number(d, i+1, head)
	}
	m.made.Documents = len(m.docs)
	return m.made, format.WriteJSON(w, head, slices.Values(m.docs))
}

// headOf makes the head of a file that is made from the ledger.
func headOf(p *account.Payer, form document.Form) *document.Pack {
	return &document.Pack{Form: form, UNP: p.UNP, FundNo: p.FundNo, Name: p.Name}
}

// number completes a document that was made from the ledger.
func number(d *document.Document, no int, head *document.Pack) {
	d.No, d.FundNo = no, head.FundNo
	sum := d.Data.Sum()
	d.Data.Declared = &sum
	d.Data.DeclaredMonths, d.Data.DeclaredService = len(d.Data.Months), len(d.Data.Service)
}

// massMaker gathers the documents of a mass correction.
type massMaker struct {
	MassCorrection
	bus   *Bus
	law   *account.Law
	today period.Date
	docs  []*document.Document
	made  MassDocuments
}

func (m *massMaker) check() error {
	if m.Year < 1 || strings.Trim(m.Quarters, "1234") != "" {
		return refuse(Invalid, "mass_incomplete",
			"give the year, and the quarters as digits from 1 to 4 or none for all")
	}
	switch m.Change {
	case MassTariff:
		if !m.holds(account.ClassifierTariff, m.To) || m.Tariff == "" {
			return refuse(Invalid, "mass_tariff", "give the tariff that is wrong and the right "+
				"one, as the code list %s has it for the time corrected", account.ClassifierTariff)
		}
	case MassCategory:
		if !m.holds(account.ClassifierCategory, m.To) || m.Category == "" {
			return refuse(Invalid, "mass_category", "give the category that is wrong and the "+
				"right one, as the code list %s has it for the time corrected",
				account.ClassifierCategory)
		}
	case MassCancel:
	default:
		return refuse(Invalid, "mass_change", "name the change: %s, %s or %s", MassTariff,
			MassCategory, MassCancel)
	}
	return nil
}

// holds tells whether a code holds in any month of the time that is corrected. For which
// months it does is a matter of each document.
func (m *massMaker) holds(list, code string) bool {
	for _, digit := range m.quarters() {
		for n := range 3 {
			month, ok := period.NewMonth(m.Year, int(digit-'1')*3+n+1)
			if !ok {
				return false
			}
			if _, ok := m.law.Code(list, code, month.First()); ok {
				return true
			}
		}
	}
	return false
}

// gather reads the persons page by page.
func (m *massMaker) gather(ctx context.Context) error {
	for after := m.After; ; {
		ids, err := m.bus.Workforce.Reported(ctx, m.Payer, m.Year, m.Quarters, m.Category,
			after, massPage)
		if err != nil {
			return err
		}
		persons, err := m.bus.persons(ctx, ids, nil)
		if err != nil {
			return err
		}
		keys, err := m.bus.Keys.PersonKeys(ctx, ids, false)
		if err != nil {
			return err
		}
		for _, id := range ids {
			p := persons[id]
			if p == nil {
				continue
			}
			var data event.PersonalData
			if p.Registered && keys[id] != nil {
				if data, err = openPersonal(keys[id], p.Personal); err != nil {
					return fmt.Errorf("open the data of person %s: %w", id, err)
				}
			}
			if full, err := m.person(p, data); err != nil || full {
				m.made.Next = after
				return err
			}
			after = id
		}
		if len(ids) < massPage {
			return nil
		}
	}
}

// person adds the documents on a person; full tells that they do not fit any more.
func (m *massMaker) person(p *account.Person, data event.PersonalData) (full bool, err error) {
	var docs []*document.Document
	slots := p.Slots()
	for i := range slots {
		s := &slots[i]
		if !m.concerns(s) {
			continue
		}
		if m.Change != MassTariff && strings.Trim(s.Quarters, m.quarters()) != "" {
			return false, refuse(Conflict, "mass_reaches_beyond",
				"a report of quarters %s is among them: give all its quarters", s.Quarters)
		}
		docs = append(docs, m.of(s, data)...)
	}
	switch {
	case len(docs) == 0:
		return false, nil
	case data.InsuranceNo == "":
		m.made.Nameless++
		return false, nil
	case len(m.docs)+len(docs) > AllOrNothingMax:
		return true, nil
	}
	m.docs = append(m.docs, docs...)
	m.made.Persons++
	return false, nil
}

func (m *massMaker) quarters() string {
	if m.Quarters == "" {
		return "1234"
	}
	return m.Quarters
}

// concerns tells whether a slot has a report in force that is to be corrected.
func (m *massMaker) concerns(s *account.Slot) bool {
	return s.InForce() && s.Payer == m.Payer && s.Year == m.Year &&
		strings.ContainsAny(s.Quarters, m.quarters()) &&
		(m.Category == "" || s.Category == m.Category) &&
		(m.Tariff == "" || slices.ContainsFunc(s.Months, m.bears))
}

// bears tells whether a month is of the time and bears the tariff.
func (m *massMaker) bears(f event.MonthFact) bool {
	quarter := string(rune('0' + f.Month.Quarter()))
	return f.Tariff == m.Tariff && strings.Contains(m.quarters(), quarter)
}

// of makes the documents on a slot.
func (m *massMaker) of(s *account.Slot, data event.PersonalData) []*document.Document {
	switch m.Change {
	case MassTariff:
		d := correctionOf(s, data, document.Correction, m.today)
		d.Data.Months = monthsFiled(s.Months)
		for i := range d.Data.Months {
			if m.bears(s.Months[i]) {
				m.retariff(&d.Data.Months[i], s.Months[i])
			}
		}
		return []*document.Document{d}
	case MassCategory:
		anew := correctionOf(s, data, document.Original, m.today)
		anew.Supersedes, anew.Data.Category = "", m.To
		anew.Data.Months = monthsFiled(s.Months)
		return []*document.Document{
			correctionOf(s, data, document.Cancellation, m.today), anew}
	}
	return []*document.Document{correctionOf(s, data, document.Cancellation, m.today)}
}

// retariff gives a month the new tariff and what contributions follow from it, as far as
// the law says.
func (m *massMaker) retariff(month *document.Month, was event.MonthFact) {
	month.Tariff = m.To
	sum, ok := control.ContributionOf(m.law, m.To, was.Month, was.Earnings)
	if ok {
		month.Contributions = sum
	}
}

// correctionOf makes a ПУ-3 of the type on the version in force of a slot, without months.
func correctionOf(s *account.Slot, data event.PersonalData, kind string, on period.Date,
) *document.Document {
	d := &document.Document{Form: document.PU3, Type: kind, Year: s.Year, Quarters: s.Quarters,
		FilledOn: on, Supersedes: s.Receipt, Data: &document.IndividualData{
			Names: namesOf(data), Category: s.Category, ContractNo: s.ContractNo}}
	if kind != document.Cancellation && kind != document.Restore {
		d.Data.Service = make([]document.Service, len(s.Service))
		for i, x := range s.Service {
			d.Data.Service[i] = document.Service(x)
		}
	}
	return d
}

// monthsFiled gives recorded months as a form has them.
func monthsFiled(facts []event.MonthFact) []document.Month {
	months := make([]document.Month, len(facts))
	for i, f := range facts {
		months[i] = document.Month{Number: f.Month.Number(), Tariff: f.Tariff,
			Totals: document.Totals{Earnings: f.Earnings, Benefits: f.Benefits,
				Contributions: f.Contributions, Paid: f.Paid}}
	}
	return months
}

// namesOf gives a person's names as ПУ-3 has them.
func namesOf(d event.PersonalData) document.Names {
	return document.Names{Surname: d.Surname, Initial: initial(d.Name),
		Initial2: initial(d.Patronymic), Insurance: d.InsuranceNo}
}

func initial(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}
