package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/period"
)

// ruleCase changes a clean document or the world in one way; the findings are all that
// this may cause.
type ruleCase struct {
	name    string
	change  func(*world, *document.Document)
	want    []string
	outcome control.Outcome // "" means rejected
}

func runCases(t *testing.T, clean func() *document.Document, cases []ruleCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, d := newWorld(t), clean()
			c.change(w, d)
			v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
			want := c.want
			if want == nil {
				want = []string{}
			}
			require.Equal(t, want, show(v.Findings))
			outcome := c.outcome
			if outcome == "" {
				outcome = control.Rejected
			}
			require.Equal(t, outcome, v.Outcome)
			for _, f := range v.Findings {
				require.Equal(t, d.No, f.Document)
				require.Equal(t, control.DefaultPackVersion, f.RuleVersion)
				require.NotContains(t, f.Message.RU+f.Message.BE+f.Message.EN, "{")
			}
		})
	}
}

func TestCleanDocumentsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, d := range []*document.Document{pu3(), pu2(), dismissal(), pu1(), change(), payment()} {
		w := newWorld(t)
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		require.Empty(t, show(v.Findings), "%s %s", d.Form, d.Type)
		require.Equal(t, control.Accepted, v.Outcome)
		require.Empty(t, v.Awaits)
		require.Zero(t, v.Until)
	}
}

func month(d *document.Document, n int) *document.Month { return &d.Data.Months[n-1] }

func service(d *document.Document, i int) *document.Service { return &d.Data.Service[i] }

func addService(d *document.Document, list ...document.Service) {
	d.Data.Service, d.Data.DeclaredService = list, len(list)
}

func setPay(d *document.Document, n int, earnings, contributions string) {
	m := month(d, n)
	m.Earnings, m.Contributions = rubles(earnings), rubles(contributions)
	m.Paid = min(m.Paid, m.Contributions)
	d.Data.Declared = nil
}

// fieldCases are about the fields of a ПУ-3.
var fieldCases = []ruleCase{
	{"107 names and number", func(_ *world, d *document.Document) {
		d.Data.Surname, d.Data.Insurance = "", ""
	}, []string{"E SPF-107 /individual_data/surname:5 [] want []",
		"E SPF-107 /individual_data/insurance_no:5 [] want []"}, ""},
	{"107 category", func(_ *world, d *document.Document) { d.Data.Category = "" },
		[]string{"E SPF-107 /individual_data/category:5 [] want []"}, ""},
	{"107 year", func(_ *world, d *document.Document) { d.Year = 0 },
		[]string{"E SPF-107 /year:5 [] want []"}, ""},
	{"107 type", func(_ *world, d *document.Document) { d.Type = "" },
		[]string{"E SPF-107 /type:5 [] want [И, К, О, П, В]"}, ""},
	{"107 type and all else", func(_ *world, d *document.Document) {
		d.Type, d.Data.DeclaredMonths = "", 4
		month(d, 2).Paid, d.Data.Declared = rubles("9.00"), nil
	}, []string{"E SPF-107 /type:5 [] want [И, К, О, П, В]",
		"E SPF-303 /individual_data/declared_months:5 [4] want [3]",
		"W SPF-313 /individual_data/months/1/paid:11 [9.00] want [≤ 8.00]"}, ""},
	{"107 neither months nor service", func(_ *world, d *document.Document) {
		d.Data.Months, d.Data.Service, d.Data.Declared = nil, nil, nil
		d.Data.DeclaredMonths, d.Data.DeclaredService = -1, -1
	}, []string{"E SPF-107 /individual_data/months:5 [] want []"}, ""},
	{"111 quarters", func(_ *world, d *document.Document) { d.Quarters = "21" },
		[]string{"E SPF-111 /quarters:5 [21] want [1, 12, 234 …]"}, ""},
	{"quarters may be blank", func(_ *world, d *document.Document) { d.Quarters = "" },
		nil, control.Accepted},
	{"113 registration", func(_ *world, d *document.Document) { d.Type = "Р" },
		[]string{"E SPF-113 /type:5 [Р] want [И, К, О, П, В]"}, ""},
	{"013 fund number of somebody else", func(_ *world, d *document.Document) {
		d.FundNo = "602000018"
	}, []string{"E SPF-013 /fund_no:5 [602000018] want [602000017]"}, ""},
	{"207 fund number", func(_ *world, d *document.Document) { d.FundNo = "902000017" },
		[]string{"E SPF-207 /fund_no:5 [902000017] want [602000017]"}, ""},
	{"204 insurance number", func(_ *world, d *document.Document) { d.Data.Insurance = "32702" },
		[]string{"E SPF-204 /individual_data/insurance_no:5 [3•••2] want [3DDMMYYA999PB9]"}, ""},
	{"205 insurance number", func(_ *world, d *document.Document) {
		d.Data.Insurance = "3270287A012PB3"
	}, []string{"E SPF-205 /individual_data/insurance_no:5 [3] want [2]"}, ""},
	{"Cyrillic look-alikes in the number are read", func(_ *world, d *document.Document) {
		d.Data.Insurance = "3270287А012РВ2"
	}, nil, control.Accepted},
	{"112 Latin letter in a name", func(_ *world, d *document.Document) {
		d.Data.Surname = "КУЛЁMИН"
	}, []string{"W SPF-112 /individual_data/surname:5 [••••M•• (U+004D)] want " +
		"[••••М•• (U+041C)]"}, control.Accepted},
	{"112 most letters are Latin", func(_ *world, d *document.Document) {
		d.Data.Surname = "КYЛЁMИH"
	}, []string{"W SPF-112 /individual_data/surname:5 [•Y••••• (U+0059; 5, 7)] want " +
		"[•У••••• (U+0423)]"}, control.Accepted},
	{"208 category not in force yet", func(_ *world, d *document.Document) {
		d.Data.Category = "30"
	}, []string{"E SPF-208 /individual_data/category:5 [30] want []"}, ""},
	{"209 activity", func(_ *world, d *document.Document) { service(d, 0).Activity = "ПЕДР" },
		[]string{"E SPF-209 /individual_data/service/0/activity:20 [ПЕДР] want []"}, ""},
	{"209 activity of other categories", func(_ *world, d *document.Document) {
		service(d, 0).Activity = "ДОГОВОР"
	}, []string{"E SPF-209 /individual_data/service/0/activity:20 [ДОГОВОР] want [03, 11]"}, ""},
	{"activity with a number", func(_ *world, d *document.Document) {
		service(d, 0).Activity = "МЕДФАКТ/30"
	}, nil, control.Accepted},
	{"210 occupation", func(_ *world, d *document.Document) {
		service(d, 0).Occupation = "0000-000"
	}, []string{"E SPF-210 /individual_data/service/0/occupation:20 [0000-000] want []"}, ""},
	{"211 tariff", func(_ *world, d *document.Document) { month(d, 2).Tariff = "77" },
		[]string{"W SPF-211 /individual_data/months/1/tariff:11 [77] want []"}, control.Accepted},
	{"no code lists, no findings", func(w *world, d *document.Document) {
		w.facts.Law = account.NewLaw()
		month(d, 2).Tariff, service(d, 0).Activity = "77", "ПЕДР"
	}, nil, control.Accepted},
	{"212 month outside the quarter", func(_ *world, d *document.Document) {
		month(d, 3).Number = 4
	}, []string{"E SPF-212 /individual_data/months/2/month:12 [4] want [1, 2, 3]"}, ""},
	{"212 a month that does not exist says nothing of its tariff", func(w *world,
		d *document.Document) {
		month(d, 3).Number = 13
	}, []string{"E SPF-212 /individual_data/months/2/month:12 [13] want [1, 2, 3]"}, ""},
	{"107 month", func(_ *world, d *document.Document) { month(d, 3).Number = 0 },
		[]string{"E SPF-107 /individual_data/months/2/month:12 [] want []"}, ""},
	{"213 future", func(_ *world, d *document.Document) { d.FilledOn = day("2018-04-21") },
		[]string{"E SPF-213 /filled_on:5 [2018-04-21] want [≤ 2018-04-20]"}, ""},
	{"213 future month and service", func(w *world, _ *document.Document) {
		w.facts.Today = day("2018-02-28")
	}, []string{"E SPF-213 /filled_on:5 [2018-04-12] want [≤ 2018-02-28]",
		"E SPF-213 /individual_data/months/2/month:12 [2018-03] want [≤ 2018-02]",
		"E SPF-213 /individual_data/service/0/to:20 [2018-03-31] want [≤ 2018-02-28]"}, ""},
	{"215 civil contract", func(w *world, d *document.Document) {
		d.Data.Category = "03"
		w.employment().Contract = "03"
	}, []string{"E SPF-215 /individual_data/contract_no:5 [] want []",
		"E SPF-215 /individual_data/contract_date:5 [] want []"}, ""},
	{"611 before the payer was registered", func(w *world, _ *document.Document) {
		w.payers[unp].Since = day("2018-04-01")
	}, []string{"W SPF-611 /year:5 [2018] want [≥ 2018-04-01]"}, control.Accepted},
}

func TestIndividualDataFields(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, fieldCases)
}

func TestPeriodsAndVersions(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"601 reported already", func(w *world, _ *document.Document) { w.report(2018, "1", "800.00") },
			[]string{"E SPF-601 /type:5 [И] want [К, receipt R-2018-000001]"}, ""},
		{"601 a quarter of two", func(w *world, d *document.Document) {
			w.report(2018, "1", "800.00")
			d.Quarters = "12"
		}, []string{"E SPF-601 /type:5 [И] want [К, receipt R-2018-000001]"}, ""},
		{"another category is another slot", func(w *world, _ *document.Document) {
			w.report(2018, "1", "800.00").Category = "07"
		}, nil, control.Accepted},
		{"another payer's report does not matter", func(w *world, _ *document.Document) {
			w.report(2018, "1", "800.00").Payer = otherUNP
		}, nil, control.Accepted},
		{"the quarter before", func(w *world, _ *document.Document) { w.report(2017, "4", "800.00") },
			nil, control.Accepted},
		{"608 gap", func(w *world, _ *document.Document) { w.report(2017, "3", "800.00") },
			[]string{"W SPF-608 /quarters:5 [2018-Q1] want [2017-Q4]"}, control.Accepted},
		{"608 overlap", func(w *world, _ *document.Document) {
			s := w.report(2017, "4", "800.00")
			s.Service[2].To = day("2018-01-10")
		}, []string{"W SPF-608 /individual_data/service/0/from:20 [2018-01-01…2018-03-31] want " +
			"[other than 2017-12-01…2018-01-10]"}, control.Accepted},
		{"609 ten times the usual", func(w *world, d *document.Document) {
			w.report(2017, "1234", "800.00")
			setPay(d, 1, "2400.01", "24.00")
			setPay(d, 2, "266.66", "2.67")
		}, []string{"W SPF-609 /individual_data/months/0/earnings:10 [2400.01] want [≈ 800.00]",
			"W SPF-609 /individual_data/months/1/earnings:11 [266.66] want [≈ 800.00]"},
			control.Accepted},
		{"three times the usual is usual", func(w *world, d *document.Document) {
			w.report(2017, "1234", "800.00")
			setPay(d, 1, "2400.00", "24.00")
		}, nil, control.Accepted},
		{"a short history has no median", func(w *world, d *document.Document) {
			w.report(2017, "4", "80.00")
		}, nil, control.Accepted},
	})
}

func TestQuarters(t *testing.T) {
	t.Parallel()
	d := pu3()
	require.Equal(t, "1", control.Quarters(d))
	d.Quarters = ""
	require.Equal(t, "1", control.Quarters(d))
	d.Data.Service[0].To = period.MustDate("2018-12-31")
	require.Equal(t, "1234", control.Quarters(d))
	d.Data.Service[0] = document.Service{From: day("0001-01-01"), To: day("9999-12-31")}
	require.Equal(t, "1234", control.Quarters(d))
	require.Empty(t, control.Quarters(&document.Document{}))
}

func TestEndlessServiceIsChecked(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), pu3()
	d.Data.Service[0].From, d.Data.Service[0].To = day("0001-01-01"), period.MustDate("9999-12-31")
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Rejected, v.Outcome)
}
