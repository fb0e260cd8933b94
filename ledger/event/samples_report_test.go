package event_test

import "github.com/stazh/stazh/ledger/event"

func reportLines() []event.ReportLine {
	return []event.ReportLine{{Line: "06", Amount: amount("2400.00")},
		{Line: "211", Amount: amount("3.00")}}
}

func reportSums() event.ReportSums {
	return event.ReportSums{Earnings: amount("2400.00"), Benefits: amount("120.00"),
		Allowances: amount("80.00"), Contributions: amount("696.00"), Expenses: amount("200.00")}
}

func reportSamples() []event.Payload {
	return []event.Payload{
		&event.PayerReportAccepted{Year: 2018, Quarter: 1, Version: 1, Receipt: "R-2018-000004",
			DocNo: 1, ArrivedOn: date("2018-04-18"), Lines: reportLines(), Sums: reportSums()},
		&event.PayerReportCorrected{Year: 2018, Quarter: 1, Version: 2, Supersedes: 1,
			Cited: "R-2018-000004", Receipt: "R-2018-000005", DocNo: 2,
			ArrivedOn: date("2018-04-19"), Lines: reportLines(), Sums: reportSums()},
		&event.PayerReportCancelled{Year: 2018, Quarter: 1, Version: 3, Supersedes: 2,
			Cited: "R-2018-000005", Receipt: "R-2018-000006", DocNo: 3,
			ArrivedOn: date("2018-04-20")},
		&event.NilReportDeclared{From: month("2018-04"), Until: month("2018-09"),
			Reason: "seasonal"},
		&event.MismatchExplained{Form: "ПЗ-3", Year: 2018, Quarter: 1, Kind: "earnings",
			Difference: amount("-12.00"), Text: hash(11)},
		&event.OutageDeclared{Outage: id(9), From: date("2018-04-19"), To: date("2018-04-20"),
			Extended: date("2018-04-24"), Forms: []string{"4-фонд"}, Reason: "portal"},
		&event.DeadlineExtended{Outage: id(9), Reason: "the portal was down"},
	}
}
