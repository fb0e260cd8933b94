package event_test

import "github.com/stazh/stazh/ledger/event"

func orderSamples() []event.Payload {
	return []event.Payload{
		&event.CorrectionProposed{Order: id(41), Reason: hash(42), Content: hash(43),
			Documents: 3, Preview: hash(44), ObjectUntil: date("2018-05-10")},
		&event.CorrectionObjected{Order: id(41), Text: hash(45), Late: true},
		&event.ObjectionAnswered{Order: id(41), Upheld: true, Text: hash(46)},
		&event.CorrectionApproved{Order: id(41), Filing: id(47), Receipt: "R-2018-000047",
			Preview: hash(48), Reason: hash(50)},
		&event.CorrectionDeclined{Order: id(41), Reason: hash(49)},
	}
}
