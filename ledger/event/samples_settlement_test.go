package event_test

import "github.com/stazh/stazh/ledger/event"

func settlementSamples() []event.Payload {
	return []event.Payload{
		&event.BenefitExpenseClaimed{Year: 2018, Quarter: 1, Amount: amount("412.50"),
			Receipt: "R-2018-000009"},
		&event.BenefitExpenseRefused{Year: 2018, Quarter: 1, Amount: amount("12.50"),
			Reason: hash(31)},
		&event.PaymentReturned{BankRef: "B-77", On: date("2018-03-23"), Amount: amount("5.00"), Suspended: true,
			Receipt: "R-2018-000010", DocNo: 2},
		&event.PaymentSuspended{BankRef: "B-78", ValueDate: date("2018-03-20"),
			BookedOn: date("2018-03-21"), Amount: amount("100.00"), Kind: "social",
			Month: month("2018-02"), Payer: "200988542", Reason: "SPF-801",
			Receipt: "R-2018-000002", DocNo: 4},
		&event.SuspendedPaymentMatched{BankRef: "B-78", Parts: []event.MatchedPart{
			{Payer: "200988541", Kind: "social", Month: month("2018-02"),
				Amount: amount("60.00")},
			{Payer: "100000001", Amount: amount("40.00")}}, Reason: hash(37)},
		&event.OverpaymentOffset{Offset: id(40), From: "pension", To: "social",
			Month: month("2018-02"), Amount: amount("10.00"), On: date("2018-04-02")},
		&event.RefundRequested{Refund: id(41), Fund: "pension", Amount: amount("25.00"),
			On: date("2018-04-03")},
		&event.RefundProposed{Proposal: id(42), Refund: id(41), Reason: hash(32)},
		&event.RefundPaid{Refund: id(41), BankRef: "F-12", On: date("2018-04-10"), Receipt: "R",
			DocNo: 3},
		&event.RefundReturned{Refund: id(41), BankRef: "F-12", On: date("2018-04-11"),
			Reason: hash(39), Receipt: "R", DocNo: 4},
		&event.DefermentProposed{Proposal: id(43), Parts: []event.DeferredPart{
			{Fund: "pension", Month: month("2018-01"), Amount: amount("900.00")}},
			Instalments: []event.Instalment{{Due: date("2018-05-31"), Amount: amount("450.00")},
				{Due: date("2018-06-30"), Amount: amount("450.00")}}, Reason: hash(33)},
		&event.DefermentRevoked{Deferment: id(43), On: date("2018-06-04"), Reason: hash(34)},
		&event.PenaltyWaiverProposed{Proposal: id(44), Fund: "social", Month: month("2018-01"),
			From: date("2018-02-21"), Until: date("2018-03-05"), Reason: hash(35)},
		&event.ProposalApproved{Proposal: id(43), On: date("2018-04-20"), Reason: hash(38)},
		&event.ProposalDeclined{Proposal: id(44), Reason: hash(36)},
	}
}
