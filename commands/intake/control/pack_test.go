package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
)

func TestPack(t *testing.T) {
	t.Parallel()
	cases := map[string]packCase{
		"clean":  {func(*world, *document.Pack) {}, nil},
		"no UNP": {func(_ *world, p *document.Pack) { p.UNP = "" }, one("F SPF-107 /unp:5 [] want []")},
		"201": {func(_ *world, p *document.Pack) { p.UNP = "200988542" },
			one("E SPF-201 /unp:5 [200988542] want [1]")},
		"202": {func(_ *world, p *document.Pack) { p.UNP = "2009" },
			one("E SPF-202 /unp:5 [2009] want []")},
		"look-alikes, and payments by a treasury": {func(w *world, p *document.Pack) {
			w.facts.Payer, p.UNP, p.FundNo = w.payers[otherUNP], "МА1953684", ""
			p.Form = document.Payments
		}, nil},
		"007": {func(_ *world, p *document.Pack) { p.UNP = otherUNP },
			one("F SPF-007 /unp:5 [MA1953684] want [200988541]")},
		"007 payments by an employer": {func(_ *world, p *document.Pack) {
			p.Form = document.Payments
		}, one("F SPF-007 /form:5 [ПЛАТЕЖИ] want []")},
		"012": {func(w *world, _ *document.Pack) { w.facts.Payer = account.NewPayer(unp) },
			one("F SPF-012 /unp:5 [200988541] want []")},
		"012 nobody": {func(w *world, _ *document.Pack) { w.facts.Payer = nil },
			one("F SPF-012 /unp:5 [200988541] want []")},
		"012 deregistered": {func(w *world, _ *document.Pack) {
			w.payers[unp].DeregisteredOn = day("2018-04-20")
		}, one("F SPF-012 /unp:5 [200988541] want [2018-04-20]")},
		"deregistered from tomorrow": {func(w *world, _ *document.Pack) {
			w.payers[unp].DeregisteredOn = day("2018-04-21")
		}, nil},
		"013": {func(_ *world, p *document.Pack) { p.FundNo = "602000018" },
			one("F SPF-013 /fund_no:5 [602000018] want [602000017]")},
		"207": {func(_ *world, p *document.Pack) { p.FundNo = "600000018" },
			one("E SPF-207 /fund_no:5 [600000018] want [602000017]")},
		"701": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-05-15") },
			one("I SPF-701 :5 [2018-05-15] want [≤ 2018-04-30]")},
		"702 three working days": {func(w *world, _ *document.Pack) {
			w.facts.Arrived = day("2018-05-03")
		}, one("I SPF-702 :5 [2018-05-03] want [≤ 2018-04-30]")},
		"701 the fourth": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-05-04") },
			one("I SPF-701 :5 [2018-05-04] want [≤ 2018-04-30]")},
		"in time": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-04-30") }, nil},
	}
	runPacks(t, cases)
}

func TestDeclaredContents(t *testing.T) {
	t.Parallel()
	declared := func(documents int, earnings string, nominal bool) func(*world, *document.Pack) {
		return func(_ *world, p *document.Pack) {
			p.Declared = &document.PackTotals{Documents: documents, Nominal: nominal,
				Totals: &document.Totals{Earnings: rubles(earnings),
					Contributions: rubles("24.00"), Paid: rubles("24.00")}}
		}
	}
	runPacks(t, map[string]packCase{
		"right": {declared(1, "2400.00", false), nil},
		"105": {declared(2, "4800.00", false),
			one("F SPF-105 /declared/documents:5 [2] want [1]")},
		"105 nominal": {declared(2, "0.00", true),
			one("W SPF-105 /declared/documents:5 [2] want [1]")},
		"302": {declared(1, "2400.01", false),
			one("E SPF-302 /declared/totals/earnings:5 [2400.01] want [2400.00]")},
		"302 nominal": {declared(1, "0.00", true),
			one("W SPF-302 /declared/totals/earnings:5 [0.00] want [2400.00]")},
	})
}

// packCase changes the world or a clean pack of one ПУ-3.
type packCase struct {
	change func(*world, *document.Pack)
	want   []string
}

func one(finding string) []string { return []string{finding} }

func runPacks(t *testing.T, cases map[string]packCase) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), newPack(document.PU3)
			var seen control.PackCounts
			seen.Count(pu3())
			c.change(w, p)
			want := c.want
			if want == nil {
				want = []string{}
			}
			require.Equal(t, want, show(w.engine(t).Pack(&w.facts, p, seen)))
		})
	}
}

func TestPackCounts(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newPack(document.PU3)
	e := w.engine(t)
	p.Declared = &document.PackTotals{Documents: 1, Totals: &document.Totals{}}
	var broken control.PackCounts
	d := pu3()
	d.Faults = []document.Fault{{Code: "SPF-111", Pointer: "/individual_data/months/1/paid"}}
	broken.Count(d)
	require.Empty(t, e.Pack(&w.facts, p, broken), "sums that were not read cannot be compared")

	p.Declared.Totals = &document.Totals{Earnings: rubles("2400.00"),
		Contributions: rubles("24.00"), Paid: rubles("24.00")}
	var wrongHead control.PackCounts
	d = pu3()
	d.Data.Declared.Earnings = rubles("9.99") // SPF-301 of its own
	wrongHead.Count(d)
	require.Empty(t, e.Pack(&w.facts, p, wrongHead))

	var many control.PackCounts
	p.Declared = nil
	for range 201 {
		many.Count(pu3())
	}
	require.Equal(t, []string{"W SPF-106 :5 [201] want [≤ 200]"}, show(e.Pack(&w.facts, p, many)))
	p.Version = ""
	require.Empty(t, e.Pack(&w.facts, p, many), "only text packs have that limit")
}
