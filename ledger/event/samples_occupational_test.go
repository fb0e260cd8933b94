package event_test

import (
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

func occupationalSamples() []event.Payload {
	slot := event.OccupationalSlot{Payer: "200988541", Employment: id(3), Year: 2018, Quarter: 1}
	facts := event.OccupationalFacts{ForPension: true, Paid: amount("80.00"),
		Months: []event.OccupationalMonth{{Month: month("2018-01"), Earnings: amount("1000.00"),
			Contributions: amount("90.01"), Tariff: money.MustParseRate("0.09"),
			Credited: amount("90.00")}},
		Service: []event.SpecialService{{From: date("2018-01-01"), To: date("2018-01-31"),
			Occupation: "8111-013", SubCode: "2", DerivedCode: "3", Classifier: "4",
			Activity: "СП1", ListPosition: "10101", TeamCode: "5", Indicator: "6",
			Share: "1,00"}}}
	return []event.Payload{
		&event.OccupationalDataReported{Slot: slot, Version: 1, Receipt: "R-2018-000003",
			DocNo: 2, OccupationalFacts: facts},
		&event.OccupationalDataCorrected{Slot: slot, Replacement: event.Replacement{Version: 2,
			Supersedes: 1, Cited: "R-2018-000003", Receipt: "R-2018-000004", DocNo: 1},
			OccupationalFacts: facts},
		&event.OccupationalDataCancelled{Slot: slot, Replacement: event.Replacement{Version: 3,
			Supersedes: 2, Cited: "R-2018-000004", Receipt: "R-2018-000005", DocNo: 1}},
		&event.OccupationalDataRestored{Slot: slot, Replacement: event.Replacement{Version: 4,
			Supersedes: 3, Cited: "R-2018-000005", Receipt: "R-2018-000006", DocNo: 1},
			Restores: 1},
		&event.OccupationalYieldCredited{Run: id(4), Year: 2018, Base: amount("572.50"),
			Coefficient: money.MustParseRate("0.08"), Amount: amount("45.80")},
		&event.OccupationalAssessed{Month: month("2018-01"), Persons: 2,
			Earnings: amount("2000.00"), Amount: amount("180.00")},
		&event.OccupationalYieldPrepared{Run: id(4), Year: 2018,
			Coefficient: money.MustParseRate("0.08"), Ground: "решение 3", Persons: 2,
			Amount: amount("91.60")},
		&event.OccupationalYieldApproved{Run: id(4)},
		&event.OccupationalYieldCompleted{Run: id(4), Persons: 2, Amount: amount("91.60")},
	}
}
