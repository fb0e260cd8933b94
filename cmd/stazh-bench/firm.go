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

type worker struct {
	number string
	birth  period.Date
}

// newFirm makes the nth payer with a valid UNP and staff whose numbers are valid.
func newFirm(n, persons int) firm {
	f := firm{fundNo: fmt.Sprintf("602%06d", n+1), staff: make([]worker, persons)}
	for body := 19_000_000 + n*20; f.unp == ""; body++ {
		f.unp, _ = control.UNP(fmt.Sprint(body)) //nolint:errcheck // one body in eleven has none
	}
	for i := range f.staff {
		serial := n*2*largePersons + i // nobody works for two payers
		birth := period.MustDate("1960-01-01").AddDays(serial % 12_000)
		number, err := control.PersonalNo("М", birth, 'A', serial/12_000, "PB")
		if err != nil {
			panic(err)
		}
		f.staff[i] = worker{number, birth}
	}
	return f
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
		panic(err)
	}
	return out.Bytes()
}

func (f firm) registrations() []byte {
	docs := make([]*document.Document, len(f.staff))
	for i, w := range f.staff {
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

// documents tells how many documents a file of registrations or hires has.
func (f firm) documents(file []byte) int {
	return max(1, bytes.Count(file, []byte("<\xcf\xd3-1=")))
}

// report is ПУ-3 of all the staff for the nth quarter from 2017 on.
func (f firm) report(n int) []byte {
	year, quarter := 2017+n/4, n%4+1
	docs := make([]*document.Document, len(f.staff))
	for i, w := range f.staff {
		d := &document.IndividualData{Names: w.names(), Category: "01", DeclaredMonths: 3,
			DeclaredService: 1, Declared: &document.Totals{}}
		for m := 3*quarter - 2; m <= 3*quarter; m++ {
			pay := money.Amount(80_000 + i%500*100 + m)
			share := pay.Times(money.MustParseRate("0.01"))
			t := document.Totals{Earnings: pay, Contributions: share, Paid: share}
			d.Months = append(d.Months, document.Month{Number: m, Totals: t, Tariff: "1"})
			d.Declared.Add(t)
		}
		first, _ := period.NewMonth(year, 3*quarter-2)
		d.Service = []document.Service{{From: first.First(), To: first.Add(2).Last()}}
		docs[i] = &document.Document{Type: document.Original, Year: year,
			Quarters: fmt.Sprint(quarter), FilledOn: first.Add(3).First(), Data: d}
	}
	return f.pack(document.PU3, "1.5", docs)
}
