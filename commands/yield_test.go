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
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
)

// savings files ПУ-6 of a man of 1956 who was credited 90.00, 90.00 and 72.00 for the first
// three months of 2018, and turns the clock to February 2019.
func (k *indexKit) savings() ledger.PersonID {
	k.t.Helper()
	w, id := k.pensioner("1000.00", "1990-01-01")
	f := k.file(report(k.t, pack(document.PU6), special(w, "И", 100_000, 100_000, 120_000)))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	*k.now = time.Date(2019, 2, 12, 9, 0, 0, 0, time.UTC)
	return id
}

func (k *indexKit) credit(by ledger.Actor) commands.PreparedYield {
	k.t.Helper()
	done, err := k.bus.PrepareYield(k.t.Context(),
		commands.PrepareYield{Actor: petrova, Ground: "ДПЧ", Year: 2018})
	require.NoError(k.t, err)
	_, err = k.bus.ApproveYield(k.t.Context(),
		commands.ApproveYield{Actor: by, Ground: "ДПЧ", Run: done.Run})
	require.NoError(k.t, err)
	return done
}

func (k *indexKit) savingsOf(id ledger.PersonID, on string) occupational.Account {
	k.t.Helper()
	law, err := k.bus.Law.Current(k.t.Context())
	require.NoError(k.t, err)
	return occupational.Of(k.fold(id), law, period.MustDate(on))
}

// TestYieldIsCreditedOnce: 90.00 × 11/12 + 90.00 × 10/12 + 72.00 × 9/12 = 211.50, of which
// 8 % is 16.92.
func TestYieldIsCreditedOnce(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	id := k.savings()
	done := k.credit(ivanova)
	require.Equal(t, 1, done.Persons)
	require.Equal(t, "16.92", done.Amount.String())
	before := k.fold(id).Revision
	require.NoError(t, k.bus.RunYield(t.Context(), done.Run))
	require.NoError(t, k.bus.RunYield(t.Context(), done.Run), "a run that is done does nothing")
	p := k.fold(id)
	require.Equal(t, before+1, p.Revision)
	require.Len(t, p.Yields, 1)
	require.Equal(t, "211.50", p.Yields[0].Base.String())
	require.Equal(t, "16.92", p.Yields[0].Amount.String())
	k.bus.Law.Refresh()
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	r, _ := law.YieldRun(done.Run)
	require.Equal(t, account.IndexationCompleted, r.State)
	require.Equal(t, 1, r.Reached)
	require.Equal(t, done.Amount, r.Credited)

	again := k.credit(ivanova)
	require.NotEqual(t, done.Run, again.Run)
	require.NoError(t, k.bus.RunYield(t.Context(), again.Run))
	require.Equal(t, before+1, k.fold(id).Revision, "nothing has changed since")

	a := k.savingsOf(id, "2019-02-12")
	require.Equal(t, "268.92", a.Balance.String())
	require.Equal(t, []occupational.Year{{Year: 2018, Credited: 252_00, Base: 211_50,
		Coefficient: done.Coefficient, Yield: 16_92, Closing: 268_92}}, a.Years)
	require.Equal(t, "252.00", k.savingsOf(id, "2018-12-31").Balance.String())
	require.Equal(t, "90.00", k.savingsOf(id, "2018-02-28").Balance.String())
}

// TestYieldFollowsACorrection: a run after a correction replaces the year's yield: without
// March, 90.00 × 11/12 + 90.00 × 10/12 = 157.50 and 12.60.
func TestYieldFollowsACorrection(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	id := k.savings()
	require.NoError(t, k.bus.RunYield(t.Context(), k.credit(ivanova).Run))
	w := workerOf(t, "1956-10-02")
	f := k.file(report(t, pack(document.PU6), special(w, "К", 100_000, 100_000)))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	require.NoError(t, k.bus.RunYield(t.Context(), k.credit(ivanova).Run))
	p := k.fold(id)
	require.Len(t, p.Yields, 1)
	require.Equal(t, "12.60", p.Yields[0].Amount.String())
}

func TestYieldNeedsTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.savings()
	prepare := commands.PrepareYield{Actor: petrova, Ground: "ДПЧ", Year: 2018}
	done, err := k.bus.PrepareYield(t.Context(), prepare)
	require.NoError(t, err)
	approve := commands.ApproveYield{Actor: petrova, Ground: "ДПЧ", Run: done.Run}
	_, err = k.bus.ApproveYield(t.Context(), approve)
	requireCode(t, err, "SPF-905")
	requireCode(t, k.bus.RunYield(t.Context(), done.Run), "run_not_approved")
	approve.Actor, approve.Ground = ivanova, ""
	_, err = k.bus.ApproveYield(t.Context(), approve)
	requireCode(t, err, "ground_missing")
	newer, err := k.bus.PrepareYield(t.Context(), prepare)
	require.NoError(t, err)
	approve.Ground = "ДПЧ"
	_, err = k.bus.ApproveYield(t.Context(), approve)
	requireCode(t, err, "SPF-906")
	approve.Run = uuid.New()
	_, err = k.bus.ApproveYield(t.Context(), approve)
	requireCode(t, err, "yield_run_unknown")
	approve.Run = newer.Run
	_, err = k.bus.ApproveYield(t.Context(), approve)
	require.NoError(t, err)
	prepare.Year = 2019
	_, err = k.bus.PrepareYield(t.Context(), prepare)
	requireCode(t, err, "year_not_ended")
	prepare.Year = 2017
	_, err = k.bus.PrepareYield(t.Context(), prepare)
	requireCode(t, err, "missing_parameter")
	prepare.Year, prepare.Ground = 2018, ""
	_, err = k.bus.PrepareYield(t.Context(), prepare)
	requireCode(t, err, "ground_missing")
}

// TestOccupationalPensionThroughTwoOfficers: 268.92 over 60 months is 4.48; after twelve
// payments 53.76 are consumed, and the year gives no yield any more.
func TestOccupationalPensionThroughTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	id := k.savings()
	require.NoError(t, k.bus.RunYield(t.Context(), k.credit(ivanova).Run))
	k.bus.Law.Refresh()
	_, err := k.tryClaim(id, "occupational_additional", `{"occupational_balance": "1.00"}`)
	require.Error(t, err, "the balance is established from the account")
	done, err := k.tryClaim(id, "occupational_additional", "")
	require.NoError(t, err)
	require.Equal(t, "4.48", done.Trace.Amount.String())
	require.NotNil(t, done.Trace.Occupational)
	_, err = k.approve(petrova, id, done)
	requireCode(t, err, "SPF-905")
	_, err = k.approve(ivanova, id, done)
	require.NoError(t, err)
	from := done.Trace.From
	a := k.savingsOf(id, from.AddMonths(11).String())
	require.Len(t, a.Pensions, 1)
	require.Equal(t, "53.76", a.Consumed.String())
	require.Equal(t, "215.16", a.Balance.String())
	require.Equal(t, from.AddMonths(60).AddDays(-1), a.Pensions[0].Until)
	all := k.savingsOf(id, from.AddMonths(120).String())
	require.Equal(t, "268.80", all.Consumed.String(), "60 × 4.48; 12 kopecks of rounding stay")
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	_, due, err := occupational.YieldOf(k.fold(id), law, 2019)
	require.NoError(t, err)
	require.False(t, due)
}

// TestEarlyOccupationalPensionIsRefusedByName: three months of service are too few.
func TestEarlyOccupationalPensionIsRefusedByName(t *testing.T) {
	t.Parallel()
	k := newIndexKit(t, nil)
	k.hireFrom2016(1)
	w := workerNo(t, 0)
	for form, d := range map[document.Form]document.Document{
		document.PU3: quarter(w, "1000.00")} {
		k.file(report(t, pack(form), d))
	}
	k.file(report(t, pack(document.PU6), special(w, "И", 100_000, 100_000, 100_000)))
	id := k.bus.Keys.PersonID(w.number)
	done, err := k.tryClaim(id, "occupational_early_list_1", "")
	require.NoError(t, err)
	require.False(t, done.Trace.Entitled)
	require.NotEmpty(t, done.Trace.Unmet)
}
