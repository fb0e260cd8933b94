package event_test

import "github.com/stazh/stazh/ledger/event"

func accountSamples() []event.Payload {
	change := event.AccountChange{Decision: id(40), Survivor: id(41), Absorbed: id(42),
		Evidence: evidence(), Reason: sealed(43)}
	return []event.Payload{
		&event.AccountDecisionProposed{Kind: event.MergeAccounts, AccountChange: change},
		&event.AccountDecisionReturned{Decision: id(40), Reason: sealed(44)},
		&event.AccountsMerged{AccountChange: change},
		&event.AccountsSplit{AccountChange: change},
		&event.ProvisionalOpened{AccountChange: change},
		&event.IdentityConfirmed{AccountChange: change},
		&event.PersonsJoined{Decision: id(40), Survivor: id(41), Absorbed: id(42), Split: true,
			Tallies: tally()},
	}
}

func disputeSamples() []event.Payload {
	line := event.Line{Kind: event.LineMonth, Slot: event.Slot{Payer: "200988541",
		Employment: id(1), Category: "03", ContractNo: "17-Д", Year: 2018, Quarters: "1"},
		Month: month("2018-02"), From: date("2018-02-01"), ID: id(1)}
	return []event.Payload{
		&event.DisputeOpened{Dispute: id(45), Line: line, Payer: "200988541", Office: "602",
			Version: 2, Receipt: "R-2018-000001", DocNo: 14, Text: sealed(46), AnswerBy: date("2018-05-30"), DecideBy: date("2018-06-30")},
		&event.DisputeAnswered{Dispute: id(45), Accepted: true, ForFund: true, Text: sealed(47),
			CorrectBy: date("2018-06-15"), DecideBy: date("2018-07-15")},
		&event.DisputeDecided{Dispute: id(45), Upheld: true, Text: sealed(48)},
		&event.DisputeSettled{Dispute: id(45), Receipt: "R-2018-000003", DocNo: 2, Cause: id(49)},
		&event.DisputeWithdrawn{Dispute: id(45), Text: sealed(50)},
	}
}
