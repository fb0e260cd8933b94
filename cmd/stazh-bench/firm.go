package main

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// quartersMax is the number of quarters that can be reported: from the first of 2017 to
// the third of 2026.
const quartersMax = 39

// labour says who works where: firms with so many persons of their own each, and everybody
// with so many jobs in neighbouring firms at once. It is arithmetic only: every process
// that is told it knows the same persons and reports.
type labour struct {
	First   int // number of the first firm
	Firms   int
	Persons int // who have their main job in a firm
	Jobs    int // of everybody; 1 or more
	// Veterans of each firm, its first persons, have so many jobs instead.
	Veterans, VeteranJobs int
}

// firm is a payer with its staff.
type firm struct {
	unp    string
	fundNo string
	own    []worker // whom it registers
	staff  []worker // whom it reports, own first
}

type worker struct {
	number string
	birth  period.Date
	serial int
}

// personsRoom is the number of persons that are numbered for each firm: nobody works in
// two firms but by labour.Jobs.
const personsRoom = 2000

// firm makes the nth firm (from 0) with a valid UNP and staff whose numbers are valid.
func (l labour) firm(n int) firm {
	number := l.First + n
	f := firm{fundNo: fmt.Sprintf("602%06d", number+1)}
	for body := 19_000_000 + number*20; f.unp == ""; body++ {
		f.unp, _ = control.UNP(fmt.Sprint(body)) //nolint:errcheck // one body in eleven has none
	}
	for i := range l.Persons {
		f.own = append(f.own, newWorker(number*personsRoom+i))
	}
	f.staff = slices.Clone(f.own)
	for j := 1; j < max(l.Jobs, l.VeteranJobs); j++ {
		from := (l.First + (n-j%l.Firms+l.Firms)%l.Firms) * personsRoom
		persons := l.Persons
		if j >= l.Jobs {
			persons = l.Veterans
		}
		for i := range persons {
			f.staff = append(f.staff, newWorker(from+i))
		}
	}
	return f
}

// unps lists the firms' payers.
func (l labour) unps() []string {
	list := make([]string, l.Firms)
	for n := range list {
		list[n] = labour{First: l.First, Firms: l.Firms}.firm(n).unp
	}
	return list
}

const birthDays = 12_000

func newWorker(serial int) worker {
	birth := period.MustDate("1960-01-01").AddDays(serial % birthDays)
	rest := serial / birthDays
	number, err := control.PersonalNo("М", birth, "ABCHKEM"[rest/1000%7], rest%1000, "PB")
	if err != nil {
		panic(err) // a fault of this function
	}
	return worker{number, birth, serial}
}

func (w worker) names() document.Names {
	return document.Names{Surname: "ИВАНОВ", Initial: "И", Initial2: "П", Insurance: w.number}
}

// pack writes documents as payroll systems do: a text pack in windows-1251.
func (f firm) pack(form document.Form, version string, docs []*document.Document) []byte {
	p := &document.Pack{Form: form, UNP: f.unp, FundNo: f.fundNo, Name: "БЕНЧ", PackNo: "00001",
		Declared: &document.PackTotals{Documents: len(docs)}}
	if form == document.PU3 {
		p.Declared.Totals = &document.Totals{}
	}
	for i, d := range docs {
		d.No, d.Form, d.FundNo = i+1, form, f.fundNo
		if d.Data != nil {
			p.Declared.Totals.Add(*d.Data.Declared)
		}
	}
	var out bytes.Buffer
	err := format.WriteText(&out, version, format.Windows1251, p, slices.Values(docs))
	if err != nil {
		panic(err) // a fault of this program, as it writes into memory
	}
	return out.Bytes()
}

// registrations opens the accounts of the firm's own persons.
func (f firm) registrations() []byte {
	docs := make([]*document.Document, len(f.own))
	for i, w := range f.own {
		docs[i] = &document.Document{Type: document.Register,
			FilledOn: period.MustDate("2017-01-10"),
			Registration: &document.Registration{PersonalData: event.PersonalData{
				PersonalNo: w.number, Surname: "ИВАНОВ", Name: "ИВАН", Patronymic: "ПЕТРОВИЧ",
				Sex: "М", Citizenship: "112", BirthDate: w.birth, BirthCountry: "БЕЛАРУСЬ",
				BirthSettlement: "МИНСК", DocumentSeries: "МР", DocumentNo: "1234567",
				DocumentDate:   period.MustDate("2010-01-01"),
				DocumentIssuer: "РОВД", Postcode: "220000", Address: "МИНСК"}}}
	}
	return f.pack(document.PU1, "1.7", docs)
}

// hires are the hires of all the staff.
func (f firm) hires() []byte {
	var movements []document.Movement
	for _, w := range f.staff {
		movements = append(movements, document.Movement{Names: w.names(), Contract: "01",
			HiredOn: period.MustDate("2017-01-01")})
	}
	return f.pack(document.PU2, "1.4", []*document.Document{{Type: document.Original,
		FilledOn: period.MustDate("2017-01-05"), Year: 2017, Quarters: "1",
		Movements: movements, DeclaredMovements: len(movements)}})
}

// pay is what a person earns in a month of a quarter, never the same for two neighbours.
func pay(serial, quarter, month int) money.Amount {
	return money.Amount(80_000 + serial%500*100 + quarter*10 + month)
}

// report is ПУ-3 of all the staff for the nth quarter from 2017 on, with its control
// totals.
func (f firm) report(n int) ([]byte, totals) {
	year, quarter := 2017+n/4, n%4+1
	var sums totals
	docs := make([]*document.Document, len(f.staff))
	rate := money.MustParseRate("0.01")
	first, _ := period.NewMonth(year, 3*quarter-2) //nolint:errcheck // the quarter is right
	for i, w := range f.staff {
		d := &document.IndividualData{Names: w.names(), Category: "01", DeclaredMonths: 3,
			DeclaredService: 1, Declared: &document.Totals{}}
		for m := 3*quarter - 2; m <= 3*quarter; m++ {
			earned := pay(w.serial, n, m)
			share := earned.Times(rate)
			t := document.Totals{Earnings: earned, Contributions: share, Paid: share}
			d.Months = append(d.Months, document.Month{Number: m, Totals: t, Tariff: "1"})
			d.Declared.Add(t)
		}
		d.Service = []document.Service{{From: first.First(), To: first.Add(2).Last()}}
		docs[i] = &document.Document{Type: document.Original, Year: year,
			Quarters: fmt.Sprint(quarter), FilledOn: first.Add(3).First(), Data: d}
		sums.add(totals{1, d.Declared.Earnings, d.Declared.Benefits, d.Declared.Contributions})
	}
	return f.pack(document.PU3, "1.5", docs), sums
}
