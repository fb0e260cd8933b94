package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

func (k *kit) provisional(w worker) (ledger.PersonID, error) {
	k.t.Helper()
	id, _, err := k.bus.OpenProvisional(k.t.Context(), commands.OpenProvisional{Actor: petrova,
		Ground: "п. 12", Reason: "seen at the counter", Evidence: passport(7),
		Personal: event.PersonalData{PersonalNo: w.number, Surname: w.surname, Name: w.name,
			Patronymic: w.patronymic}})
	return id, err
}

// TestAProvisionalAccountLetsDocumentsIn: a hire of an unknown person waits, is taken when an
// officer has opened the account, and a ПУ-1 confirms the account.
func TestAProvisionalAccountLetsDocumentsIn(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 0)
	f := k.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
	require.Equal(t, 1, f.Processed.Parked)
	id, err := k.provisional(w)
	require.NoError(t, err)
	again, err := k.provisional(w)
	require.NoError(t, err)
	require.Equal(t, id, again, "the account is opened once")
	require.True(t, k.person(w.number).Provisional)
	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	require.Len(t, k.person(w.number).Employments, 1)

	f = k.accept(document.PU1, registration(w))
	require.NotContains(t, codes(k.findings(f)), "SPF-508", "it is not told as known")
	require.False(t, k.person(w.number).Provisional)
	_, err = k.provisional(w)
	requireCode(t, err, "person_registered")
	later := registration(w)
	later.FilledOn = period.MustDate("2018-01-04")
	f = k.accept(document.PU1, later)
	require.Contains(t, codes(k.findings(f)), "SPF-508", "now it is")
}

func TestTwoOfficersConfirmAnAccount(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, other := workerNo(t, 0), workerNo(t, 5)
	_, err := k.provisional(w)
	require.NoError(t, err)
	k.accept(document.PU1, registration(other))
	_, err = k.propose(petrova, event.MergeAccounts, w, other)
	requireCode(t, err, "survivor_provisional")

	decision, err := k.propose(petrova, event.ConfirmIdentity, w, worker{})
	require.NoError(t, err)
	requireCode(t, k.decide(petrova, w, decision), "SPF-905")
	require.NoError(t, k.decide(ivanova, w, decision))
	require.False(t, k.person(w.number).Provisional)
}

func TestNothingIsDecidedOnAProvisionalAccount(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerOf(t, "1956-10-02")
	id, err := k.provisional(w)
	require.NoError(t, err)
	_, err = k.tryClaim(id, "old_age", "")
	requireCode(t, err, "account_provisional")
	require.Len(t, k.person(w.number).Cases, 1, "the claim is recorded, with its day")
	bad := w
	bad.number = "3270287A012PB3"
	_, err = k.provisional(bad)
	requireCode(t, err, "insurance_no_invalid")
	bad = worker{number: workerNo(t, 3).number}
	_, err = k.provisional(bad)
	requireCode(t, err, "names_missing")
}
