package commands_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

var (
	petrova = ledger.Actor{Subject: "petrova", Role: "officer", Office: "602"}
	ivanova = ledger.Actor{Subject: "ivanova", Role: "officer", Office: "602"}
)

func paper(item string) event.Evidence {
	return event.Evidence{Item: item, On: period.MustDate("2018-04-11")}
}

// pensioner files a registration, a hire and a quarter of a person, and records work of
// the time before the account. The claim is of an old-age pension of a man of 1957.
func (k *kit) pensioner(earnings, before string) (worker, ledger.PersonID) {
	k.t.Helper()
	w := workerOf(k.t, "1956-10-02")
	for _, file := range [][]byte{
		report(k.t, pack(document.PU1), registration(w)),
		report(k.t, pack(document.PU2), hire(w, "2018-01-01")),
		report(k.t, pack(document.PU3), quarter(w, earnings)),
	} {
		f := k.file(file)
		require.Equal(k.t, 1, f.Processed.Accepted, k.findings(f))
	}
	id := k.bus.Keys.PersonID(w.number)
	_, _, err := k.bus.RecordSpecialPeriod(k.t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: id, Kind: "before_account", From: period.MustDate(before),
		To: period.MustDate("2017-12-31"), Evidence: paper("work_book")})
	require.NoError(k.t, err)
	return w, id
}

// claimed opens a case of the kind from 12 April 2018 and calculates it.
func (k *kit) claimed(id ledger.PersonID, kind, details string) commands.Calculated {
	k.t.Helper()
	done, err := k.tryClaim(id, kind, details)
	require.NoError(k.t, err)
	return done
}

func (k *kit) tryClaim(id ledger.PersonID, kind, details string) (commands.Calculated, error) {
	k.t.Helper()
	var given map[string]json.RawMessage
	if details != "" {
		require.NoError(k.t, json.Unmarshal([]byte(details), &given))
	}
	x, _, err := k.bus.ClaimBenefit(k.t.Context(), commands.ClaimBenefit{Actor: petrova,
		Person: id, Kind: kind, Details: given})
	if err != nil {
		return commands.Calculated{}, err
	}
	return k.bus.CalculateBenefit(k.t.Context(), commands.CalculateBenefit{Actor: petrova,
		Person: id, Case: x})
}

func (k *kit) approve(by ledger.Actor, id ledger.PersonID, c commands.Calculated,
) (commands.Decided, error) {
	return k.bus.ApproveCalculation(k.t.Context(), commands.ApproveCalculation{Actor: by,
		Person: id, Calculation: c.Calculation, Ground: "Law 1596-XII"})
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *commands.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code, refusal.Message)
}

func TestPensionThroughTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	require.True(t, c.Trace.Entitled, c.Trace.Unmet)
	require.Equal(t, "full", c.Trace.Form)

	again := k.claimed(id, "old_age", "")
	require.Equal(t, c.Calculation, again.Calculation, "the same claim and calculation once")

	_, err := k.approve(petrova, id, c)
	requireCode(t, err, "SPF-905")
	d, err := k.approve(ivanova, id, c)
	require.NoError(t, err)
	require.True(t, d.Entitled)
	repeated, err := k.approve(ivanova, id, c)
	require.NoError(t, err)
	require.Equal(t, d.Case, repeated.Case)

	x, ok := k.person(w.number).Case(d.Case)
	require.True(t, ok)
	require.Equal(t, account.CaseAwarded, x.State)
	require.Equal(t, "ivanova", x.DecidedBy)
	require.Equal(t, "petrova", x.Award.Author)
	sum, ok := x.AmountOn(period.MustDate("2018-04-12"))
	require.True(t, ok)
	require.Equal(t, c.Trace.Amount, sum)

	// 28 years, 3 months of coverage: 55 % and 3 years of 1 % of 800.00.
	require.Equal(t, "464.00", sum.String())
	explained, err := k.bus.Explain(t.Context(), id, c.Calculation)
	require.NoError(t, err)
	require.Equal(t, "petrova", explained.Author)
	var trace entitlement.Trace
	require.NoError(t, json.Unmarshal(explained.Trace, &trace))
	require.Len(t, trace.Earnings[0].Months, 3, "down to the reported months")
	require.NotEmpty(t, trace.Earnings[0].Months[0].Receipt)
	require.Contains(t, string(trace.Rules[1].Output), "parameters_used")
}

func TestAnAccountThatMovedIsCalculatedAnew(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	late := quarter(w, "600.00")
	late.Data.Category, late.Data.ContractNo = "03", "7"
	late.Data.ContractDate = period.MustDate("2018-01-01")
	f := k.file(report(t, pack(document.PU3), late))
	require.Equal(t, 1, f.Processed.Accepted, k.findings(f))

	_, err := k.approve(ivanova, id, c)
	requireCode(t, err, "SPF-906")
	c = k.claimed(id, "old_age", "")
	_, err = k.approve(ivanova, id, c)
	require.NoError(t, err)
	require.Equal(t, "812.00", c.Trace.Amount.String(), "58 % of 1,400.00")
}

func TestALawThatChangedIsCalculatedAnew(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	publish := func(name, value, from string) {
		_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: petrova,
			Parameters: []event.ParameterPublished{{Name: name, Value: value,
				From: period.MustDate(from), Act: "test"}}})
		require.NoError(t, err)
	}
	publish("funeral_claim_months", "7", "2018-03-01")
	publish("old_age_year_rate", "0.02", "2018-04-01")
	_, err := k.approve(ivanova, id, c)
	requireCode(t, err, "SPF-906")
	c = k.claimed(id, "old_age", "")
	publish("funeral_claim_months", "8", "2018-04-02")
	_, err = k.approve(ivanova, id, c)
	require.NoError(t, err, "a number that the calculation does not read changes nothing")
	require.Equal(t, "488.00", c.Trace.Amount.String())
}

func TestRefusalNamesEachCondition(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 1)
	k.file(report(t, pack(document.PU1), registration(w)))
	id := k.bus.Keys.PersonID(w.number)
	k.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
	k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	c := k.claimed(id, "old_age", "")
	require.False(t, c.Trace.Entitled)
	d, err := k.approve(ivanova, id, c)
	require.NoError(t, err)
	require.False(t, d.Entitled)
	x, _ := k.person(w.number).Case(d.Case)
	require.Equal(t, account.CaseRefused, x.State)
	require.Equal(t, []string{"age_not_reached", "coverage_short", "paid_coverage_short"},
		x.Unmet)

	other := k.claimed(id, "old_age", "")
	require.NotEqual(t, c.Calculation, other.Calculation, "a refused claim may be made again")
}

func TestReturnedAndWithdrawnClaims(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	_, err := k.bus.ReturnCalculation(t.Context(), commands.ReturnCalculation{Actor: ivanova,
		Person: id, Calculation: c.Calculation, Ground: "Rules, p. 12",
		Reason: "the work book has a gap"})
	require.NoError(t, err)
	_, err = k.approve(ivanova, id, c)
	requireCode(t, err, "calculation_not_pending")
	x := k.person(w.number).Cases[0].ID
	_, err = k.bus.WithdrawClaim(t.Context(), commands.WithdrawClaim{Actor: petrova, Person: id,
		Case: x, Reason: "claimed too early"})
	require.NoError(t, err)
	_, err = k.bus.CalculateBenefit(t.Context(), commands.CalculateBenefit{Actor: petrova,
		Person: id, Case: x})
	requireCode(t, err, "case_closed")
}

func TestBenefitsThatExcludeEachOther(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	d, err := k.approve(ivanova, id, c)
	require.NoError(t, err)
	disabled := `{"disability_onset_date":"2018-03-01","group":"II"}`
	other := k.claimed(id, "disability", disabled)
	require.True(t, other.Trace.Entitled, other.Trace.Unmet)
	_, err = k.approve(ivanova, id, other)
	requireCode(t, err, "SPF-907")
	_, err = k.bus.TerminateBenefit(t.Context(), commands.TerminateBenefit{Actor: petrova,
		Person: id, Case: d.Case, Last: period.MustDate("2018-04-11"), Cause: "other_pension",
		Ground: "Law 1596-XII"})
	require.NoError(t, err)
	other = k.claimed(id, "disability", disabled)
	_, err = k.approve(ivanova, id, other)
	require.NoError(t, err)
}

func TestOtherBenefitsOnTheSameSkeleton(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	for kind, want := range map[string]struct{ details, amount string }{
		// Ten levels of the day before the birth: 199.32.
		"birth_grant": {`{"child_birth_date":"2018-03-01","children_born":1,"previous_children":0}`,
			"1993.20"},
		// 35 % of the average wage of the quarter: 891.51.
		"child_under_3": {`{"child_birth_date":"2018-03-01","child_order":1,
			"child_disabled":false}`, "312.03"},
	} {
		c := k.claimed(id, kind, want.details)
		require.Equal(t, want.amount, c.Trace.Amount.String(), kind)
		_, err := k.approve(ivanova, id, c)
		require.NoError(t, err, kind)
	}
	for _, x := range k.person(w.number).Cases {
		require.Equal(t, account.CaseAwarded, x.State)
	}
}

func TestChangedFactsFlagAReviewAndNoAmount(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	c := k.claimed(id, "old_age", "")
	d, err := k.approve(ivanova, id, c)
	require.NoError(t, err)

	late := quarter(w, "600.00")
	late.Data.Category, late.Data.ContractNo = "03", "7"
	late.Data.ContractDate = period.MustDate("2018-01-01")
	f := k.file(report(t, pack(document.PU3), late))
	require.Equal(t, 1, f.Processed.Accepted, k.findings(f))
	x, _ := k.person(w.number).Case(d.Case)
	require.Len(t, x.Reviews, 1)
	require.Equal(t, commands.ReviewMonths, x.Reviews[0].Reason)
	sum, _ := x.AmountOn(period.MustDate("2018-06-01"))
	require.Equal(t, "464.00", sum.String(), "never silently")

	done, err := k.bus.CalculateBenefit(t.Context(), commands.CalculateBenefit{Actor: petrova,
		Person: id, Case: d.Case, From: period.MustDate("2018-05-01")})
	require.NoError(t, err)
	_, err = k.approve(ivanova, id, done)
	require.NoError(t, err)
	x, _ = k.person(w.number).Case(d.Case)
	require.Empty(t, x.Reviews)
	sum, _ = x.AmountOn(period.MustDate("2018-04-30"))
	require.Equal(t, "464.00", sum.String())
	sum, _ = x.AmountOn(period.MustDate("2018-05-01"))
	require.Equal(t, "812.00", sum.String())

	// A period before the pension bears upon it, too.
	_, _, err = k.bus.RecordSpecialPeriod(t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: id, Kind: "military", From: period.MustDate("1976-01-01"),
		To: period.MustDate("1977-12-31"), Evidence: paper("military_id")})
	require.NoError(t, err)
	x, _ = k.person(w.number).Case(d.Case)
	require.Equal(t, commands.ReviewPeriod, x.Reviews[0].Reason)
}

func TestBadClaimsAreRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id := k.pensioner("800.00", "1990-01-01")
	_, err := k.tryClaim(id, "no_such_kind", "")
	requireCode(t, err, "benefit_kind_unknown")
	_, err = k.tryClaim(id, "old_age", `{"average_monthly_earnings":"9999.00"}`)
	requireCode(t, err, "detail_not_taken")
	_, err = k.tryClaim(id, "old_age", `{"deferal_years":1}`)
	requireCode(t, err, "detail_not_taken")
	_, err = k.tryClaim(id, "disability", "")
	requireCode(t, err, "evidence_missing")
	_, err = k.tryClaim(k.bus.Keys.PersonID("unknown"), "old_age", "")
	requireCode(t, err, "person_unknown")
	_, _, err = k.bus.RecordSpecialPeriod(t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: id, Kind: "military", From: period.MustDate("2017-01-01"),
		To: period.MustDate("2016-01-01"), Evidence: paper("military_id")})
	requireCode(t, err, "period_invalid")
	_, _, err = k.bus.RecordSpecialPeriod(t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: id, Kind: "holiday", From: period.MustDate("2015-01-01"),
		To: period.MustDate("2016-01-01"), Evidence: paper("military_id")})
	requireCode(t, err, "period_kind_unknown")
}

// TestClaimsKeepPersonalDataSealed: what a claim says of health and children is nowhere in
// the clear in the ledger.
func TestClaimsKeepPersonalDataSealed(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	_, id := k.pensioner("800.00", "1990-01-01")
	k.claimed(id, "disability", `{"disability_onset_date":"2018-03-01","group":"II"}`)
	for e, err := range k.log.ReadStreams(t.Context(), ledger.PersonStream(id)) {
		require.NoError(t, err)
		require.False(t, bytes.Contains(e.Payload, []byte("onset")), e.Type)
		require.False(t, bytes.Contains(e.Payload, []byte("1956-10-02")), e.Type)
	}
}

// TestCommandsAtTheSameRevisionAreToldApart: who decides on the same state at the same time
// as somebody else is not told that its own facts were recorded when only the other's were.
func TestCommandsAtTheSameRevisionAreToldApart(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	kinds := []string{"old_age", "hazardous_list_1", "social_old_age", "sickness",
		"funeral_grant", "child_under_3", "birth_grant", "disability"}
	var group errgroup.Group
	for _, kind := range kinds {
		group.Go(func() error {
			_, _, err := k.bus.ClaimBenefit(t.Context(), commands.ClaimBenefit{Actor: petrova,
				Person: id, Kind: kind})
			return err
		})
	}
	require.NoError(t, group.Wait())
	recorded := map[string]bool{}
	for _, x := range k.person(w.number).Cases {
		recorded[x.Kind] = true
	}
	require.Len(t, recorded, len(kinds))
}

func TestPublicationsAtTheSameRevisionAreToldApart(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	var group errgroup.Group
	names := []string{"funeral_claim_months", "sick_child_days", "old_age_extra_year_cap",
		"hazardous_year_cap"}
	for _, name := range names {
		group.Go(func() error {
			n, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: petrova,
				Parameters: []event.ParameterPublished{{Name: name, Value: "9",
					From: period.MustDate("2030-01-01"), Act: "test"}}})
			if err == nil && n != 1 {
				err = fmt.Errorf("%s: %d published", name, n)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	k.bus.Law.Refresh()
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	for _, name := range names {
		p, err := law.Parameters.Lookup(name, period.MustDate("2030-01-01"))
		require.NoError(t, err, name)
		require.Equal(t, "9", p.Value, name)
	}
}
