package commands_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

var (
	insuredPerson = ledger.Actor{Subject: "insured", Role: "person"}
	sidorova      = ledger.Actor{Subject: "sidorova", Role: "officer", Office: "602"}
)

// disputed is a person with a quarter reported, and the dispute over January.
func (k *kit) disputed() (worker, ledger.PersonID, uuid.UUID) {
	k.t.Helper()
	w := workerNo(k.t, 0)
	k.accept(document.PU1, registration(w))
	k.accept(document.PU2, hire(w, "2018-01-01"))
	k.accept(document.PU3, quarter(w, "800.00"))
	id := k.bus.Keys.PersonID(w.number)
	dispute, err := k.open(insuredPerson, id, event.Line{Kind: event.LineMonth,
		Slot: k.person(w.number).Slots()[0].Slot, Month: period.MustMonth("2018-01")})
	require.NoError(k.t, err)
	return w, id, dispute
}

func (k *kit) open(by ledger.Actor, id ledger.PersonID, line event.Line) (uuid.UUID, error) {
	k.t.Helper()
	dispute, _, err := k.bus.OpenDispute(k.t.Context(), commands.OpenDispute{Actor: by,
		Person: id, Line: line, Text: "I earned twice as much"})
	return dispute, err
}

func (k *kit) answer(payer string, id ledger.PersonID, dispute uuid.UUID, accepted bool) error {
	k.t.Helper()
	by := clerk
	if payer == "" {
		by = petrova
	}
	_, err := k.bus.AnswerDispute(k.t.Context(), commands.AnswerDispute{Actor: by, Person: id,
		Dispute: dispute, Payer: payer, Accepted: accepted, Text: "by the pay sheet"})
	return err
}

func (k *kit) rule(by ledger.Actor, id ledger.PersonID, dispute uuid.UUID, upheld bool) error {
	k.t.Helper()
	_, err := k.bus.DecideDispute(k.t.Context(), commands.DecideDispute{Actor: by,
		Ground: "п. 7", Person: id, Dispute: dispute, Upheld: upheld, Text: "the pay sheet"})
	return err
}

func (k *kit) later(days int) { *k.now = k.now.Add(time.Duration(days) * 24 * time.Hour) }

func TestADisputeFromOpeningToDecision(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id, dispute := k.disputed()
	again, err := k.open(insuredPerson, id, k.person(w.number).Disputes[0].Line)
	require.NoError(t, err)
	require.Equal(t, dispute, again, "the same dispute is recorded once")
	_, err = k.open(petrova, id, k.person(w.number).Disputes[0].Line)
	requireCode(t, err, "dispute_open")

	d := k.person(w.number).Disputes[0]
	require.Equal(t, unp, d.Payer)
	require.Equal(t, "602", d.Office)
	require.Equal(t, period.MustDate("2018-04-23"), d.AnswerBy, "ten days end on a Sunday")
	requireCode(t, k.rule(petrova, id, dispute, true), "dispute_waits_for_payer")
	requireCode(t, k.answer("100000007", id, dispute, false), "dispute_unknown")

	require.NoError(t, k.answer(unp, id, dispute, false))
	require.NoError(t, k.answer(unp, id, dispute, false), "the same answer is recorded once")
	requireCode(t, k.answer(unp, id, dispute, true), "dispute_answered")
	requireCode(t, k.rule(insuredPerson, id, dispute, true), "SPF-905")
	require.NoError(t, k.rule(petrova, id, dispute, true))
	require.NoError(t, k.rule(petrova, id, dispute, true))
	requireCode(t, k.rule(petrova, id, dispute, false), "dispute_closed")
	d = k.person(w.number).Disputes[0]
	require.Equal(t, account.DisputeUpheld, d.Outcome)
	require.Equal(t, "petrova", d.DecidedBy)

	next, err := k.open(insuredPerson, id, d.Line)
	require.NoError(t, err)
	require.NotEqual(t, dispute, next, "a closed dispute does not forbid another one")
}

func TestTheFundDecidesWhenThePayerIsLate(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id, dispute := k.disputed()
	k.later(11) // the tenth day is a Sunday
	requireCode(t, k.rule(petrova, id, dispute, false), "dispute_waits_for_payer")
	k.later(1)
	require.NoError(t, k.rule(petrova, id, dispute, false))
}

func TestWhoAnsweredForTheFundDoesNotDecide(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id, dispute := k.disputed()
	require.NoError(t, k.answer("", id, dispute, false))
	requireCode(t, k.rule(petrova, id, dispute, false), "SPF-905")
	require.NoError(t, k.rule(sidorova, id, dispute, false))
}

func TestLinesOfTheFundAreItsToDecide(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 0)
	k.accept(document.PU1, registration(w))
	id := k.bus.Keys.PersonID(w.number)
	special, _, err := k.bus.RecordSpecialPeriod(t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: id, Kind: "military", From: period.MustDate("2000-01-01"),
		To: period.MustDate("2000-12-31"), Evidence: paper("military_id")})
	require.NoError(t, err)
	dispute, err := k.open(petrova, id, event.Line{Kind: event.LinePeriod, ID: special})
	require.NoError(t, err)
	requireCode(t, k.answer("", id, dispute, true), "dispute_without_payer")
	requireCode(t, k.rule(petrova, id, dispute, true), "SPF-905")
	require.NoError(t, k.rule(sidorova, id, dispute, true))

	_, err = k.open(petrova, id, event.Line{Kind: event.LineEmployment, ID: special})
	requireCode(t, err, "line_unknown")
}

// A correction of the line settles the dispute; one of another month does not.
func TestACorrectionSettlesADispute(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id, dispute := k.disputed()
	require.NoError(t, k.answer(unp, id, dispute, true))
	d := k.person(w.number).Disputes[0]
	require.Equal(t, period.MustDate("2018-04-27"), d.Answer.CorrectBy)
	require.Equal(t, account.DisputeWaitsForCorrection, d.State(period.MustDate("2018-04-12")))

	other := correction(w, "800.00", 2)
	k.accept(document.PU3, other)
	require.Empty(t, k.person(w.number).Disputes[0].Outcome, "February is not disputed")
	f := k.accept(document.PU3, correction(w, "800.00", 1))
	d = k.person(w.number).Disputes[0]
	require.Equal(t, account.DisputeCorrected, d.Outcome)
	require.Equal(t, f.Receipt, d.CorrectedBy)
	require.Equal(t, 1, d.CorrectedDoc)
	require.NotEqual(t, d.Receipt, d.CorrectedBy)
	_, err := k.bus.WithdrawDispute(t.Context(), commands.WithdrawDispute{Actor: insuredPerson,
		Person: id, Dispute: dispute, Text: "mended"})
	requireCode(t, err, "dispute_closed")
}

// correction raises the pay of one month of the quarter.
func correction(w worker, monthly string, month int) document.Document {
	d := quarter(w, monthly)
	d.Type = document.Correction
	m := &d.Data.Months[month-1]
	m.Earnings += 10_000
	m.Contributions += 100
	m.Paid += 100
	d.Data.Declared.Earnings += 10_000
	d.Data.Declared.Contributions += 100
	d.Data.Declared.Paid += 100
	return d
}

// A dispute of a joined account goes with the account of its line.
func TestADisputeFollowsItsLine(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	k.accept(document.PU3, quarter(other, "500.00"))
	k.joins(event.MergeAccounts, one, other)
	id := k.bus.Keys.PersonID(one.number)
	dispute, err := k.open(insuredPerson, id, event.Line{Kind: event.LineSlot,
		Slot: k.person(other.number).Slots()[0].Slot})
	require.NoError(t, err)
	require.Empty(t, k.person(one.number).Disputes)
	require.Len(t, k.person(other.number).Disputes, 1)
	require.NoError(t, k.answer(unp, id, dispute, true))
	f := k.accept(document.PU3, correction(other, "500.00", 3))
	require.Equal(t, f.Receipt, k.person(other.number).Disputes[0].CorrectedBy)
}
