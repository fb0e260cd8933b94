package control_test

import (
	"testing"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
)

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
		{"312 a copy", func(_ *world, d *document.Document) {
			d.Data.Months = append(d.Data.Months, d.Data.Months[0])
			d.Data.Declared, d.Data.DeclaredMonths = nil, 4
		}, []string{"E SPF-312 /individual_data/months/3/month:13 [1] want [stated once]"}, ""},
		{"312 other sums", func(_ *world, d *document.Document) {
			d.Data.Months = append(d.Data.Months, d.Data.Months[0])
			d.Data.DeclaredMonths = 4
			setPay(d, 4, "100.00", "1.00")
		}, []string{"W SPF-312 /individual_data/months/3/month:13 [1] want [stated once]"},
			control.Accepted},
		{"a month twice with two tariffs", func(_ *world, d *document.Document) {
			d.Data.Months = append(d.Data.Months, d.Data.Months[0])
			d.Data.Declared, d.Data.DeclaredMonths = nil, 4
			month(d, 4).Tariff = "2"
		}, nil, control.Accepted},
		{"313 paid above the contributions", func(_ *world, d *document.Document) {
			month(d, 2).Paid, d.Data.Declared = rubles("8.01"), nil
		}, []string{"W SPF-313 /individual_data/months/1/paid:11 [8.01] want [≤ 8.00]"},
			control.Accepted},
		{"307 negative", func(_ *world, d *document.Document) {
			month(d, 1).Paid = rubles("-8.00")
			d.Data.Declared.Paid = rubles("8.00")
		}, []string{"E SPF-307 /individual_data/months/0/paid:10 [-8.00] want [≥ 0.00]"}, ""},
		{"307 negative pay says no more", func(_ *world, d *document.Document) {
			setPay(d, 1, "-800.00", "8.00")
		}, []string{"E SPF-307 /individual_data/months/0/earnings:10 [-800.00] want [≥ 0.00]"}, ""},
	})
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
			"[other than 2018-01-01…2018-03-31]"}, ""},
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
