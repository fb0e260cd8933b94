package control_test

import (
	"testing"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

func TestPayments(t *testing.T) {
	t.Parallel()
	runCases(t, payment, []ruleCase{
		{"107 fields", func(_ *world, d *document.Document) {
			d.Payment = &document.Payment{Amount: rubles("1.00")}
		}, []string{"E SPF-107 /payment/bank_ref:5 [] want []",
			"E SPF-107 /payment/value_date:5 [] want []",
			"W SPF-801 /payment/payer_unp:5 [] want []"}, ""},
		{"801 wrong UNP", func(_ *world, d *document.Document) { d.Payment.PayerUNP = "200988542" },
			[]string{"W SPF-801 /payment/payer_unp:5 [200988542] want []"}, control.Accepted},
		{"801 unknown payer", func(_ *world, d *document.Document) { d.Payment.PayerUNP = "KE7810709" },
			[]string{"W SPF-801 /payment/payer_unp:5 [KE7810709] want []"}, control.Accepted},
		{"802 kind", func(_ *world, d *document.Document) { d.Payment.Kind = "fine" },
			[]string{"E SPF-802 /payment/kind:5 [fine] want [pension, social, occupational, returned, refund]"}, ""},
		{"a payment for both kinds", func(_ *world, d *document.Document) { d.Payment.Kind = "" },
			nil, control.Accepted},
		{"803 in the account", func(w *world, _ *document.Document) {
			w.payers[unp].Payments = []account.Payment{
				{PaymentReceived: event.PaymentReceived{BankRef: "BY18-000123"}}}
		}, []string{"E SPF-803 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"803 among the suspended", func(w *world, d *document.Document) {
			d.Payment.PayerUNP = "KE7810709"
			w.payers[unp].Suspended = []account.Suspended{{PaymentSuspended: event.PaymentSuspended{
				BankRef: "BY18-000123"}}}
		}, []string{"W SPF-801 /payment/payer_unp:5 [KE7810709] want []",
			"E SPF-803 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"803 in the same file", func(w *world, _ *document.Document) { w.refs["BY18-000123"] = true },
			[]string{"E SPF-803 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"307 amount", func(_ *world, d *document.Document) { d.Payment.Amount = 0 },
			[]string{"E SPF-307 /payment/amount:5 [0.00] want [> 0.00]"}, ""},
		{"213 value date", func(_ *world, d *document.Document) {
			d.Payment.ValueDate = day("2018-04-21")
		}, []string{"E SPF-213 /payment/value_date:5 [2018-04-21] want [≤ 2018-04-20]"}, ""},
		{"an unread payer says no more", func(_ *world, d *document.Document) {
			d.Payment.PayerUNP = ""
			d.Faults = []document.Fault{{Code: "SPF-112", Pointer: "/payment/payer_unp",
				Got: "=A1", Place: document.Place{Cell: "B17", Sheet: "Лист1", Line: 17}}}
		}, []string{"E SPF-112 /payment/payer_unp:17 [=A1] want []"}, ""},
	})
}

func TestLinesAboutNoPaymentToTheFund(t *testing.T) {
	t.Parallel()
	runCases(t, payment, []ruleCase{
		{"806 nothing to return", func(_ *world, d *document.Document) { d.Payment.Kind = "returned" },
			[]string{"E SPF-806 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"a returned payment", func(w *world, d *document.Document) {
			d.Payment.Kind = "returned"
			w.payers[unp].Payments = []account.Payment{{PaymentReceived: event.PaymentReceived{
				BankRef: "BY18-000123", Amount: d.Payment.Amount}}}
		}, nil, control.Accepted},
		{"a returned payment that was suspended", func(w *world, d *document.Document) {
			d.Payment.Kind, d.Payment.PayerUNP = "returned", ""
			w.payers[unp].Suspended = []account.Suspended{{PaymentSuspended: event.PaymentSuspended{
				BankRef: "BY18-000123", Amount: d.Payment.Amount}}}
		}, nil, control.Accepted},
		{"a returned payment that was split", func(w *world, d *document.Document) {
			d.Payment.Kind, d.Payment.PayerUNP = "returned", ""
			part := account.Payment{PaymentReceived: event.PaymentReceived{
				BankRef: "BY18-000123", Amount: d.Payment.Amount}}
			w.payers[unp].Payments = []account.Payment{part}
			w.payers[unp].Suspended = []account.Suspended{{PaymentSuspended: event.PaymentSuspended{
				BankRef: "BY18-000123", Amount: d.Payment.Amount},
				Parts: []event.MatchedPart{{Payer: unp, Amount: d.Payment.Amount}}}}
		}, nil, control.Accepted},
		{"806 a part of it is returned already", func(w *world, d *document.Document) {
			d.Payment.Kind, d.Payment.PayerUNP = "returned", ""
			w.payers[unp].Suspended = []account.Suspended{{PaymentSuspended: event.PaymentSuspended{
				BankRef: "BY18-000123", Amount: d.Payment.Amount},
				Parts: []event.MatchedPart{{Payer: unp, Amount: d.Payment.Amount}}}}
		}, []string{"E SPF-806 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"807 no refund", func(_ *world, d *document.Document) { d.Payment.Kind = "refund" },
			[]string{"E SPF-807 /payment/amount:5 [280.00] want []"}, ""},
		{"a paid refund", func(w *world, d *document.Document) {
			d.Payment.Kind = "refund"
			w.payers[unp].Refunds = []account.Refund{{RefundRequested: event.RefundRequested{
				Amount: d.Payment.Amount}, Proposal: account.Proposal{
				State: account.ProposalApproved, On: d.Payment.ValueDate}}}
		}, nil, control.Accepted},
		{"807 approved later", func(w *world, d *document.Document) {
			d.Payment.Kind = "refund"
			w.payers[unp].Refunds = []account.Refund{{RefundRequested: event.RefundRequested{
				Amount: d.Payment.Amount}, Proposal: account.Proposal{
				State: account.ProposalApproved, On: d.Payment.ValueDate.AddDays(1)}}}
		}, []string{"E SPF-807 /payment/amount:5 [280.00] want []"}, ""},
	})
}
