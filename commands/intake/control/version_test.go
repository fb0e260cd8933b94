package control_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// correction is a clean ПУ-3 К of the known employee: other pay in the first quarter.
func correction() *document.Document {
	d := pu3()
	d.Type = document.Correction
	for n := 1; n <= 3; n++ {
		*month(d, n) = document.Month{Number: n, Tariff: "1", Totals: document.Totals{
			Earnings: rubles("900.00"), Contributions: rubles("9.00"), Paid: rubles("9.00")}}
	}
	d.Data.Declared = &document.Totals{Earnings: rubles("2700.00"),
		Contributions: rubles("27.00"), Paid: rubles("27.00")}
	return d
}

// reported has a report of the first quarter in the account that pu3 files.
func (w *world) reported() *account.Slot {
	s := w.report(2018, "1", "800.00")
	d := pu3().Data
	for i := range s.Months {
		m := &s.Months[i]
		m.Contributions, m.Paid = rubles("8.00"), rubles("8.00")
		m.Tariff = d.Months[i].Tariff
	}
	s.Service = []event.ServicePeriod{{From: day("2018-01-01"), To: day("2018-03-31")}}
	return s
}

// graded are cases whose outcome follows from what is found.
type graded []ruleCase

func (g graded) cases() []ruleCase {
	for i := range g {
		refused := slices.ContainsFunc(g[i].want, func(line string) bool { return line[0] == 'E' })
		if g[i].outcome == "" && !refused {
			g[i].outcome = control.Accepted
		}
	}
	return g
}

// cancelled has a report that was taken back.
func (w *world) cancelled() {
	s := w.reported()
	s.Former = []account.Version{{Version: 1, Receipt: "R-2018-000001", Months: s.Months,
		Service: s.Service}}
	s.Version, s.Receipt, s.Months, s.Service = 2, "R-2018-000002", nil, nil
}

func TestVersions(t *testing.T) {
	t.Parallel()
	head := func(w *world, _ *document.Document) { w.reported() }
	runCases(t, correction, graded{
		{"a correction", head, nil, ""},
		{"that cites the head", func(w *world, d *document.Document) {
			w.reported()
			d.Supersedes = "R-2018-000001"
		}, nil, ""},
		{"603 that cites another receipt", func(w *world, d *document.Document) {
			w.reported()
			d.Supersedes = "R-2017-000009"
		}, []string{"E SPF-603 /supersedes:5 [R-2017-000009] want [R-2018-000001]"}, ""},
		{"602 nothing is reported", func(*world, *document.Document) {},
			[]string{"E SPF-602 /quarters:5 [1] want []"}, ""},
		{"602 other quarters are", func(w *world, d *document.Document) {
			w.report(2018, "1", "800.00")
			w.report(2018, "2", "800.00").Receipt = "R-2018-000003"
			d.Quarters = "12"
		}, []string{"E SPF-602 /quarters:5 [12] want [1 (receipt R-2018-000001), " +
			"2 (receipt R-2018-000003)]"}, ""},
		{"602 what was reported is cancelled", func(w *world, _ *document.Document) { w.cancelled() },
			[]string{"E SPF-602 /quarters:5 [1] want []"}, ""},
		{"blank quarters are those of the months", func(w *world, d *document.Document) {
			w.reported()
			d.Quarters = ""
		}, nil, ""},
		{"307 a month below zero", func(w *world, d *document.Document) {
			w.reported()
			month(d, 2).Benefits = rubles("-1.00")
			d.Data.Declared.Benefits = rubles("-1.00")
		}, []string{"E SPF-307 /individual_data/months/1/benefits:11 [-1.00] want [≥ 0.00]"}, ""},
		{"a line below zero in a month above", func(w *world, d *document.Document) {
			w.reported()
			d.Data.Months = append(d.Data.Months, document.Month{Number: 3, Tariff: "2",
				Totals: document.Totals{Earnings: rubles("-100.00")}})
			d.Data.DeclaredMonths, d.Data.Declared.Earnings = 4, rubles("2600.00")
		}, nil, ""},
		{"412 service after the dismissal", func(w *world, _ *document.Document) {
			w.reported()
			w.employment().EndedOn = day("2018-02-28")
		}, []string{"E SPF-412 /individual_data/service/0/to:20 [2018-03-31] want [≤ 2018-02-28]"}, ""},
		{"605 less than was paid", func(w *world, d *document.Document) {
			w.reported()
			month(d, 2).Totals = document.Totals{Earnings: rubles("600.00"),
				Contributions: rubles("6.00"), Paid: rubles("6.00")}
			*d.Data.Declared = d.Data.Sum()
		}, []string{"W SPF-605 /individual_data/months/1/contributions:11 [6.00] want [≥ 8.00]"}, ""},
		{"607 nothing new", func(w *world, d *document.Document) {
			w.reported()
			d.Data = pu3().Data
		}, []string{"I SPF-607 /type:5 [] want [R-2018-000001]"}, ""},
		{"608 service that another quarter has", func(w *world, d *document.Document) {
			w.reported()
			w.report(2018, "2", "800.00").Service[0].From = day("2018-03-15")
		}, []string{"W SPF-608 /individual_data/service/0/from:20 [2018-01-01…2018-03-31] " +
			"want [other than 2018-03-15…2018-04-30]"}, ""},
	}.cases())
}

// confirmedMonths has officers confirm some months of the employee's account.
func (w *world) confirmedMonths(state account.ConfirmationState) {
	p := w.employee()
	p.Confirmations = append(p.Confirmations, account.Confirmation{State: state,
		From: period.MustMonth("2017-07"), To: period.MustMonth("2018-02")})
}

func TestConfirmedPeriods(t *testing.T) {
	t.Parallel()
	parked := []string{"P SPF-606 /quarters:5 [1] want [2017-07…2018-02]"}
	runCases(t, correction, graded{
		{"606 while it holds", func(w *world, _ *document.Document) {
			w.reported()
			w.confirmedMonths(account.SetAsideProposed)
		}, parked, control.Parked},
		{"not once it is set aside", func(w *world, _ *document.Document) {
			w.reported()
			w.confirmedMonths(account.ConfirmationSetAside)
		}, nil, ""},
		{"607 nor what changes nothing", func(w *world, d *document.Document) {
			w.reported()
			w.confirmedMonths(account.ConfirmationHolds)
			d.Data = pu3().Data
		}, []string{"I SPF-607 /type:5 [] want [R-2018-000001]"}, ""},
	}.cases())
	runCases(t, pu3, graded{
		{"606 an original", func(w *world, _ *document.Document) {
			w.confirmedMonths(account.ConfirmationHolds)
		}, parked, control.Parked},
	}.cases())
}

func TestCancellations(t *testing.T) {
	t.Parallel()
	cancellation := func() *document.Document {
		d := pu3()
		d.Type = document.Cancellation
		d.Data.Months, d.Data.Service, d.Data.Declared = nil, nil, nil
		d.Data.DeclaredMonths, d.Data.DeclaredService = -1, -1
		return d
	}
	runCases(t, cancellation, graded{
		{"of a report", func(w *world, _ *document.Document) { w.reported() }, nil, ""},
		{"of the only report of the year", func(w *world, d *document.Document) {
			w.reported()
			d.Quarters = ""
		}, nil, ""},
		{"that repeats what it cancels", func(w *world, d *document.Document) {
			w.reported()
			d.Data = pu3().Data
			d.Data.Declared.Earnings++
		}, nil, ""},
		{"602 twice", func(w *world, _ *document.Document) { w.cancelled() },
			[]string{"E SPF-602 /quarters:5 [1] want []"}, ""},
		{"506 of one of two", func(w *world, d *document.Document) {
			w.reported()
			w.report(2018, "2", "800.00")
			d.Quarters = ""
		}, []string{"P SPF-506 /individual_data/contract_no:5 [] want [1 (receipt R-2018-000001), " +
			"2 (receipt R-2018-000001)]"}, control.Parked},
		{"604 behind a pension", func(w *world, _ *document.Document) {
			w.reported()
			w.employee().Cases = []account.Case{{State: account.CaseAwarded,
				Award: event.Award{From: day("2018-04-01")}}}
		}, []string{"W SPF-604 /type:5 [О] want []"}, ""},
		{"before a pension that began earlier", func(w *world, _ *document.Document) {
			w.reported()
			w.employee().Cases = []account.Case{{State: account.CaseAwarded,
				Award: event.Award{From: day("2018-01-01")}}}
		}, nil, ""},
	}.cases())
}

func TestRestores(t *testing.T) {
	t.Parallel()
	restore := func() *document.Document {
		d := pu3()
		d.Type, d.Restores = document.Restore, 1
		d.Data.Months, d.Data.Service, d.Data.Declared = nil, nil, nil
		d.Data.DeclaredMonths, d.Data.DeclaredService = -1, -1
		return d
	}
	runCases(t, restore, graded{
		{"of what was cancelled", func(w *world, _ *document.Document) { w.cancelled() }, nil, ""},
		{"603 of what has changed since", func(w *world, d *document.Document) {
			w.cancelled()
			d.Supersedes = "R-2018-000001"
		}, []string{"E SPF-603 /supersedes:5 [R-2018-000001] want [R-2018-000002]"}, ""},
		{"107 of no version", func(w *world, d *document.Document) {
			w.reported()
			d.Restores = 0
		}, []string{"E SPF-107 /restores:5 [] want []",
			"E SPF-602 /restores:5 [0] want []"}, ""},
		{"602 of a version that never was", func(w *world, d *document.Document) {
			w.cancelled()
			d.Restores = 7
		}, []string{"E SPF-602 /restores:5 [7] want [1]"}, ""},
		{"607 of what is in force", func(w *world, _ *document.Document) { w.reported() },
			[]string{"I SPF-607 /restores:5 [1] want [R-2018-000001]"}, ""},
	}.cases())
}

func TestReportsForAPension(t *testing.T) {
	t.Parallel()
	forPension := func() *document.Document {
		d := pu3()
		d.Type = document.ForPension
		return d
	}
	claim := func(state account.CaseState) func(*world, *document.Document) {
		return func(w *world, d *document.Document) {
			w.employee().Cases = []account.Case{{State: state, ClaimedOn: day("2018-04-02")}}
		}
	}
	runCases(t, forPension, graded{
		{"without a claim", func(*world, *document.Document) {}, nil, ""},
		{"of an open claim", claim(account.CaseCalculated), nil, ""},
		{"610 of a decided claim", claim(account.CaseAwarded),
			[]string{"E SPF-610 /type:5 [П] want [И, К]"}, ""},
		{"of another claim than the decided one", func(w *world, d *document.Document) {
			claim(account.CaseRefused)(w, d)
			d.Data.ClaimedOn = day("2018-04-19")
		}, nil, ""},
		{"601 of a quarter that is reported", func(w *world, _ *document.Document) { w.reported() },
			[]string{"E SPF-601 /type:5 [П] want [К, receipt R-2018-000001]"}, ""},
	}.cases())
	runCases(t, pu3, graded{
		{"the ordinary report follows", func(w *world, _ *document.Document) {
			w.reported().ForPension = true
		}, nil, ""},
		{"601 and must not leave out a month", func(w *world, d *document.Document) {
			w.reported().ForPension = true
			d.Data.Months = d.Data.Months[1:]
			d.Data.DeclaredMonths, *d.Data.Declared = 2, d.Data.Sum()
		}, []string{"E SPF-601 /type:5 [И] want [К, receipt R-2018-000001]",
			"W SPF-411 /individual_data/service/0/from:20 [2018-01: 0.00] want [> 0.00]"}, ""},
		{"an original follows a cancellation",
			func(w *world, _ *document.Document) { w.cancelled() }, nil, ""},
	}.cases())
}

// Of two contracts without a number, the days of the correction tell which one it is of.
func TestCorrectionFindsTheEmploymentByItsDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := uuid.MustParse("22222222-2222-4222-8222-222222222222")
	w.employment().EndedOn = day("2018-02-10")
	w.employee().Employments = append(w.employee().Employments, account.Employment{ID: second,
		Payer: unp, Contract: "01", HiredOn: day("2018-02-15"), Form: "ПУ-2"})
	w.reported()
	w.reported().Employment = second
	d := correction()
	d.Data.Service[0].From = day("2018-02-15")
	d.Data.Months = d.Data.Months[1:]
	d.Data.DeclaredMonths, *d.Data.Declared = 2, d.Data.Sum()
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Accepted, v.Outcome, "%v", show(v.Findings))
	require.Equal(t, second, v.Slot.Employment)
}
