package commands_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

func officer(name string) ledger.Actor {
	return ledger.Actor{Subject: name, Role: "officer", Office: "602"}
}

// confirming drives the commands on confirmations of one person.
type confirming struct {
	*kit
	person ledger.PersonID
}

func (c confirming) propose(who string) (uuid.UUID, error) {
	id, _, err := c.bus.ProposeConfirmation(c.t.Context(), commands.ProposeConfirmation{
		Actor: officer(who), Ground: "act", Person: c.person, From: period.MustMonth("2018-01"),
		To: period.MustMonth("2018-03"), Reason: "checked at the payer"})
	return id, err
}

func (c confirming) setAside(who string, id uuid.UUID) error {
	_, err := c.bus.ProposeSetAside(c.t.Context(), commands.ProposeSetAside{Actor: officer(who),
		Ground: "act", Person: c.person, Confirmation: id, Reason: "the payer was right"})
	return err
}

func (c confirming) decide(who string, id uuid.UUID, approve bool) error {
	_, err := c.bus.DecideConfirmation(c.t.Context(), commands.DecideConfirmation{
		Actor: officer(who), Ground: "act", Person: c.person, Confirmation: id,
		Approve: approve, Reason: "seen"})
	return err
}

func refusedWith(t *testing.T, code string, err error) {
	t.Helper()
	var refused *commands.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code)
}

// TestCorrectionOfAConfirmedPeriodWaits: it is parked, and accepted once two officers have
// set the confirmation aside.
func TestCorrectionOfAConfirmedPeriodWaits(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	k.fileAll(quarter(w, "1000.00"))
	c := confirming{k, k.bus.Keys.PersonID(w.number)}
	id, err := c.propose("petrova")
	require.NoError(t, err)
	again, err := c.propose("petrova")
	require.NoError(t, err)
	require.Equal(t, id, again, "a repetition stands once")
	_, err = c.propose("ivanova")
	refusedWith(t, "months_confirmed", err)
	refusedWith(t, "SPF-905", c.decide("petrova", id, true))
	k.fileAll(corrected(w, "1100.00")) // a proposal binds nobody
	refusedWith(t, "months_moved", c.decide("ivanova", id, true))
	require.NoError(t, c.decide("ivanova", id, false))
	refusedWith(t, "confirmation_state", c.decide("ivanova", id, true))

	id, err = c.propose("petrova")
	require.NoError(t, err)
	require.NoError(t, c.decide("ivanova", id, true))
	require.NoError(t, c.decide("ivanova", id, true), "a repetition changes nothing")
	change := corrected(w, "1200.00")
	change.FilledOn = period.MustDate("2018-04-11")
	f := k.file(report(t, pack(document.PU3), change))
	require.Equal(t, 1, f.Processed.Parked)
	require.Equal(t, "SPF-606", k.findings(f)[0].Code)
	require.Equal(t, "2018-01…2018-03", k.findings(f)[0].Expected)

	require.NoError(t, c.setAside("petrova", id))
	refusedWith(t, "SPF-905", c.decide("petrova", id, true))
	require.NoError(t, c.decide("ivanova", id, false))
	require.True(t, k.person(w.number).Confirmation(id).Holds(), "it still stands")
	require.NoError(t, c.setAside("petrova", id))
	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	require.Equal(t, "1100.00", k.person(w.number).Slots()[0].Months[0].Earnings.String())
	require.NoError(t, c.decide("ivanova", id, true))
	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	require.Equal(t, "1200.00", k.person(w.number).Slots()[0].Months[0].Earnings.String())
	x := k.person(w.number).Confirmation(id)
	require.Equal(t, account.ConfirmationSetAside, x.State)
	require.Equal(t, "petrova", x.Author)
	require.Equal(t, "ivanova", x.DecidedBy)
	_, filings := k.payer(unp)
	require.Empty(t, filings.Parked)
}

func TestConfirmationsNeedReascitesGroundAndMonthsThatAreOver(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	person := k.bus.Keys.PersonID(w.number)
	over, now := period.MustMonth("2018-01"), period.MustMonth("2018-04")
	for code, c := range map[string]commands.ProposeConfirmation{
		"ground_missing": {Reason: "x", From: over, To: over},
		"reason_missing": {Ground: "x", From: over, To: over},
		"months_invalid": {Ground: "x", Reason: "x", From: now, To: now},
	} {
		c.Actor, c.Person = officer("petrova"), person
		_, _, err := k.bus.ProposeConfirmation(t.Context(), c)
		refusedWith(t, code, err)
	}
	refusedWith(t, "confirmation_unknown", confirming{k, person}.setAside("petrova", uuid.New()))
	require.Empty(t, k.person(w.number).Confirmations)
	for e, err := range k.log.ReadStreams(t.Context(), ledger.PersonStream(person)) {
		require.NoError(t, err)
		require.NotEqual(t, (*event.ConfirmationProposed)(nil).EventType(), e.Type)
	}
}
