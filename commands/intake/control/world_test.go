package control_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Invented payers and persons.
const (
	unp      = "200988541"
	otherUNP = "MA1953684"
	fundNo   = "602000017"
	known    = "3270287A012PB2" // a man born 27 February 1987
	stranger = "3041088A042PB2" // a man born 4 October 1988, not registered
	woman    = "6160601H012PB2" // born 16 June 2001, not registered
)

var employmentID = uuid.MustParse("11111111-1111-4111-8111-111111111111")

// world is what the ledger knows in a test; cases change it before the check.
type world struct {
	facts    control.Facts
	persons  map[ledger.PersonID]*account.Person
	personal map[ledger.PersonID]event.PersonalData
	payers   map[string]*account.Payer
	refs     map[string]bool
	pack     event.RulePackPublished
}

func day(s string) period.Date     { return period.MustDate(s) }
func rubles(s string) money.Amount { return money.MustParse(s) }

func personID(no string) ledger.PersonID { return ledger.DeterministicID("person", no) }

// newWorld has one employer with one employee since 2010, seen on 20 April 2018.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{persons: map[ledger.PersonID]*account.Person{},
		personal: map[ledger.PersonID]event.PersonalData{},
		payers:   map[string]*account.Payer{}, refs: map[string]bool{},
		pack: control.DefaultPack()}
	w.payers[unp] = &account.Payer{UNP: unp, Registered: true, FundNo: fundNo, Kind: "employer",
		Name: "ООО ВАСИЛЁК", Since: day("2000-01-01")}
	w.payers[otherUNP] = &account.Payer{UNP: otherUNP, Registered: true, Kind: "treasury",
		FundNo: "501000001", Since: day("2000-01-01")}
	p := w.register(known, event.PersonalData{InsuranceNo: known, PersonalNo: known,
		Surname: "КУЛЁМИН", Name: "ПЁТР", Patronymic: "СЕРГЕЕВИЧ"})
	p.Employments = []account.Employment{{ID: employmentID, Payer: unp, Contract: "01",
		HiredOn: day("2010-01-01"), Form: "ПУ-2"}}
	w.facts = control.Facts{
		Today: day("2018-04-20"), Law: testLaw(t), Payer: w.payers[unp],
		PersonID: personID,
		Person:   func(id ledger.PersonID) *account.Person { return w.persons[id] },
		Personal: func(id ledger.PersonID) (event.PersonalData, bool) {
			d, ok := w.personal[id]
			return d, ok
		},
		PayerOf:     func(unp string) *account.Payer { return w.payers[unp] },
		BankRefSeen: func(ref string) bool { return w.refs[ref] },
	}
	return w
}

func (w *world) register(no string, d event.PersonalData) *account.Person {
	id := personID(no)
	w.persons[id] = &account.Person{ID: id, Registered: true}
	w.personal[id] = d
	return w.persons[id]
}

func (w *world) employee() *account.Person { return w.persons[personID(known)] }

func (w *world) employment() *account.Employment { return &w.employee().Employments[0] }

// report adds a form slot of earlier quarters to the employee's account.
func (w *world) report(year int, quarters string, pay string) *account.Slot {
	p := w.employee()
	s := account.Slot{Slot: event.Slot{Payer: unp, Employment: employmentID, Category: "01",
		Year: year, Quarters: quarters}, Version: 1, Receipt: "R-2018-000001", DocNo: 1}
	for _, q := range quarters {
		for n := range 3 {
			m, _ := period.NewMonth(year, int(q-'1')*3+n+1)
			s.Months = append(s.Months, event.MonthFact{Month: m, Earnings: rubles(pay)})
			s.Service = append(s.Service, event.ServicePeriod{From: m.First(), To: m.Last()})
		}
	}
	p.Suppose(s)
	return &p.Slots()[len(p.Slots())-1]
}

func (w *world) engine(t testing.TB) *control.Engine {
	t.Helper()
	e, err := control.NewEngine(w.pack)
	require.NoError(t, err)
	return e
}

func testLaw(t testing.TB) *account.Law {
	t.Helper()
	l := account.NewLaw()
	publish := func(p event.Payload) {
		require.NoError(t, l.Apply(ledger.Event{}, p))
	}
	list := func(name string, entries ...event.ClassifierEntry) {
		publish(&event.ClassifierPublished{Name: name, Entries: entries})
	}
	code := func(code string, attributes ...string) event.ClassifierEntry {
		e := event.ClassifierEntry{Code: code}
		for i := 0; i < len(attributes); i += 2 {
			e.Attributes = append(e.Attributes,
				event.Attribute{Key: attributes[i], Value: attributes[i+1]})
		}
		return e
	}
	owner := code("30")
	owner.From = day("2022-01-01")
	list(account.ClassifierCategory, code("01"), code("02"), code("03"), code("06"), code("07"),
		code("10"), code("11"), owner)
	list(account.ClassifierContract, code("01", "dates", "required"), code("02"),
		code("03", "dates", "blank"), code("04"))
	list(account.ClassifierActivity, code("ПЕДРАБ", "paid", "yes"), code("НЕОПЛДОГ", "paid", "no"),
		code("ДОГОВОР", "paid", "yes", "categories", "03, 11"),
		code("СЕЗОНФАКТ", "paid", "yes", "indicator", "days"),
		code("МЕДФАКТ/", "paid", "yes", "prefix", "yes"),
		code("ВРЕМНЕТРУД", "paid", "no", "needs_benefit", "yes"))
	list(account.ClassifierDismissal, code("1.3"))
	list(account.ClassifierTariff, code("1", "rate", "0.01"), code("2"))
	list(account.ClassifierCountry, code("112"), code("643"))
	list("occupation", code("2320-001"))
	for month, wage := range map[string]string{"2017-12": "995.30", "2018-01": "859.00",
		"2018-02": "852.30"} {
		m := period.MustMonth(month)
		publish(&event.ParameterPublished{Name: "national_average_wage", Value: wage,
			From: m.First(), Until: m.Last(), Act: "test", Source: "test"})
	}
	publish(&event.ParameterPublished{Name: "contribution_ceiling_multiple", Value: "5",
		From: day("2010-01-01"), Act: "test", Source: "test"})
	publish(&event.ParameterPublished{Name: "minimum_wage", Value: "305.00",
		From: day("2018-01-01"), Act: "test", Source: "test"})
	return l
}

// lines places months at line 10 and following, service at 20, movements at 30 and all
// else at line 5.
func lines(pointer string) document.Place {
	for part, first := range map[string]int{"/individual_data/months/": 10,
		"/individual_data/service/": 20, "/movements/": 30} {
		if rest, ok := strings.CutPrefix(pointer, part); ok {
			index, _, _ := strings.Cut(rest, "/")
			n, _ := strconv.Atoi(index)
			return document.Place{Line: first + n}
		}
	}
	return document.Place{Line: 5}
}

func newPack(form document.Form) *document.Pack {
	return &document.Pack{Version: "1.5", Form: form, UNP: unp, FundNo: fundNo, Locate: lines}
}

// pu3 is a clean ПУ-3 of the known employee for the first quarter of 2018.
func pu3() *document.Document {
	d := &document.Document{No: 7, Form: document.PU3, Type: "И", FundNo: fundNo,
		FilledOn: day("2018-04-12"), Year: 2018, Quarters: "1", Locate: lines}
	d.Data = &document.IndividualData{
		Names:    document.Names{Surname: "КУЛЁМИН", Initial: "П", Initial2: "С", Insurance: known},
		Category: "01", DeclaredMonths: 3, DeclaredService: 1,
		Declared: &document.Totals{Earnings: rubles("2400.00"), Contributions: rubles("24.00"),
			Paid: rubles("24.00")},
		Service: []document.Service{{From: day("2018-01-01"), To: day("2018-03-31")}},
	}
	for n := 1; n <= 3; n++ {
		d.Data.Months = append(d.Data.Months, document.Month{Number: n, Tariff: "1",
			Totals: document.Totals{Earnings: rubles("800.00"), Contributions: rubles("8.00"),
				Paid: rubles("8.00")}})
	}
	return d
}

// pu2 is a clean hire of the known person into a civil contract's sibling: a second
// employment contract with a number of its own.
func pu2() *document.Document {
	return &document.Document{No: 7, Form: document.PU2, Type: "И", FundNo: fundNo,
		FilledOn: day("2018-04-19"), DeclaredMovements: 1, Locate: lines,
		Movements: []document.Movement{{
			Names:   document.Names{Surname: "КУЛЁМИН", Initial: "П", Initial2: "С", Insurance: known},
			HiredOn: day("2018-04-18"), Contract: "02", ContractNo: "17",
		}}}
}

// dismissal is a clean dismissal of the known employee.
func dismissal() *document.Document {
	d := pu2()
	m := &d.Movements[0]
	m.HiredOn, m.Contract, m.ContractNo = 0, "", ""
	m.DismissedOn, m.Reason = day("2018-04-20"), "1.3"
	return d
}

// pu1 is a clean registration of a stranger.
func pu1() *document.Document {
	return &document.Document{No: 7, Form: document.PU1, Type: "Р", FundNo: fundNo,
		FilledOn: day("2018-04-19"), Locate: lines,
		Registration: &document.Registration{PersonalData: event.PersonalData{
			PersonalNo: stranger, Surname: "САДОВСКИЙ", Name: "ИЛЬЯ", Patronymic: "ОЛЕГОВИЧ",
			Sex: "М", Citizenship: "112", BirthDate: day("1988-10-04"), DocumentSeries: "МР",
			DocumentNo: "1234567", DocumentDate: day("2013-05-06"), Postcode: "220004",
			Address: "МИНСК, УЛ. ЛЕСНАЯ, 5",
		}}}
}

// change is a clean change of the known person's data.
func change() *document.Document {
	d := pu1()
	d.Type = "И"
	r := d.Registration
	r.InsuranceNo, r.PersonalNo, r.BirthDate = known, known, day("1987-02-27")
	r.Previous.Surname = "КУЛЁМИН"
	return d
}

func payment() *document.Document {
	return &document.Document{No: 7, Form: document.Payments, Locate: lines,
		Payment: &document.Payment{BankRef: "BY18-000123", PayerUNP: unp,
			ValueDate: day("2018-04-19"), Amount: rubles("280.00"), Kind: "pension"}}
}

// show writes findings one a line: severity, code, pointer, line, got and expected.
func show(findings []control.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, fmt.Sprintf("%s %s %s:%d [%s] want [%s]", f.Severity, f.Code,
			f.Pointer, f.Line, f.Got, f.Expected))
	}
	return list
}
