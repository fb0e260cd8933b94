package account_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

func opened(payer string) *event.DisputeOpened {
	d := &event.DisputeOpened{Dispute: id(70), Payer: payer, Office: "602", Text: sealed(7),
		Line: event.Line{Kind: event.LineMonth, Month: month("2018-01"),
			Slot: report(5, payerA, "01").Slot}}
	if payer == "" {
		d.DecideBy = date("2018-06-30")
	} else {
		d.AnswerBy = date("2018-05-30")
	}
	return d
}

func TestDisputeClocks(t *testing.T) {
	t.Parallel()
	accepted := &event.DisputeAnswered{Dispute: id(70), Accepted: true, Text: sealed(8),
		CorrectBy: date("2018-06-15")}
	denied := &event.DisputeAnswered{Dispute: id(70), Text: sealed(8),
		DecideBy: date("2018-06-30")}
	for name, c := range map[string]struct {
		facts  []event.Payload
		due    string
		before account.DisputeState // on the last day of the term
		after  account.DisputeState // the day after
	}{
		"asked": {[]event.Payload{opened(payerA)}, "2018-05-30",
			account.DisputeWaitsForPayer, account.DisputePayerLate},
		"of the Fund": {[]event.Payload{opened("")}, "2018-06-30",
			account.DisputeWaitsForFund, account.DisputeFundLate},
		"accepted": {[]event.Payload{opened(payerA), accepted}, "2018-06-15",
			account.DisputeWaitsForCorrection, account.DisputeCorrectionLate},
		"denied": {[]event.Payload{opened(payerA), denied}, "2018-06-30",
			account.DisputeWaitsForFund, account.DisputeFundLate},
	} {
		d := &foldPerson(append([]event.Payload{report(5, payerA, "01",
			earned("2018-01", "859.00"))}, c.facts...)...).Disputes[0]
		_, due := d.Turn()
		require.Equal(t, date(c.due), due, name)
		require.Equal(t, c.before, d.State(due), name)
		require.Equal(t, c.after, d.State(due.AddDays(1)), name)
	}
	for outcome, closing := range map[account.DisputeOutcome]event.Payload{
		account.DisputeUpheld:    &event.DisputeDecided{Dispute: id(70), Upheld: true},
		account.DisputeDismissed: &event.DisputeDecided{Dispute: id(70)},
		account.DisputeCorrected: &event.DisputeSettled{Dispute: id(70), Receipt: "r2"},
		account.DisputeDropped:   &event.DisputeWithdrawn{Dispute: id(70)},
	} {
		d := &foldPerson(opened(payerA), closing).Disputes[0]
		require.Equal(t, outcome, d.Outcome)
		require.Equal(t, account.DisputeClosed, d.State(date("2030-01-01")))
		require.False(t, d.ClosedAt.IsZero())
	}
}

func TestLinesOfAnAccount(t *testing.T) {
	t.Parallel()
	p := foldPerson(
		&event.EmploymentStarted{Employment: id(5), Payer: payerA, Contract: "01"},
		report(5, payerA, "01", earned("2018-01", "859.00"), earned("2018-02", "1.00")),
		&event.SpecialPeriodRecorded{Period: id(6), Kind: "military"})
	slot := p.Slots()[0].Slot
	for _, c := range []struct {
		line  event.Line
		payer string
		ok    bool
	}{
		{event.Line{Kind: event.LineMonth, Slot: slot, Month: month("2018-02")}, payerA, true},
		{event.Line{Kind: event.LineMonth, Slot: slot, Month: month("2018-03")}, "", false},
		{event.Line{Kind: event.LineService, Slot: slot, From: date("2018-01-01")}, payerA, true},
		{event.Line{Kind: event.LineService, Slot: slot, From: date("2018-01-02")}, "", false},
		{event.Line{Kind: event.LineSlot, Slot: slot}, payerA, true},
		{event.Line{Kind: event.LineSlot, Slot: event.Slot{Payer: payerB}}, "", false},
		{event.Line{Kind: event.LineEmployment, ID: id(5)}, payerA, true},
		{event.Line{Kind: event.LineEmployment, ID: id(8)}, "", false},
		{event.Line{Kind: event.LinePeriod, ID: id(6)}, "", true},
		{event.Line{Kind: event.LinePeriod, ID: id(8)}, "", false},
		{event.Line{Kind: "weather", Slot: slot}, "", false},
	} {
		found, ok := p.Line(&c.line)
		require.Equal(t, c.ok, ok, c.line.Kind)
		if ok {
			require.Equal(t, c.payer, found.Payer)
			require.Equal(t, uuid.Nil, found.Account)
		}
	}
}
