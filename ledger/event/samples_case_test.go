package event_test

import "github.com/stazh/stazh/ledger/event"

func evidence() event.Evidence {
	return event.Evidence{Item: "military_id", On: date("2018-05-02"), SHA256: hash(21)}
}

func award() event.Award {
	return event.Award{Case: id(30), Calculation: id(31), Author: "petrova", Kind: "old_age",
		Pays: "monthly", Form: "full", From: date("2018-06-01"), Until: date("2028-05-31"),
		Amount: amount("401.18"), Office: "602", Seen: 41, SeenAt: 90210, TraceHash: hash(22)}
}

func caseSamples() []event.Payload {
	return []event.Payload{
		&event.SpecialPeriodRecorded{Period: id(29), Kind: "military", From: date("1979-05-10"),
			To: date("1981-05-20"), Evidence: evidence()},
		&event.SpecialPeriodCancelled{Period: id(29), Reason: "recorded twice"},
		&event.BenefitClaimed{Case: id(30), Kind: "old_age", ClaimedOn: date("2018-05-14"),
			From: date("2018-06-01"), Details: sealed(23)},
		&event.BenefitEvidenceRecorded{Case: id(30), Evidence: evidence(), Details: sealed(24)},
		&event.ClaimWithdrawn{Case: id(30), Reason: "claimed at another office"},
		&event.BenefitCalculated{Calculation: event.Calculation{ID: id(31), Case: id(30), Seen: 41,
			SeenLaw: 120, SeenAt: 90210, Rules: []string{"OA-4", "OA-5"}, Entitled: true,
			Unmet: []string{"coverage_short"}, Form: "full", From: date("2018-06-01"),
			Until: date("2028-05-31"), Amount: amount("401.18"), Trace: sealed(25),
			TraceHash: hash(22)}},
		&event.CalculationReturned{Case: id(30), Calculation: id(31), Reason: "month missing"},
		&event.PensionAssigned{Award: award()},
		&event.PensionRecalculated{Award: award()},
		&event.BenefitGranted{Award: award()},
		&event.ClaimRefused{Case: id(30), Calculation: id(31), Author: "petrova",
			Kind: "old_age", Unmet: []string{"age_not_reached"}, Office: "602", Seen: 41,
			SeenAt: 90210, TraceHash: hash(22)},
		&event.PensionReviewFlagged{Case: id(30), Cause: id(32), Reason: "months_changed"},
		&event.BenefitTerminated{Case: id(30), Last: date("2026-10-31"), Cause: "death"},
		&event.PensionIndexed{Case: id(30), Run: id(34), Rule: "AD-1", From: date("2019-05-01"),
			Old: amount("401.18"), New: amount("427.26")},
	}
}

func indexationSamples() []event.Payload {
	return []event.Payload{
		&event.IndexationDecreed{Decree: id(33), Rule: "AD-1", Kinds: []string{"disability",
			"old_age"}, From: date("2019-05-01"), OldWage: amount("696.88"),
			NewWage: amount("742.18"), Act: "Указ № 156 от 23.04.2019", Source: "pravo.by",
			Demo: true},
		&event.IndexationPrepared{Run: id(34), Decree: id(33), SeenAt: 90300, Benefits: 2500000,
			Old: amount("800000000.00"), New: amount("852000000.00")},
		&event.IndexationApproved{Run: id(34)},
		&event.IndexationCompleted{Run: id(34), Benefits: 2500000, Old: amount("800000000.00"),
			New: amount("852000000.00")},
	}
}
