package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
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

func month(d *document.Document, n int) *document.Month     { return &d.Data.Months[n-1] }
func service(d *document.Document, i int) *document.Service { return &d.Data.Service[i] }
func addService(d *document.Document, list ...document.Service) {
	d.Data.Service, d.Data.DeclaredService = list, len(list)
}

func TestIndividualDataFields(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"107 names and number", func(_ *world, d *document.Document) {
			d.Data.Surname, d.Data.Insurance = "", ""
		}, []string{"E SPF-107 /individual_data/surname:5 [] want []",
			"E SPF-107 /individual_data/insurance_no:5 [] want []"}, ""},
		{"107 category", func(_ *world, d *document.Document) { d.Data.Category = "" },
			[]string{"E SPF-107 /individual_data/category:5 [] want []"}, ""},
		{"107 year", func(_ *world, d *document.Document) { d.Year = 0 },
			[]string{"E SPF-107 /year:5 [] want []"}, ""},
		{"107 type", func(_ *world, d *document.Document) { d.Type = "" },
			[]string{"E SPF-107 /type:5 [] want [И]"}, ""},
		{"107 neither months nor service", func(_ *world, d *document.Document) {
			d.Data.Months, d.Data.Service, d.Data.Declared = nil, nil, nil
			d.Data.DeclaredMonths, d.Data.DeclaredService = -1, -1
		}, []string{"E SPF-107 /individual_data/months:5 [] want []"}, ""},
		{"111 quarters", func(_ *world, d *document.Document) { d.Quarters = "21" },
			[]string{"E SPF-111 /quarters:5 [21] want [1, 12, 234 …]"}, ""},
		{"quarters may be blank", func(_ *world, d *document.Document) { d.Quarters = "" },
			nil, control.Accepted},
		{"113 correction", func(_ *world, d *document.Document) { d.Type = "К" },
			[]string{"E SPF-113 /type:5 [К] want [И]"}, ""},
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
		{"208 category not in force yet", func(_ *world, d *document.Document) {
			d.Data.Category = "30"
		}, []string{"E SPF-208 /individual_data/category:5 [30] want []"}, ""},
		{"209 activity", func(_ *world, d *document.Document) { service(d, 0).Activity = "ПЕДР" },
			[]string{"E SPF-209 /individual_data/service/0/activity:20 [ПЕДР] want []"}, // What is unknown is not taken for paid work either, so no SPF-411 follows.
			""},
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
	})
}

func TestIndividualDataArithmetic(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"301 each sum", func(_ *world, d *document.Document) {
			d.Data.Declared.Earnings = rubles("2500.00")
			d.Data.Declared.Paid = rubles("25.00")
		}, []string{"E SPF-301 /individual_data/declared/earnings:5 [2500.00] want [2400.00]",
			"E SPF-301 /individual_data/declared/paid:5 [25.00] want [24.00]"}, ""},
		{"303 counts", func(_ *world, d *document.Document) {
			d.Data.DeclaredMonths, d.Data.DeclaredService = 4, 0
		}, []string{"E SPF-303 /individual_data/declared_months:5 [4] want [3]",
			"E SPF-303 /individual_data/declared_service:5 [0] want [1]"}, ""},
		{"no declared counts", func(_ *world, d *document.Document) {
			d.Data.DeclaredMonths, d.Data.DeclaredService, d.Data.Declared = -1, -1, nil
		}, nil, control.Accepted},
		{"304 a kopeck", func(_ *world, d *document.Document) {
			month(d, 1).Contributions = rubles("8.01")
			d.Data.Declared.Contributions = rubles("24.01")
		}, []string{"W SPF-304 /individual_data/months/0/contributions:10 [8.01] want [8.00]"},
			control.Accepted},
		{"304 more", func(_ *world, d *document.Document) {
			month(d, 1).Contributions = rubles("9.00")
			d.Data.Declared.Contributions = rubles("25.00")
		}, []string{"E SPF-304 /individual_data/months/0/contributions:10 [9.00] want [8.00]"}, ""},
		{"no rate, no recomputing", func(_ *world, d *document.Document) {
			month(d, 1).Contributions, month(d, 1).Tariff = rubles("9.00"), "2"
			d.Data.Declared.Contributions = rubles("25.00")
		}, nil, control.Accepted},
		{"305 contributions above the ceiling", func(_ *world, d *document.Document) {
			setPay(d, 2, "5000.00", "50.00") // the ceiling of February is 4295.00
		}, []string{"W SPF-305 /individual_data/months/1/contributions:11 [50.00] want [42.95]"},
			control.Accepted},
		{"earnings above the ceiling are legal", func(_ *world, d *document.Document) {
			setPay(d, 2, "5000.00", "42.95")
		}, nil, control.Accepted},
		{"no wage published, no ceiling", func(w *world, d *document.Document) {
			w.facts.Today = day("2018-08-20")
			d.Quarters = "2"
			addService(d, document.Service{From: day("2018-04-01"), To: day("2018-06-30")})
			for i := range d.Data.Months {
				d.Data.Months[i].Number = 4 + i
			}
			setPay(d, 2, "9000.00", "90.00")
		}, nil, control.Accepted},
		{"306 below the minimum wage", func(w *world, d *document.Document) {
			d.Data.Category = "10"
			setPay(d, 3, "304.99", "3.05")
		}, []string{"W SPF-306 /individual_data/months/2/earnings:12 [304.99] want [≥ 305.00]"},
			control.Accepted},
		{"a part of a month has no minimum", func(w *world, d *document.Document) {
			d.Data.Category = "10"
			setPay(d, 3, "304.99", "3.05")
			service(d, 0).To = day("2018-03-30")
		}, nil, control.Accepted},
		{"307 negative", func(_ *world, d *document.Document) {
			month(d, 1).Paid = rubles("-8.00")
			d.Data.Declared.Paid = rubles("8.00")
		}, []string{"E SPF-307 /individual_data/months/0/paid:10 [-8.00] want [≥ 0.00]"}, ""},
		{"307 negative pay says no more", func(_ *world, d *document.Document) {
			setPay(d, 1, "-800.00", "8.00")
		}, []string{"E SPF-307 /individual_data/months/0/earnings:10 [-800.00] want [≥ 0.00]"}, ""},
	})
}

func setPay(d *document.Document, n int, earnings, contributions string) {
	m := month(d, n)
	m.Earnings, m.Contributions = rubles(earnings), rubles(contributions)
	d.Data.Declared = nil
}

func TestServiceRules(t *testing.T) {
	t.Parallel()
	run := func(from, to, activity string) document.Service {
		return document.Service{From: day(from), To: day(to), Activity: activity}
	}
	runCases(t, pu3, []ruleCase{
		{"107 ends", func(_ *world, d *document.Document) { service(d, 0).To = 0 },
			[]string{"E SPF-107 /individual_data/service/0/to:20 [] want []"}, ""},
		{"308 end before start", func(_ *world, d *document.Document) {
			addService(d, run("2018-01-01", "2018-03-31", ""), run("2018-03-01", "2018-02-01", ""))
		}, []string{"E SPF-308 /individual_data/service/1/to:21 [2018-02-01] want [≥ 2018-03-01]"}, ""},
		{"308 the only one", func(_ *world, d *document.Document) {
			service(d, 0).To = day("2017-12-31")
		}, []string{"E SPF-308 /individual_data/service/0/to:20 [2017-12-31] want [≥ 2018-01-01]"}, ""},
		{"308 another year", func(_ *world, d *document.Document) {
			service(d, 0).From = day("2017-12-15")
		}, []string{"E SPF-308 /individual_data/service/0/from:20 [2017-12-15] want " +
			"[2018-01-01…2018-12-31]"}, ""},
		{"309 paid and unpaid at once", func(_ *world, d *document.Document) {
			addService(d, run("2018-01-01", "2018-03-31", ""),
				run("2018-02-10", "2018-02-20", "НЕОПЛДОГ"))
		}, []string{"E SPF-309 /individual_data/service/1/from:21 [2018-02-10…2018-02-20] want " +
			"[2018-01-01…2018-03-31]"}, ""},
		{"two kinds of paid work may overlap", func(_ *world, d *document.Document) {
			addService(d, run("2018-01-01", "2018-03-31", ""),
				run("2018-02-10", "2018-02-20", "ПЕДРАБ"))
		}, nil, control.Accepted},
		{"310 days", func(_ *world, d *document.Document) {
			service(d, 0).Activity, service(d, 0).Indicator1 = "СЕЗОНФАКТ", "91"
		}, []string{"E SPF-310 /individual_data/service/0/indicator1:20 [91] want [≤ 90]"}, ""},
		{"an indicator that counts no days", func(_ *world, d *document.Document) {
			service(d, 0).Activity, service(d, 0).Indicator1 = "ПЕДРАБ", "720"
		}, nil, control.Accepted},
		{"408 activity without benefit", func(_ *world, d *document.Document) {
			addService(d, run("2018-01-01", "2018-02-28", ""),
				run("2018-03-01", "2018-03-31", "ВРЕМНЕТРУД"))
		}, []string{"W SPF-408 /individual_data/service/1/activity:21 [ВРЕМНЕТРУД] want []"},
			control.Accepted},
		{"408 benefit without activity", func(_ *world, d *document.Document) {
			month(d, 3).Benefits = rubles("120.00")
			d.Data.Declared.Benefits = rubles("120.00")
		}, []string{"W SPF-408 /individual_data/months/2/benefits:12 [120.00] want [0.00]"},
			control.Accepted},
		{"benefit with its activity", func(_ *world, d *document.Document) {
			addService(d, run("2018-01-01", "2018-03-15", ""),
				run("2018-03-16", "2018-03-31", "ВРЕМНЕТРУД"))
			month(d, 3).Benefits = rubles("120.00")
			d.Data.Declared.Benefits = rubles("120.00")
		}, nil, control.Accepted},
		{"411 service without sum", func(_ *world, d *document.Document) { setPay(d, 2, "0.00", "0.00") },
			[]string{"W SPF-411 /individual_data/service/0/from:20 [2018-02: 0.00] want [> 0.00]"},
			control.Accepted},
		{"unpaid days need no sum", func(_ *world, d *document.Document) {
			setPay(d, 2, "0.00", "0.00")
			addService(d, run("2018-01-01", "2018-01-31", ""),
				run("2018-02-01", "2018-02-28", "НЕОПЛДОГ"), run("2018-03-01", "2018-03-31", ""))
		}, nil, control.Accepted},
		{"411 sum without service", func(_ *world, d *document.Document) {
			service(d, 0).To = day("2018-02-28")
		}, []string{"W SPF-411 /individual_data/months/2/earnings:12 [800.00] want [0.00]"},
			control.Accepted},
		{"412 service after the dismissal", func(w *world, _ *document.Document) {
			w.employment().EndedOn = day("2018-03-15")
		}, []string{"E SPF-412 /individual_data/service/0/to:20 [2018-03-31] want [≤ 2018-03-15]"}, ""},
	})
}

func TestPeriodsAndVersions(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"601 reported already", func(w *world, _ *document.Document) { w.report(2018, "1", "800.00") },
			[]string{"E SPF-601 /type:5 [И] want [R-2018-000001]"}, ""},
		{"601 a quarter of two", func(w *world, d *document.Document) {
			w.report(2018, "1", "800.00")
			d.Quarters = "12"
		}, []string{"E SPF-601 /type:5 [И] want [R-2018-000001]"}, ""},
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
			"[2017-12-01…2018-01-10]"}, control.Accepted},
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

func TestIdentity(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"501 unknown person", func(_ *world, d *document.Document) { d.Data.Insurance = stranger },
			[]string{"P SPF-501 /individual_data/insurance_no:5 [3••••••••••••2] want [ПУ-1 Р]"},
			control.Parked},
		{"502 one letter", func(_ *world, d *document.Document) { d.Data.Surname = "КУЛЁМЕН" },
			[]string{"W SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"},
			control.Accepted},
		{"502 swapped letters", func(_ *world, d *document.Document) { d.Data.Surname = "КУЁЛМИН" },
			[]string{"W SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"},
			control.Accepted},
		{"Ё and Е are one", func(_ *world, d *document.Document) { d.Data.Surname = "КУЛЕМИН" },
			nil, control.Accepted},
		{"502 another surname", func(_ *world, d *document.Document) { d.Data.Surname = "РЫБКИН" },
			[]string{"E SPF-502 /individual_data/surname:5 [Р••••Н] want [К•••••Н]"}, ""},
		{"502 initial", func(_ *world, d *document.Document) { d.Data.Initial = "А" },
			[]string{"W SPF-502 /individual_data/initial:5 [•] want [П••Р]"}, control.Accepted},
		{"502 letter and initial", func(_ *world, d *document.Document) {
			d.Data.Surname, d.Data.Initial2 = "КУЛЁМЕН", "А"
		}, []string{"E SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"}, ""},
		{"406 employee without hire", func(w *world, _ *document.Document) {
			w.employee().Employments = nil
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"406 another payer's employee", func(w *world, _ *document.Document) {
			w.employment().Payer = otherUNP
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"406 hired later", func(w *world, _ *document.Document) {
			w.employment().HiredOn = day("2018-04-01")
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"406 civil contract only warns", func(_ *world, d *document.Document) {
			d.Data.Category, d.Data.ContractNo, d.Data.ContractDate = "03", "17", day("2018-01-01")
		}, []string{"W SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Accepted},
		{"no hire is needed of a sole proprietor", func(_ *world, d *document.Document) {
			d.Data.Category = "10"
		}, nil, control.Accepted},
		{"506 two employments", func(w *world, _ *document.Document) {
			p := w.employee()
			p.Employments = append(p.Employments, account.Employment{Payer: unp, Contract: "02",
				HiredOn: day("2015-01-01"), Form: "ПУ-2"})
		}, []string{"P SPF-506 /individual_data/contract_no:5 [] want []"}, control.Parked},
	})
}

func TestParkedDocumentSaysWhomItAwaits(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), pu3()
	w.facts.Arrived = day("2018-04-18")
	d.Data.Insurance = stranger
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Parked, v.Outcome)
	require.Equal(t, "SPF-501", v.Awaits)
	require.Equal(t, day("2018-04-28"), v.Until, "ten days from the arrival, not from today")
	require.Equal(t, personID(stranger), v.Person)
	require.Contains(t, v.Persons, personID(stranger))

	d.Year, d.Data.Category = 0, ""
	v = w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Rejected, v.Outcome, "an error outweighs the waiting")
	require.Empty(t, v.Awaits)
	require.Empty(t, v.Persons)
	require.Zero(t, v.Until)
}

func TestMatchOfIndividualData(t *testing.T) {
	t.Parallel()
	second := account.Employment{ID: personID("second"), Payer: unp, Contract: "02",
		ContractNo: "17", HiredOn: day("2018-03-01"), Form: "ПУ-2"}
	cases := map[string]struct {
		change func(*world, *document.Document)
		want   control.Match
	}{
		"the only one": {func(*world, *document.Document) {},
			control.Match{Employment: employmentID, Contract: "01"}},
		"covers all days": {func(w *world, _ *document.Document) {
			w.employee().Employments = append(w.employee().Employments, second)
		}, control.Match{Employment: employmentID, Contract: "01"}},
		"contract number decides": {func(w *world, d *document.Document) {
			w.employee().Employments = append(w.employee().Employments, second)
			d.Data.ContractNo = "17"
		}, control.Match{Employment: second.ID, Contract: "02"}},
		"paid after the dismissal": {func(w *world, d *document.Document) {
			w.employment().EndedOn = day("2017-12-29")
			addService(d)
		}, control.Match{Employment: employmentID, Contract: "01"}},
		"civil contract opens": {func(_ *world, d *document.Document) {
			d.Data.Category, d.Data.ContractNo, d.Data.ContractDate = "03", "5", day("2018-01-01")
		}, control.Match{New: true, Contract: "03"}},
		"learned from a ПУ-3": {func(w *world, d *document.Document) {
			*w.employment() = account.Employment{ID: employmentID, Payer: unp, Contract: "10",
				Form: "ПУ-3"}
			d.Data.Category = "10"
		}, control.Match{Employment: employmentID, Contract: "10"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := newWorld(t), pu3()
			c.change(w, d)
			v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
			require.Equal(t, control.Accepted, v.Outcome, "%v", show(v.Findings))
			c.want.Person, c.want.Movement = personID(known), -1
			require.Equal(t, []control.Match{c.want}, v.Matches)
		})
	}
}

func TestReadersFaultsMakeNoFollowUpNoise(t *testing.T) {
	t.Parallel()
	fault := func(code, pointer, got, expected string) document.Fault {
		return document.Fault{Code: code, Pointer: pointer, Got: got, Expected: expected,
			Place: document.Place{Line: 99}}
	}
	runCases(t, pu3, []ruleCase{
		{"a sum is missing in the total", func(_ *world, d *document.Document) {
			month(d, 2).Earnings = 0
			d.Faults = []document.Fault{fault("SPF-111", "/individual_data/months/1/earnings",
				"8O0,00", "1234,56")}
		}, []string{"E SPF-111 /individual_data/months/1/earnings:99 [8O0,00] want [1234,56]"}, ""},
		{"another total still is wrong", func(_ *world, d *document.Document) {
			month(d, 2).Earnings = 0
			d.Data.Declared.Paid = 0
			d.Faults = []document.Fault{fault("SPF-111", "/individual_data/months/1/earnings", "x", "")}
		}, []string{"E SPF-301 /individual_data/declared/paid:5 [0.00] want [24.00]",
			"E SPF-111 /individual_data/months/1/earnings:99 [x] want []"}, ""},
		{"a mandatory field that is unreadable", func(_ *world, d *document.Document) {
			d.Year = 0
			d.Faults = []document.Fault{fault("SPF-111", "/year", "2O18", "")}
		}, []string{"E SPF-111 /year:99 [2O18] want []"}, ""},
		{"an unreadable end of service", func(_ *world, d *document.Document) {
			service(d, 0).To = 0
			d.Faults = []document.Fault{fault("SPF-110", "/individual_data/service/0/to", "31/02", "")}
		}, []string{"E SPF-110 /individual_data/service/0/to:99 [31/02] want []"}, ""},
		{"a broken record", func(_ *world, d *document.Document) {
			d.Data.Months = d.Data.Months[:2]
			d.Faults = []document.Fault{fault("SPF-103", "/individual_data/months/2", "4", "6")}
		}, []string{"E SPF-103 /individual_data/months/2:99 [4] want [6]"}, ""},
		{"a broken head says all", func(_ *world, d *document.Document) {
			d.Data = &document.IndividualData{}
			d.Faults = []document.Fault{fault("SPF-103", "", "20", "21")}
		}, []string{"E SPF-103 :99 [20] want [21]"}, ""},
		{"an unknown form", func(_ *world, d *document.Document) {
			d.Form = "ПУ-6"
			d.Faults = []document.Fault{fault("SPF-102", "/form", "ПУ-6", "ПУ-1 | ПУ-2 | ПУ-3")}
		}, []string{"E SPF-102 /form:99 [ПУ-6] want [ПУ-1 | ПУ-2 | ПУ-3]"}, ""},
		{"a fault always refuses", func(_ *world, d *document.Document) {
			d.Faults = []document.Fault{fault("SPF-112", "/individual_data/contract_no", "=1+1", "")}
		}, []string{"E SPF-112 /individual_data/contract_no:99 [=1+1] want []"}, ""},
		{"a code that nobody knows refuses", func(_ *world, d *document.Document) {
			d.Faults = []document.Fault{fault("SPF-999", "/phone", "8-017", "")}
		}, []string{"E SPF-999 /phone:99 [8-017] want []"}, ""},
	})
}

func TestDocumentWithFourteenPlantedFaults(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{{"fourteen", func(w *world, d *document.Document) {
		d.FundNo = "602000018"                          // 1
		d.FilledOn = day("2018-04-21")                  // 2
		d.Data.Surname = "КУЛЁMИН"                      // 3 (a Latin letter)
		d.Data.Initial = "А"                            // 4
		d.Data.Declared.Contributions = rubles("20.00") // 5
		d.Data.DeclaredMonths = 4                       // 6
		month(d, 1).Tariff = "77"                       // 7
		month(d, 2).Paid = -month(d, 2).Paid            // 8
		d.Data.Declared.Paid = rubles("8.00")
		month(d, 3).Contributions += 1 // 9
		d.Data.Service = []document.Service{
			{From: day("2018-01-01"), To: day("2018-02-28"), Activity: "ПЕДР"},     // 10
			{From: day("2018-02-01"), To: day("2018-02-15"), Activity: "НЕОПЛДОГ"}, // 11
			{From: day("2018-03-01"), To: day("2018-03-31"), Occupation: "1"},      // 12
		}
		d.Data.DeclaredService = 3
		w.report(2017, "3", "800.00")            // 13
		month(d, 1).Benefits = money.Amount(100) // 14
		d.Data.Declared.Benefits = money.Amount(100)
	}, []string{
		"E SPF-013 /fund_no:5 [602000018] want [602000017]",
		"E SPF-213 /filled_on:5 [2018-04-21] want [≤ 2018-04-20]",
		"E SPF-303 /individual_data/declared_months:5 [4] want [3]",
		"E SPF-301 /individual_data/declared/contributions:5 [20.00] want [24.01]",
		"W SPF-112 /individual_data/surname:5 [••••M•• (U+004D)] want [••••М•• (U+041C)]",
		"W SPF-502 /individual_data/initial:5 [•] want [П••Р]",
		"W SPF-608 /quarters:5 [2018-Q1] want [2017-Q4]",
		"W SPF-211 /individual_data/months/0/tariff:10 [77] want []",
		"W SPF-408 /individual_data/months/0/benefits:10 [1.00] want [0.00]",
		"E SPF-307 /individual_data/months/1/paid:11 [-8.00] want [≥ 0.00]",
		"W SPF-304 /individual_data/months/2/contributions:12 [8.01] want [8.00]",
		"E SPF-209 /individual_data/service/0/activity:20 [ПЕДР] want []",
		"E SPF-309 /individual_data/service/1/from:21 [2018-02-01…2018-02-15] want " +
			"[2018-01-01…2018-02-28]",
		"E SPF-210 /individual_data/service/2/occupation:22 [1] want []",
	}, ""}})
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
