package event_test

import (
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

func id(n byte) uuid.UUID { return uuid.UUID{0: n, 6: 0x80, 8: 0x80, 15: n} }

func hash(n byte) (h ledger.Hash) {
	for i := range h {
		h[i] = n + byte(i)
	}
	return h
}

func date(s string) period.Date { return period.MustDate(s) }

func month(s string) period.Month { return period.MustMonth(s) }

func amount(s string) money.Amount { return money.MustParse(s) }

func sealed(n byte) seal.Sealed {
	return seal.Sealed{Commitment: hash(n), Box: []byte{n, 0, 0xff, n}}
}

func tally() []event.Tally {
	return []event.Tally{
		{Form: "ПУ-3", Year: 2018, Quarter: 1, Accepted: 186, Rejected: 13, Parked: 1,
			Persons: 185, ForPension: 2, Earnings: amount("159774.00"), Benefits: amount("1.01"),
			Allowances: amount("0.51"), Contributions: amount("55920.90"), Payments: amount("55920.89")},
		{Form: "ПУ-1", Accepted: 2},
	}
}

// samples has one payload of every published type, with no field left at its zero value
// (TestSamplesUseEveryField), so that a round trip proves that no field is forgotten.
func samples() []event.Payload {
	return slices.Concat(
		accountSamples(),
		caseSamples(),
		correctionSamples(),
		disputeSamples(),
		indexationSamples(),
		lawSamples(),
		occupationalSamples(),
		orderSamples(),
		payerSamples(),
		personSamples(),
		reportSamples(),
		settlementSamples(),
	)
}

func personSamples() []event.Payload {
	return []event.Payload{
		&event.PersonRegistered{Payer: "200988541", Provisional: true, Personal: sealed(1)},
		&event.PersonalDataChanged{Payer: "200988541", Personal: sealed(2)},
		&event.EmploymentStarted{Employment: id(1), Payer: "200988541",
			HiredOn: date("2018-01-09"), Contract: "03", ContractNo: "17-Д",
			ContractDate: date("2018-01-08"), Form: "ПУ-2"},
		&event.EmploymentEnded{Employment: id(1), EndedOn: date("2018-03-30"), Reason: "1.35"},
		&event.IndividualDataReported{
			Slot: event.Slot{Payer: "200988541", Employment: id(1), Category: "03",
				ContractNo: "17-Д", Year: 2018, Quarters: "1"},
			Version: 1, Receipt: "R-2018-000001", DocNo: 14,
			Months: []event.MonthFact{
				{Month: month("2018-01"), Earnings: amount("859.00"), Benefits: amount("12.30"),
					Contributions: amount("300.65"), Paid: amount("300.00"), Tariff: "35"},
				{Month: month("2018-02"), Earnings: -1},
			},
			Service: []event.ServicePeriod{
				{From: date("2018-01-09"), To: date("2018-01-31"), Occupation: "2411",
					Activity: "СП1", Indicator1: "1.00", Indicator2: "23"},
				{From: date("1969-12-31"), To: date("1970-01-01")},
			},
		},
	}
}

func payerSamples() []event.Payload {
	return []event.Payload{
		&event.PayerRegistered{UNP: "200988541", FundNo: "101000123", Name: "ОАО «Пример»",
			Kind: "employer", Office: "101", Since: date("2003-01-01")},
		&event.PayerDeregistered{On: date("2020-06-30"), Cause: "ликвидация"},
		&event.FilingKeyBound{Filing: id(2), KeyHash: hash(11)},
		&event.FilingReceived{Filing: id(2), Receipt: "R-2018-000001", SHA256: hash(3),
			Bytes: 123456, KeyHash: hash(4), Channel: "api", AllOrNothing: true,
			Preview: hash(10)},
		&event.DocumentsPosted{Filing: id(2), First: 1, Last: 200, Findings: hash(5),
			Tallies: tally()},
		&event.DocumentParked{Filing: id(2), DocNo: 14, Form: "ПУ-3", Awaits: "SPF-501",
			Persons: []ledger.PersonID{id(7), id(8)}, Until: date("2018-04-30"),
			Content: hash(6), Year: 2018, Quarter: 1},
		&event.ParkedDocumentReleased{Filing: id(2), DocNo: 14, Accepted: true,
			Findings: hash(7), Tallies: tally()},
		&event.ParkedDocumentExpired{Filing: id(2), DocNo: 14, On: date("2018-05-01"),
			Findings: hash(8), Tallies: tally()},
		&event.FilingProcessed{Filing: id(2), Outcome: event.Partial, Form: "ПУ-3", Year: 2018,
			Quarter: 1, Format: "textpack 1.5", Documents: 200, Accepted: 186, Rejected: 13,
			Parked: 1, Findings: hash(9), RulePack: "2018.1", Stale: true},
		&event.LiabilityAssessed{Month: month("2018-02"), Persons: 2, Earnings: amount("5159.00"),
			Base: amount("5154.00"), Withheld: amount("51.54"), Pension: amount("1443.12"),
			Social: amount("309.24"), SelfBase: amount("305.00"), SelfPension: amount("88.45"),
			SelfSocial: amount("18.30"), EmployeesWait: true, SelfEmployedWait: true, Ceiling: amount("4295.00"),
			Tariffs: []event.TariffBase{{Tariff: "25", Base: amount("859.00"),
				Pension: amount("206.16"), Social: amount("51.54")}}},
		&event.LiabilityAwaitsParameter{Month: month("2018-03"),
			Parameter: "national_average_wage", For: month("2018-02"),
			Earnings: []event.PersonEarnings{
				{Person: id(7), Earnings: amount("859.00"), SelfEmployed: true,
					Tariffs:   []event.TariffSum{{Tariff: "25", Earnings: amount("9.00")}},
					Withdrawn: true}}},
		&event.PaymentReceived{BankRef: "B-77", ValueDate: date("2018-03-20"),
			BookedOn: date("2018-03-21"), Amount: amount("1803.90"), Kind: "pension",
			Month: month("2018-02"), Receipt: "R-2018-000002", DocNo: 3},
	}
}

func lawSamples() []event.Payload {
	return []event.Payload{
		&event.ParameterPublished{Name: "national_average_wage", Value: "859.00",
			From: date("2018-01-01"), Until: date("2018-01-31"), Act: "Belstat",
			Source: "monthly statistics", Unverified: true, Demo: true},
		&event.ClassifierPublished{Name: "activity", From: date("2003-01-01"),
			Entries: []event.ClassifierEntry{
				{Code: "ДЕТИ", TitleRU: "Отпуск", TitleBE: "Водпуск", TitleEN: "Leave",
					From: date("2003-01-01"), Until: date("2021-12-31"),
					Attributes: []event.Attribute{{Key: "paid", Value: "no"}}},
				{Code: "СП1"},
			}},
		&event.RulePackPublished{Version: "2018.1", From: date("2018-01-01"),
			Rules: []event.RuleSeverity{{Code: "SPF-301", Severity: "E",
				WarnFrom: date("2018-01-01"), EnforceFrom: date("2018-04-01")}}},
	}
}
