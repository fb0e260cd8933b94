package control_test

import (
	"testing"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/money"
)

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
			d.Form = "ПУ-5"
			d.Faults = []document.Fault{fault("SPF-102", "/form", "ПУ-5", "ПУ-1 | ПУ-2 | ПУ-3")}
		}, []string{"E SPF-102 /form:99 [ПУ-5] want [ПУ-1 | ПУ-2 | ПУ-3]"}, ""},
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
			"[other than 2018-01-01…2018-02-28]",
		"E SPF-210 /individual_data/service/2/occupation:22 [1] want []",
	}, ""}})
}
