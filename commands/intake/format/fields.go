package format

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/stazh/stazh/commands/intake/document"
)

// style is what the readers do to a text.
type style uint8

const (
	upperText  style = iota // upper-cased, as the text packs are
	identifier              // upper-cased, with Latin letters only
	asFiled                 // left as it is
	phoneText               // left as it is; may begin with +
	formName                // upper-cased, but for the one form whose name is not
)

// spec describes a field of the model to readers and writers of all formats.
type spec struct {
	key   string // JSON name; after lift with the path to it
	style style
	pad   int  // width to which zeros lost in a spreadsheet are restored
	count bool // a count: -1 is "not given"
	low   int  // bounds of a whole number; high 0 means none
	high  int
}

func (s *spec) wantInt() string {
	if s.high > 0 {
		return fmt.Sprintf("%d-%d", s.low, s.high)
	}
	return "a whole number"
}

// field is a field of T: how to treat it and where it is. at gives a pointer to the
// value, or nil when the part of the document that holds it is absent.
type field[T any] struct {
	spec
	at func(*T) any
}

type (
	doc   = document.Document
	pack  = document.Pack
	reg   = document.Registration
	data  = document.IndividualData
	names = document.Names
	sums  = document.Totals
	fault = document.Fault
)

// The fields of the model. Nothing else in the package names them one by one except the
// layouts of the text packs and the synonyms of the columns.
var (
	packFields = []field[pack]{
		{spec{key: "version", style: asFiled}, func(p *pack) any { return &p.Version }},
		{spec{key: "form", style: formName}, func(p *pack) any { return (*string)(&p.Form) }},
		{spec{key: "unp", style: identifier}, func(p *pack) any { return &p.UNP }},
		{spec{key: "fund_no"}, func(p *pack) any { return &p.FundNo }},
		{spec{key: "payer_name"}, func(p *pack) any { return &p.Name }},
		{spec{key: "pack_no"}, func(p *pack) any { return &p.PackNo }},
		{spec{key: "type"}, func(p *pack) any { return &p.Type }},
		{spec{key: "quarters"}, func(p *pack) any { return &p.Quarters }},
		{spec{key: "year", high: 9999}, func(p *pack) any { return &p.Year }},
	}
	docFields = []field[doc]{
		{spec{key: "form", style: formName}, func(d *doc) any { return (*string)(&d.Form) }},
		{spec{key: "type"}, func(d *doc) any { return &d.Type }},
		{spec{key: "fund_no"}, func(d *doc) any { return &d.FundNo }},
		{spec{key: "phone", style: phoneText}, func(d *doc) any { return &d.Phone }},
		{spec{key: "filled_on"}, func(d *doc) any { return &d.FilledOn }},
		{spec{key: "year", high: 9999}, func(d *doc) any { return &d.Year }},
		{spec{key: "quarters"}, func(d *doc) any { return &d.Quarters }},
		{spec{key: "supersedes", style: identifier}, func(d *doc) any { return &d.Supersedes }},
		{spec{key: "restores", high: 9999}, func(d *doc) any { return &d.Restores }},
		{spec{key: "declared_movements", count: true},
			func(d *doc) any { return &d.DeclaredMovements }},
	}
	regFields = []field[reg]{
		{spec{key: "insurance_no", style: identifier},
			func(r *reg) any { return &r.InsuranceNo }},
		{spec{key: "personal_no", style: identifier}, func(r *reg) any { return &r.PersonalNo }},
		{spec{key: "surname"}, func(r *reg) any { return &r.Surname }},
		{spec{key: "name"}, func(r *reg) any { return &r.Name }},
		{spec{key: "patronymic"}, func(r *reg) any { return &r.Patronymic }},
		{spec{key: "sex"}, func(r *reg) any { return &r.Sex }},
		{spec{key: "citizenship", pad: 3}, func(r *reg) any { return &r.Citizenship }},
		{spec{key: "birth_date"}, func(r *reg) any { return &r.BirthDate }},
		{spec{key: "birth_settlement"}, func(r *reg) any { return &r.BirthSettlement }},
		{spec{key: "birth_district"}, func(r *reg) any { return &r.BirthDistrict }},
		{spec{key: "birth_region"}, func(r *reg) any { return &r.BirthRegion }},
		{spec{key: "birth_country"}, func(r *reg) any { return &r.BirthCountry }},
		{spec{key: "document_series"}, func(r *reg) any { return &r.DocumentSeries }},
		{spec{key: "document_no"}, func(r *reg) any { return &r.DocumentNo }},
		{spec{key: "document_date"}, func(r *reg) any { return &r.DocumentDate }},
		{spec{key: "document_issuer"}, func(r *reg) any { return &r.DocumentIssuer }},
		{spec{key: "postcode"}, func(r *reg) any { return &r.Postcode }},
		{spec{key: "address"}, func(r *reg) any { return &r.Address }},
		{spec{key: "phone", style: phoneText}, func(r *reg) any { return &r.Phone }},
		{spec{key: "phone2", style: phoneText}, func(r *reg) any { return &r.Phone2 }},
	}
	previousFields = []field[reg]{
		{spec{key: "surname"}, func(r *reg) any { return &r.Previous.Surname }},
		{spec{key: "name"}, func(r *reg) any { return &r.Previous.Name }},
		{spec{key: "patronymic"}, func(r *reg) any { return &r.Previous.Patronymic }},
		{spec{key: "birth_date"}, func(r *reg) any { return &r.Previous.BirthDate }},
	}
	nameFields = []field[names]{
		{spec{key: "surname"}, func(n *names) any { return &n.Surname }},
		{spec{key: "initial"}, func(n *names) any { return &n.Initial }},
		{spec{key: "initial2"}, func(n *names) any { return &n.Initial2 }},
		{spec{key: "insurance_no", style: identifier}, func(n *names) any { return &n.Insurance }},
	}
	movementFields = append(
		lift("", nameFields, func(m *document.Movement) *names { return &m.Names }),
		[]field[document.Movement]{
			{spec{key: "hired_on"}, func(m *document.Movement) any { return &m.HiredOn }},
			{spec{key: "contract", pad: 2}, func(m *document.Movement) any { return &m.Contract }},
			{spec{key: "dismissed_on"}, func(m *document.Movement) any { return &m.DismissedOn }},
			{spec{key: "reason"}, func(m *document.Movement) any { return &m.Reason }},
			{spec{key: "contract_no"}, func(m *document.Movement) any { return &m.ContractNo }},
			{spec{key: "contract_date"}, func(m *document.Movement) any { return &m.ContractDate }},
			{spec{key: "corrects"}, func(m *document.Movement) any { return &m.Corrects }},
		}...)
	dataFields = append(
		lift("", nameFields, func(d *data) *names { return &d.Names }),
		[]field[data]{
			{spec{key: "category", pad: 2}, func(d *data) any { return &d.Category }},
			{spec{key: "contract_no"}, func(d *data) any { return &d.ContractNo }},
			{spec{key: "contract_date"}, func(d *data) any { return &d.ContractDate }},
			{spec{key: "claimed_on"}, func(d *data) any { return &d.ClaimedOn }},
			{spec{key: "declared_months", count: true},
				func(d *data) any { return &d.DeclaredMonths }},
			{spec{key: "declared_service", count: true},
				func(d *data) any { return &d.DeclaredService }},
			{spec{key: highestTariff, style: asFiled},
				func(d *data) any { return &d.HighestTariff }},
		}...)
	dataFieldsPU3 = pick(dataFields, "surname", "initial", "initial2", "insurance_no",
		"category", "contract_no", "contract_date", "claimed_on", "declared_months",
		"declared_service")
	dataFieldsPU6 = pick(dataFields, "surname", "initial", "initial2", "insurance_no",
		highestTariff, "claimed_on", "declared_months", "declared_service")
	monthFieldsPU6 = pick(monthFields, "month", "earnings", "contributions", "paid")
	sumFields      = []field[sums]{
		{spec{key: "earnings"}, func(t *sums) any { return &t.Earnings }},
		{spec{key: "benefits"}, func(t *sums) any { return &t.Benefits }},
		{spec{key: "contributions"}, func(t *sums) any { return &t.Contributions }},
		{spec{key: "paid"}, func(t *sums) any { return &t.Paid }},
	}
	monthFields = []field[document.Month]{
		{spec{key: "month", low: 1, high: 12}, func(m *document.Month) any { return &m.Number }},
		{spec{key: "earnings"}, func(m *document.Month) any { return &m.Earnings }},
		{spec{key: "benefits"}, func(m *document.Month) any { return &m.Benefits }},
		{spec{key: "contributions"}, func(m *document.Month) any { return &m.Contributions }},
		{spec{key: "paid"}, func(m *document.Month) any { return &m.Paid }},
		{spec{key: "tariff"}, func(m *document.Month) any { return &m.Tariff }},
	}
	serviceFields = []field[document.Service]{
		{spec{key: "from"}, func(s *document.Service) any { return &s.From }},
		{spec{key: "to"}, func(s *document.Service) any { return &s.To }},
		{spec{key: "occupation"}, func(s *document.Service) any { return &s.Occupation }},
		{spec{key: "activity"}, func(s *document.Service) any { return &s.Activity }},
		{spec{key: "indicator1"}, func(s *document.Service) any { return &s.Indicator1 }},
		{spec{key: "indicator2"}, func(s *document.Service) any { return &s.Indicator2 }},
	}
	lineFields = []field[document.ReportLine]{
		{spec{key: "line", pad: 2}, func(l *document.ReportLine) any { return &l.Line }},
		{spec{key: "amount"}, func(l *document.ReportLine) any { return &l.Amount }},
	}
	occupationFields = []field[document.Occupation]{
		{spec{key: "from"}, func(o *document.Occupation) any { return &o.From }},
		{spec{key: "to"}, func(o *document.Occupation) any { return &o.To }},
		{spec{key: "occupation"}, func(o *document.Occupation) any { return &o.Occupation }},
		{spec{key: "sub_code"}, func(o *document.Occupation) any { return &o.SubCode }},
		{spec{key: "derived_code"}, func(o *document.Occupation) any { return &o.DerivedCode }},
		{spec{key: "classifier"}, func(o *document.Occupation) any { return &o.Classifier }},
		{spec{key: "activity"}, func(o *document.Occupation) any { return &o.Activity }},
		{spec{key: "list_position"}, func(o *document.Occupation) any { return &o.ListPosition }},
		{spec{key: "team_code"}, func(o *document.Occupation) any { return &o.TeamCode }},
		{spec{key: "indicator"}, func(o *document.Occupation) any { return &o.Indicator }},
		{spec{key: "share", style: asFiled}, func(o *document.Occupation) any { return &o.Share }},
	}
	paymentFields = []field[document.Payment]{
		{spec{key: "bank_ref", style: asFiled},
			func(p *document.Payment) any { return &p.BankRef }},
		{spec{key: "payer_unp", style: identifier},
			func(p *document.Payment) any { return &p.PayerUNP }},
		{spec{key: "value_date"}, func(p *document.Payment) any { return &p.ValueDate }},
		{spec{key: "booked_on"}, func(p *document.Payment) any { return &p.BookedOn }},
		{spec{key: "amount"}, func(p *document.Payment) any { return &p.Amount }},
		{spec{key: "kind", style: asFiled}, func(p *document.Payment) any { return &p.Kind }},
		{spec{key: "month"}, func(p *document.Payment) any { return &p.Month }},
		{spec{key: "purpose", style: asFiled}, func(p *document.Payment) any { return &p.Purpose }},
	}
	unreadFields = []field[document.UnreadField]{
		{spec{key: "pointer", style: asFiled},
			func(u *document.UnreadField) any { return &u.Pointer }},
		{spec{key: "value", style: asFiled},
			func(u *document.UnreadField) any { return &u.Value }},
	}
)

// highestTariff is the field of ПУ-6 by which a table is known to be one.
const highestTariff = "highest_tariff"

// lift makes the fields of a part the fields of the whole, named by their path.
func lift[T, P any](path string, fields []field[P], to func(*T) *P) []field[T] {
	lifted := make([]field[T], len(fields))
	for i, f := range fields {
		lifted[i] = field[T]{f.spec, func(t *T) any {
			part := to(t)
			if part == nil {
				return nil
			}
			return f.at(part)
		}}
		lifted[i].key = path + f.key
	}
	return lifted
}

func registrationOf(d *doc) *reg { return d.Registration }
func dataOf(d *doc) *data        { return d.Data }
func declaredOf(d *doc) *sums {
	if d.Data == nil {
		return nil
	}
	return d.Data.Declared
}

// formOf gives the form of a name, however its letters are written.
func formOf(name []byte) document.Form {
	form := document.Form(upper(name))
	if form == upperFund4 {
		form = document.Fund4
	}
	return form
}

var upperFund4 = document.Form(strings.ToUpper(string(document.Fund4)))

// tabular tells whether a form has a layout of columns.
func tabular(form document.Form) bool {
	return headLayout(form) != nil || form == document.Payments || form == document.Fund4
}

// pick gives the named fields in order; a name "" stands for a position of a text record
// whose meaning is not known.
func pick[T any](fields []field[T], keys ...string) []field[T] {
	picked := make([]field[T], len(keys))
	for i, key := range keys {
		if key == "" {
			continue
		}
		at := find(fields, key, 0)
		if at < 0 {
			panic("format: a layout names the unknown field " + key)
		}
		picked[i] = fields[at]
	}
	return picked
}

// find gives the index of the field with the key, -1 when there is none. The search
// begins at hint, as files mostly keep the order of the model.
func find[T any](fields []field[T], key string, hint int) int {
	for n := range fields {
		i := (hint + n) % len(fields)
		if fields[i].key == key {
			return i
		}
	}
	return -1
}

// blankKey names the n-th field of a text record (1-based) whose meaning is not known.
func blankKey(n int) string { return "field_" + strconv.Itoa(n) }
