package control_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
)

// second opens another employment of the known person, under a contract with a number.
func (w *world) second() {
	w.employee().Employments = append(w.employee().Employments, account.Employment{
		ID: uuid.MustParse("22222222-2222-4222-8222-222222222222"), Payer: unp, Contract: "02",
		ContractNo: "17", HiredOn: day("2018-02-01"), Form: "ПУ-2"})
}

func TestCorrectionsOfMovements(t *testing.T) {
	t.Parallel()
	clean := func() *document.Document {
		d := pu2()
		d.Type = document.Correction
		d.Movements[0].HiredOn, d.Movements[0].Contract = day("2010-02-01"), "01"
		d.Movements[0].ContractNo = ""
		return d
	}
	ended := func(w *world) { w.employment().EndedOn, w.employment().EndReason = day("2018-04-10"), "1.1" }
	end := func(d *document.Document, on string) {
		d.Movements[0].HiredOn, d.Movements[0].Contract = 0, ""
		d.Movements[0].DismissedOn, d.Movements[0].Reason = day(on), "1.3"
	}
	runCases(t, clean, graded{
		{"another hire date", func(*world, *document.Document) {}, nil, ""},
		{"607 the same hire", func(_ *world, d *document.Document) {
			d.Movements[0].HiredOn = day("2010-01-01")
		}, []string{"I SPF-607 /movements/0/hired_on:30 [] want []"}, ""},
		{"the one that the contract names", func(w *world, _ *document.Document) { w.second() }, nil, ""},
		{"506 which of two", func(w *world, _ *document.Document) {
			w.second()
			w.employee().Employments[1].Contract = "01"
		}, []string{"P SPF-506 /movements/0/hired_on:30 [] want [2010-01-01…, 2018-02-01…]"},
			control.Parked},
		{"the one that is cited", func(w *world, d *document.Document) {
			w.second()
			w.employee().Employments[1].Contract = "01"
			d.Movements[0].Corrects = day("2018-02-01")
		}, nil, ""},
		{"602 that was never recorded", func(_ *world, d *document.Document) {
			d.Movements[0].Corrects = day("2009-12-31")
		}, []string{"E SPF-602 /movements/0/hired_on:30 [] want [2010-01-01…]"}, ""},
		{"602 of a dismissal that was not told", func(_ *world, d *document.Document) {
			end(d, "2018-04-12")
		}, []string{"E SPF-602 /movements/0/dismissed_on:30 [] want [2010-01-01…]"}, ""},
		{"another day of dismissal", func(w *world, d *document.Document) {
			ended(w)
			end(d, "2018-04-12")
		}, nil, ""},
		{"412 before the last day of service", func(w *world, d *document.Document) {
			ended(w)
			end(d, "2018-03-12")
			w.reported()
		}, []string{"E SPF-412 /movements/0/dismissed_on:30 [2018-03-12] want [≥ 2018-03-31]"}, ""},
		{"308 before the hire", func(w *world, d *document.Document) {
			ended(w)
			end(d, "2009-03-12")
		}, []string{"E SPF-308 /movements/0/dismissed_on:30 [2009-03-12] want [≥ 2010-01-01]"}, ""},
		{"507 twice in a form", func(_ *world, d *document.Document) {
			d.Movements = append(d.Movements, d.Movements[0])
			d.DeclaredMovements = 2
		}, []string{"E SPF-507 /movements/1/hired_on:31 [] want [2010-01-01…]"}, ""},
	}.cases())
}

func TestCancellationsOfMovements(t *testing.T) {
	t.Parallel()
	clean := func() *document.Document {
		d := pu2()
		d.Type, d.Year, d.Quarters = document.Cancellation, 2018, "1"
		d.Movements[0] = document.Movement{Names: d.Movements[0].Names}
		return d
	}
	runCases(t, clean, graded{
		{"of the only one", func(*world, *document.Document) {}, nil, ""},
		{"of the one in the form's quarters",
			func(w *world, _ *document.Document) { w.second() }, nil, ""},
		{"602 of none in them", func(w *world, d *document.Document) {
			w.second()
			d.Quarters = "4"
		}, []string{"E SPF-602 /movements/0/insurance_no:30 [] want [2010-01-01…, 2018-02-01…]"}, ""},
		{"612 of a hire with reports", func(w *world, _ *document.Document) { w.reported() },
			[]string{"E SPF-612 /movements/0/insurance_no:30 [2010-01-01] want " +
				"[1 (receipt R-2018-000001)]"}, ""},
		{"of a hire whose reports are cancelled",
			func(w *world, _ *document.Document) { w.cancelled() }, nil, ""},
	}.cases())

	for _, c := range []struct {
		name      string
		change    func(*world, *document.Document)
		dismissal bool
	}{
		{"the last movement is the hire", func(*world, *document.Document) {}, false},
		{"the last is the dismissal", func(w *world, _ *document.Document) {
			w.employment().EndedOn = day("2018-03-30")
		}, true},
		{"the dismissal by its day", func(w *world, d *document.Document) {
			w.employment().EndedOn = day("2018-03-30")
			d.Movements[0].DismissedOn = day("2018-03-30")
		}, true},
		{"all by the day of the hire", func(w *world, d *document.Document) {
			w.employment().EndedOn = day("2018-03-30")
			d.Movements[0].HiredOn = day("2010-01-01")
		}, false},
	} {
		w, d := newWorld(t), clean()
		c.change(w, d)
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		require.Equal(t, control.Accepted, v.Outcome, "%s: %v", c.name, show(v.Findings))
		require.Equal(t, employmentID, v.Matches[0].Employment, c.name)
		require.Equal(t, c.dismissal, v.Matches[0].Dismissal, c.name)
	}
}

// A certificate is issued again to somebody who is known, by number and names.
func TestCertificateAgain(t *testing.T) {
	t.Parallel()
	clean := func() *document.Document {
		d := pu1()
		d.Type = document.Restore
		d.Registration.PersonalData = document.PersonalData{InsuranceNo: known,
			Surname: "КУЛЁМИН", Name: "ПЁТР"}
		return d
	}
	runCases(t, clean, graded{
		{"of a known person", func(*world, *document.Document) {}, nil, ""},
		{"107 without a number", func(_ *world, d *document.Document) {
			d.Registration.InsuranceNo = ""
		}, []string{"E SPF-107 /registration/insurance_no:5 [] want []"}, ""},
		{"501 of a stranger", func(_ *world, d *document.Document) {
			d.Registration.InsuranceNo = stranger
		}, []string{"P SPF-501 /registration/insurance_no:5 [3••••••••••••2] want [ПУ-1 Р]"},
			control.Parked},
		{"502 of another name", func(_ *world, d *document.Document) {
			d.Registration.Surname = "САДОВСКИЙ"
		}, []string{"E SPF-502 /registration/surname:5 [С•••••••Й] want [К•••••Н]"}, ""},
	}.cases())
}
