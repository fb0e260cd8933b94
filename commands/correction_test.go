package commands_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// corrected makes a ПУ-3 К of the first quarter with other pay.
func corrected(w worker, monthly string) document.Document {
	d := quarter(w, monthly)
	d.Type = document.Correction
	return d
}

// naming makes a ПУ-3 that only names the first quarter: О and В.
func naming(w worker, kind string) document.Document {
	d := quarter(w, "0.00")
	d.Type = kind
	d.Data.Months, d.Data.Service, d.Data.Declared = nil, nil, nil
	d.Data.DeclaredMonths, d.Data.DeclaredService = -1, -1
	return d
}

func restoring(w worker, version int) document.Document {
	d := naming(w, document.Restore)
	d.Restores = version
	return d
}

// fileAll files documents one after another in one file and wants all accepted.
func (k *kit) fileAll(docs ...document.Document) account.Filing {
	k.t.Helper()
	f := k.file(report(k.t, pack(document.PU3), docs...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	return f
}

// owed is what the payer owes for January 2018: persons, earnings and total.
func (k *kit) owed() (persons int, earnings, total string) {
	k.t.Helper()
	payer, _ := k.payer(unp)
	m, _ := payer.Month(period.MustMonth("2018-01"))
	return m.Persons, m.LiabilityAssessed.Earnings.String(), m.LiabilityAssessed.Total().String()
}

// TestCorrectionsChangeLiabilitiesBothWays: by the law of 2018 each 100.00 rubles cost 35.00
// of contributions (1 + 28 + 6 %).
func TestCorrectionsChangeLiabilitiesBothWays(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	workers := k.staff(2)
	a, b := workers[0], workers[1]
	for i, step := range []struct {
		doc             document.Document
		persons         int
		earnings, total string
		difference      string // of earnings, in the tally of the filing
		morePersons     int
		version         int
	}{
		{quarter(a, "1000.00"), 1, "1000.00", "350.00", "3000.00", 1, 1},
		{quarter(b, "600.00"), 2, "1600.00", "560.00", "1800.00", 1, 1},
		{corrected(a, "1200.00"), 2, "1800.00", "630.00", "600.00", 0, 2},
		{corrected(a, "700.00"), 2, "1300.00", "455.00", "-1500.00", 0, 3},
		{naming(a, document.Cancellation), 1, "600.00", "210.00", "-2100.00", -1, 4},
		{restoring(a, 2), 2, "1800.00", "630.00", "3600.00", 1, 5},
		{naming(a, document.Cancellation), 1, "600.00", "210.00", "-3600.00", -1, 6},
		{quarter(a, "900.00"), 2, "1500.00", "525.00", "2700.00", 1, 7},
		{naming(b, document.Cancellation), 1, "900.00", "315.00", "-1800.00", -1, 2},
		{restoring(a, 1), 1, "1000.00", "350.00", "300.00", 0, 8},
	} {
		// The same bytes would be the same filing.
		step.doc.FilledOn = period.MustDate("2018-04-01").AddDays(i)
		f := k.fileAll(step.doc)
		persons, earnings, total := k.owed()
		require.Equal(t, step.persons, persons)
		require.Equal(t, step.earnings, earnings)
		require.Equal(t, step.total, total)
		require.Len(t, f.Tallies, 1)
		require.Equal(t, step.difference, f.Tallies[0].Earnings.String())
		require.Equal(t, step.morePersons, f.Tallies[0].Persons)
		require.Equal(t, 1, f.Tallies[0].Accepted)
		slots := k.person(step.doc.Data.Insurance).Slots()
		require.Len(t, slots, 1)
		require.Equal(t, step.version, slots[0].Version)
		require.Equal(t, f.Receipt, slots[0].Receipt)
		require.Len(t, slots[0].Former, step.version-1)
	}
}

// TestDocumentsOfOneFileFollowOneAnother: an original, its correction, its cancellation, a
// restore and a second original of the same slot stand in one file.
func TestDocumentsOfOneFileFollowOneAnother(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	f := k.fileAll(quarter(w, "1000.00"), corrected(w, "1100.00"), naming(w, document.Cancellation),
		restoring(w, 1), naming(w, document.Cancellation), quarter(w, "500.00"),
		corrected(w, "500.00"))
	require.Equal(t, []event.Tally{{Form: "ПУ-3", Year: 2018, Quarter: 1, Accepted: 7, Persons: 1,
		Earnings: money.MustParse("1500.00"), Contributions: money.MustParse("15.00")}}, f.Tallies)
	slot := k.person(w.number).Slots()[0]
	require.Equal(t, 6, slot.Version, "the last document changes nothing (SPF-607)")
	require.Equal(t, 6, slot.DocNo)
	persons, earnings, total := k.owed()
	require.Equal(t, 1, persons)
	require.Equal(t, "500.00", earnings)
	require.Equal(t, "175.00", total)
}

// TestTalliesAreOfTheMonthsQuarters: a report of two quarters counts in each of them.
func TestTalliesAreOfTheMonthsQuarters(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	d := quarter(w, "1000.00")
	d.Quarters = "12"
	april := d.Data.Months[0]
	april.Number = 4
	d.Data.Months = append(d.Data.Months, april)
	d.Data.DeclaredMonths = 4
	*d.Data.Declared = d.Data.Sum()
	d.Data.Service = append(d.Data.Service, document.Service{From: period.MustDate("2018-04-01"),
		To: period.MustDate("2018-04-12")})
	d.Data.DeclaredService = 2
	f := k.fileAll(d)
	slices.SortFunc(f.Tallies, func(a, b event.Tally) int { return a.Quarter - b.Quarter })
	require.Equal(t, []event.Tally{
		{Form: "ПУ-3", Year: 2018, Quarter: 1, Persons: 1,
			Earnings: money.MustParse("3000.00"), Contributions: money.MustParse("30.00")},
		{Form: "ПУ-3", Year: 2018, Quarter: 2, Accepted: 1, Persons: 1,
			Earnings: money.MustParse("1000.00"), Contributions: money.MustParse("10.00")},
	}, f.Tallies)

	o := naming(w, document.Cancellation)
	o.Quarters = "12"
	f = k.fileAll(o)
	slices.SortFunc(f.Tallies, func(a, b event.Tally) int { return a.Quarter - b.Quarter })
	require.Equal(t, "-3000.00", f.Tallies[0].Earnings.String())
	require.Equal(t, -1, f.Tallies[0].Persons)
	require.Equal(t, "-1000.00", f.Tallies[1].Earnings.String())
	require.Equal(t, -1, f.Tallies[1].Persons)
}

// TestCorrectionOfEarningsThatWait: while a number of the law is missing, corrections change
// what waits; who is taken back waits no longer.
func TestCorrectionOfEarningsThatWait(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.hireFrom2016(2)
	a := oneMonth(workerNo(t, 0), june2016, account.CategorySelfEmployed, "", 30_000)
	b := oneMonth(workerNo(t, 1), june2016, account.CategorySelfEmployed, "", 40_000)
	as := func(d document.Document, kind string) document.Document {
		d.Type = kind
		return d
	}
	month := func() account.LiabilityMonth {
		payer, _ := k.payer(unp)
		m, _ := payer.Month(june2016)
		return m
	}
	k.fileAll(a, b)
	require.Len(t, month().Earnings, 2)
	k.fileAll(as(a, document.Cancellation))
	require.Len(t, month().Earnings, 1)
	require.Equal(t, "minimum_wage", month().Awaits)
	k.fileAll(as(b, document.Cancellation))
	require.Empty(t, month().Earnings)
	require.Empty(t, month().Awaits)
	k.fileAll(a, as(a, document.Cancellation), b)
	c := oneMonth(workerNo(t, 1), june2016, account.CategorySelfEmployed, "", 50_000)
	k.fileAll(as(c, document.Correction))
	require.Len(t, month().Earnings, 1)
	require.Equal(t, money.Amount(50_000), month().Earnings[0].Earnings)

	require.NoError(t, k.publishValue("minimum_wage", "230.00", "2016-01-01", "2016-12-31"))
	require.NoError(t, k.bus.AssessAwaiting(t.Context(), clerk, unp))
	require.Equal(t, 1, month().Persons)
	require.Equal(t, money.MustParse("500.00"), month().SelfBase)
	k.fileAll(as(c, document.Cancellation))
	require.Empty(t, cmp.Diff(event.LiabilityAssessed{Month: june2016},
		month().LiabilityAssessed), "nobody is left, and nothing is owed")
}

// TestEmploymentRecordsAreCorrectedAndCancelled: ПУ-2 К and О change one relationship, whose
// id stays.
func TestEmploymentRecordsAreCorrectedAndCancelled(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	employment := k.person(w.number).Employments[0].ID
	file := func(kind string, m document.Movement) []account.Employment {
		d := hire(w, "2018-01-01")
		d.Type, m.Names = kind, names(w)
		d.Movements = []document.Movement{m}
		f := k.file(report(t, pack(document.PU2), d))
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
		list := k.person(w.number).Employments
		for _, e := range list {
			require.Equal(t, employment, e.ID)
		}
		return list
	}
	day := period.MustDate
	list := file(document.Correction, document.Movement{HiredOn: day("2017-12-01"), Contract: "02"})
	require.Equal(t, day("2017-12-01"), list[0].HiredOn)
	require.Equal(t, "02", list[0].Contract)
	list = file(document.Original, document.Movement{DismissedOn: day("2018-03-30"), Reason: "1.1"})
	require.Equal(t, day("2018-03-30"), list[0].EndedOn)
	list = file(document.Correction, document.Movement{DismissedOn: day("2018-03-31"), Reason: "1.3"})
	require.Equal(t, day("2018-03-31"), list[0].EndedOn)
	require.Equal(t, "1.3", list[0].EndReason)
	require.Equal(t, day("2017-12-01"), list[0].HiredOn)
	list = file(document.Cancellation, document.Movement{DismissedOn: day("2018-03-31")})
	require.Zero(t, list[0].EndedOn)
	require.Empty(t, list[0].EndReason)
	require.Empty(t, file(document.Cancellation, document.Movement{}), "nothing is left")
}

func TestCertificateIsIssuedAgain(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	before := k.person(w.number)
	d := registration(w)
	d.Type, d.Registration.InsuranceNo = document.Restore, w.number
	f := k.file(report(t, pack(document.PU1), d))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	after := k.person(w.number)
	require.Equal(t, before.Revision+1, after.Revision)
	after.Revision, after.Position = before.Revision, before.Position
	require.Equal(t, before, after, "the account is as it was")
}

// TestCorrectionOpensAReview: an award that rests on what is corrected is flagged, by a
// report of months and by the record of an employment alike.
func TestCorrectionOpensAReview(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := k.staff(1)[0]
	k.fileAll(quarter(w, "1000.00"))
	k.award(w, "2018-04-01")
	k.fileAll(corrected(w, "1100.00"))
	require.Len(t, k.person(w.number).Cases[0].Reviews, 1)
	f := k.fileAll(naming(w, document.Cancellation))
	require.Equal(t, "SPF-604", k.findings(f)[0].Code)
	d := hire(w, "2017-12-01")
	d.Type = document.Correction
	require.Equal(t, event.Accepted,
		k.file(report(t, pack(document.PU2), d)).Processed.Outcome)
	var reasons []string
	for _, r := range k.person(w.number).Cases[0].Reviews {
		reasons = append(reasons, r.Reason)
	}
	require.Equal(t, []string{commands.ReviewMonths, commands.ReviewMonths,
		commands.ReviewEmployment}, reasons)
}

// award records that the person draws a pension from the day on.
func (k *kit) award(w worker, from string) {
	k.t.Helper()
	id := ledger.DeterministicID("case", w.number)
	p := k.person(w.number)
	var events []ledger.NewEvent
	for i, fact := range []event.Payload{
		&event.BenefitClaimed{Case: id, Kind: "old_age_pension"},
		&event.BenefitCalculated{Calculation: event.Calculation{Case: id}},
		&event.PensionAssigned{Award: event.Award{Case: id, Kind: "old_age_pension",
			From: period.MustDate(from)}},
	} {
		events = append(events, event.New(ledger.DeterministicID(id, "award", i),
			ledger.Meta{Actor: clerk}, fact))
	}
	_, err := k.log.Append(k.t.Context(), ledger.StreamAppend{Stream: ledger.PersonStream(p.ID),
		Expected: p.Revision, Events: events})
	require.NoError(k.t, err)
}
