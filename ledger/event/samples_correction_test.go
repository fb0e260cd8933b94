package event_test

import "github.com/stazh/stazh/ledger/event"

func correctionSamples() []event.Payload {
	slot := event.Slot{Payer: "200988541", Employment: id(1), Category: "03",
		ContractNo: "17-Д", Year: 2018, Quarters: "1"}
	months := []event.MonthFact{{Month: month("2018-01"), Earnings: amount("860.00"),
		Benefits: amount("12.30"), Contributions: amount("301.00"), Paid: amount("300.00"),
		Tariff: "35"}}
	service := []event.ServicePeriod{{From: date("2018-01-09"), To: date("2018-01-31"),
		Occupation: "2411", Activity: "СП1", Indicator1: "1.00", Indicator2: "23"}}
	return []event.Payload{
		&event.IndividualDataCorrected{Slot: slot, Replacement: event.Replacement{
			Version: 2, Supersedes: 1, Cited: "R-2018-000001", Receipt: "R-2018-000002", DocNo: 3},
			Months: months, Service: service},
		&event.IndividualDataCancelled{Slot: slot, Replacement: event.Replacement{
			Version: 3, Supersedes: 2, Cited: "R-2018-000002", Receipt: "R-2018-000003", DocNo: 4}},
		&event.IndividualDataRestored{Slot: slot, Replacement: event.Replacement{
			Version: 4, Supersedes: 3, Cited: "R-2018-000003", Receipt: "R-2018-000004", DocNo: 5},
			Restores: 1},
		&event.IndividualDataReportedForPension{Slot: slot, Version: 5,
			ClaimedOn: date("2018-02-12"), UpTo: month("2018-01"), Receipt: "R-2018-000005",
			DocNo: 6, Months: months, Service: service},
		&event.EmploymentRecordCorrected{Employment: id(1), HiredOn: date("2018-01-10"),
			EndedOn: date("2018-03-31"), Reason: "1.3", Contract: "03", ContractNo: "17-Д",
			ContractDate: date("2018-01-09"), Receipt: "R-2018-000006", DocNo: 7},
		&event.EmploymentRecordCancelled{Employment: id(1), Dismissal: true,
			Receipt: "R-2018-000007", DocNo: 8},
		&event.InsuranceCertificateReplaced{Payer: "200988541",
			Cause: event.CertificateRestored, Receipt: "R-2018-000008", DocNo: 9},
		&event.ConfirmationProposed{Confirmation: id(3), From: month("2017-01"),
			To: month("2017-12"), Snapshot: hash(3), AppealUntil: date("2018-05-31"),
			Reason: sealed(3)},
		&event.PeriodConfirmed{Confirmation: id(3), Reason: sealed(6)},
		&event.SetAsideProposed{Confirmation: id(3), Reason: sealed(4)},
		&event.ConfirmationSetAside{Confirmation: id(3), Reason: sealed(7)},
		&event.ConfirmationReturned{Confirmation: id(3), Reason: sealed(5)},
	}
}
