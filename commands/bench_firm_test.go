package commands_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// firm is an invented payer of the benchmarks with its staff.
type firm struct {
	unp, fundNo string
	staff       []worker
}

// firmPersonsMax keeps the staff of firms apart.
const firmPersonsMax = 4_000

// newFirm makes the nth payer. Nobody works for two of them.
func newFirm(tb testing.TB, n, persons int) firm {
	tb.Helper()
	f := firm{fundNo: fmt.Sprintf("602%06d", n+1), staff: make([]worker, persons)}
	for body := 19_000_000 + n*20; f.unp == ""; body++ {
		f.unp, _ = control.UNP(fmt.Sprint(body)) // one body in eleven has none
	}
	for i := range f.staff {
		serial := n*firmPersonsMax + i
		birth := period.MustDate("1960-01-01").AddDays(serial % 12_000)
		number, err := control.PersonalNo("М", birth, 'A', serial/12_000, "PB")
		require.NoError(tb, err)
		f.staff[i] = worker{number, "ИВАНОВ", "ИВАН", "ПЕТРОВИЧ"}
	}
	return f
}

// pack writes documents as payroll systems do: a text pack in windows-1251.
func (f firm) pack(tb testing.TB, form document.Form, version string, docs []*document.Document,
) []byte {
	tb.Helper()
	p := &document.Pack{Form: form, UNP: f.unp, FundNo: f.fundNo, Name: "ООО ВАСИЛЁК",
		PackNo: "00001", Declared: &document.PackTotals{Documents: len(docs)}}
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
	require.NoError(tb, format.WriteText(&out, version, format.Windows1251, p, slices.Values(docs)))
	return out.Bytes()
}

// arrivals are ПУ-1 of all the staff and the ПУ-2 of their hires.
func (f firm) arrivals(tb testing.TB) [][]byte {
	tb.Helper()
	docs := make([]*document.Document, len(f.staff))
	var movements []document.Movement
	for i, w := range f.staff {
		docs[i] = &document.Document{Type: document.Register,
			FilledOn: period.MustDate("2017-01-10"),
			Registration: &document.Registration{PersonalData: event.PersonalData{
				PersonalNo: w.number, Surname: w.surname, Name: w.name, Patronymic: w.patronymic,
				Sex: "М", Citizenship: "112", BirthDate: birthOf(w.number),
				BirthCountry: "БЕЛАРУСЬ", BirthSettlement: "МИНСК", DocumentSeries: "МР",
				DocumentNo: "1234567", DocumentDate: period.MustDate("2010-01-01"),
				DocumentIssuer: "РОВД", Postcode: "220000", Address: "МИНСК"}}}
		movements = append(movements, document.Movement{Names: names(w), Contract: "01",
			HiredOn: period.MustDate("2017-01-01")})
	}
	hires := []*document.Document{{Type: document.Original, Year: 2017, Quarters: "1",
		FilledOn: period.MustDate("2017-01-05"), Movements: movements,
		DeclaredMovements: len(movements)}}
	return [][]byte{f.pack(tb, document.PU1, "1.7", docs), f.pack(tb, document.PU2, "1.4", hires)}
}

// benchYear is the year of the first reports.
const benchYear = 2018

// afterQuarter is a day on which the nth report is filed in time.
func afterQuarter(tb testing.TB, n int) period.Date {
	tb.Helper()
	month, ok := period.NewMonth(benchYear+n/4, 3*(n%4)+3)
	require.True(tb, ok)
	return month.Add(1).First().AddDays(10)
}

// report is ПУ-3 of all the staff for the nth quarter.
func (f firm) report(tb testing.TB, n int) []byte {
	tb.Helper()
	year, quarter := benchYear+n/4, n%4+1
	docs := make([]*document.Document, len(f.staff))
	for i, w := range f.staff {
		d := &document.IndividualData{Names: names(w), Category: "01", DeclaredMonths: 3,
			DeclaredService: 1, Declared: &document.Totals{}}
		for m := 3*quarter - 2; m <= 3*quarter; m++ {
			pay := money.Amount(80_000 + i%500*100 + m)
			share := pay.Times(money.MustParseRate("0.01"))
			t := document.Totals{Earnings: pay, Contributions: share, Paid: share}
			d.Months = append(d.Months, document.Month{Number: m, Totals: t, Tariff: "1"})
			d.Declared.Add(t)
		}
		first, ok := period.NewMonth(year, 3*quarter-2)
		require.True(tb, ok)
		d.Service = []document.Service{{From: first.First(), To: first.Add(2).Last()}}
		docs[i] = &document.Document{Type: document.Original, Year: year,
			Quarters: fmt.Sprint(quarter), FilledOn: first.Add(3).First(), Data: d}
	}
	return f.pack(tb, document.PU3, "1.5", docs)
}
