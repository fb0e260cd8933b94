package commands_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// special is a ПУ-6 of a worker for the first quarter of 2018: list 1 (9 %) in January and
// February, list 2 (6 %) in March.
func special(w worker, kind string, pays ...money.Amount) document.Document {
	d := document.Document{Form: document.PU6, Type: kind, Year: 2018, Quarters: "1",
		FilledOn: period.MustDate("2018-04-10"),
		Data:     &document.IndividualData{Names: names(w), HighestTariff: "9"}}
	for i, pay := range pays {
		rate := money.MustParseRate("0.09")
		if i == 2 {
			rate = money.MustParseRate("0.06")
		}
		d.Data.Months = append(d.Data.Months, document.Month{Number: i + 1,
			Totals: document.Totals{Earnings: pay, Contributions: pay.Times(rate)}})
	}
	if len(pays) > 0 {
		d.Data.Occupations = []document.Occupation{
			{From: period.MustDate("2018-01-01"), To: period.MustDate("2018-02-28"),
				Occupation: "8111-013", Activity: "СП1", Share: "1"},
			{From: period.MustDate("2018-03-01"), To: period.MustDate("2018-03-31"),
				Occupation: "8131-018", Activity: "СП2", Share: "1"}}
	}
	d.Data.DeclaredMonths, d.Data.DeclaredService = len(pays), len(d.Data.Occupations)
	return d
}

// withRegular files the ПУ-3 of the first quarter of 2018 that a ПУ-6 needs.
func (k *kit) withRegular(n int) {
	k.t.Helper()
	k.hireFrom2016(n)
	var docs []document.Document
	for i := range n {
		docs = append(docs, quarter(workerNo(k.t, i), "1000.00"))
	}
	f := k.file(report(k.t, pack(document.PU3), docs...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
}

func (k *kit) occupational(m string) account.OccupationalLiability {
	payer, _ := k.payer(unp)
	x, _ := payer.Month(period.MustMonth(m))
	return x.Occupational
}

// TestOccupationalDataFromOriginalToCancellation: 9 % of 1000.00 is 90.00, of 1100.55 it is
// 99.0495 and so 99.05; 6 % of 1200.00 is 72.00.
func TestOccupationalDataFromOriginalToCancellation(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(2)
	file := func(docs ...document.Document) account.Filing {
		f := k.file(report(t, pack(document.PU6), docs...))
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
		return f
	}
	first := file(special(workerNo(t, 0), "И", 100_000, 110_055, 120_000),
		special(workerNo(t, 1), "И", 100_000))
	require.Equal(t, account.OccupationalLiability{Persons: 2, Earnings: 2000_00, Amount: 180_00},
		k.occupational("2018-01"))
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1100_55, Amount: 99_05},
		k.occupational("2018-02"))
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1200_00, Amount: 72_00},
		k.occupational("2018-03"))
	require.Equal(t, []event.Tally{{Form: "ПУ-6", Year: 2018, Quarter: 1, Accepted: 2, Persons: 2,
		Earnings: 4300_55, Contributions: 351_05}}, first.Tallies)
	payer, _ := k.payer(unp)
	m, _ := payer.Month(period.MustMonth("2018-01"))
	require.Equal(t, money.MustParse("560.00"), m.Pension, "ПУ-3 stays as it was")

	corrected := special(workerNo(t, 0), "К", 90_000, 110_055)
	corrected.Supersedes = first.Receipt
	second := file(corrected)
	require.Equal(t, account.OccupationalLiability{Persons: 2, Earnings: 1900_00, Amount: 171_00},
		k.occupational("2018-01"))
	require.Equal(t, account.OccupationalLiability{}, k.occupational("2018-03"))
	require.Equal(t, money.MustParse("-1300.00"), second.Tallies[0].Earnings)
	require.Zero(t, second.Tallies[0].Persons)

	stale := special(workerNo(t, 0), "О")
	stale.Supersedes = first.Receipt
	f := k.file(report(t, pack(document.PU6), stale))
	require.Equal(t, []string{"SPF-603"}, codes(k.findings(f)))
	require.Equal(t, second.Receipt, k.findings(f)[0].Expected)

	cancelled := file(special(workerNo(t, 0), "О"))
	require.Equal(t, -1, cancelled.Tallies[0].Persons)
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1000_00, Amount: 90_00},
		k.occupational("2018-01"))
	who := k.person(workerNo(t, 0).number)
	require.Len(t, who.Occupational, 1)
	require.False(t, who.Occupational[0].InForce())
	require.Len(t, who.Occupational[0].Former, 2)

	file(special(workerNo(t, 0), "И", 100_000))
	require.Equal(t, 2, k.occupational("2018-01").Persons)
}

// TestOccupationalVersionIsRestored: 90.00 + 90.00 + 72.00 = 252.00 are owed as the first
// version said, whatever was filed since.
func TestOccupationalVersionIsRestored(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	w := workerNo(t, 0)
	file := func(d document.Document) (account.Filing, []string) {
		f := k.file(report(t, pack(document.PU6), d))
		return f, codes(k.findings(f))
	}
	restore := func(version int) document.Document {
		d := special(w, "В")
		d.Restores = version
		return d
	}
	_, found := file(restore(1))
	require.Equal(t, []string{"SPF-602"}, found, "there is nothing to restore")
	first, _ := file(special(w, "И", 100_000, 100_000, 120_000))
	same, found := file(special(w, "К", 100_000, 100_000, 120_000))
	require.Equal(t, event.Accepted, same.Processed.Outcome)
	require.Equal(t, []string{"SPF-607"}, found)
	require.Equal(t, first.Receipt, k.findings(same)[0].Expected)
	require.Len(t, k.person(w.number).Occupational[0].Former, 0, "nothing is recorded")

	file(special(w, "К", 50_000))
	gone, _ := file(special(w, "О"))
	require.Zero(t, k.occupational("2018-01"))
	_, found = file(restore(3))
	require.Equal(t, []string{"SPF-607"}, found, "it is in force that nothing is")
	_, found = file(restore(4))
	require.Equal(t, []string{"SPF-602"}, found)
	stale := restore(1)
	stale.Supersedes = first.Receipt
	f, found := file(stale)
	require.Equal(t, []string{"SPF-603"}, found)
	require.Equal(t, gone.Receipt, k.findings(f)[0].Expected)

	var made bytes.Buffer
	require.NoError(t, k.bus.MakeRestore(t.Context(), commands.RestoreVersion{Payer: unp,
		Receipt: first.Receipt, Version: 1}, &made))
	back := k.file(made.Bytes())
	require.Equal(t, event.Accepted, back.Processed.Outcome, "%+v", k.findings(back))
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1000_00, Amount: 90_00},
		k.occupational("2018-01"))
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1200_00, Amount: 72_00},
		k.occupational("2018-03"))
	require.Equal(t, 1, back.Tallies[0].Persons)
	require.EqualValues(t, 252_00, back.Tallies[0].Contributions)
	slot := k.person(w.number).Occupational[0]
	require.Equal(t, 4, slot.Version)
	require.Equal(t, slot.Former[0].OccupationalFacts, slot.OccupationalFacts)

	payer, _ := k.payer(unp)
	require.EqualValues(t, 252_00, payer.Special[0].Contributions)
}

// TestOccupationalControls: each change of a clean ПУ-6 has its own finding.
func TestOccupationalControls(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	w := workerNo(t, 0)
	for name, c := range map[string]struct {
		change func(d *document.Document)
		want   string
	}{
		"no ПУ-3 of the days": {func(d *document.Document) {
			d.Year = 2017
			for i := range d.Data.Occupations {
				o := &d.Data.Occupations[i]
				o.From, o.To = o.From.AddDays(-365), o.To.AddDays(-365)
			}
		}, "SPF-409"},
		"occupation not on the list": {func(d *document.Document) {
			d.Data.Occupations[0].Occupation = "2320-001"
		}, "SPF-410"},
		"kind of work without a tariff": {func(d *document.Document) {
			d.Data.Occupations[0].Activity = "ВРЕМНЕТРУД"
		}, "SPF-209"},
		"contributions": {func(d *document.Document) {
			d.Data.Months[0].Contributions += 2
		}, "SPF-304"},
		"sum of the head": {func(d *document.Document) {
			sum := d.Sum()
			sum.Earnings++
			d.Data.Declared = &sum
		}, "SPF-301"},
		"count of service":  {func(d *document.Document) { d.Data.DeclaredService = 1 }, "SPF-303"},
		"month of another":  {func(d *document.Document) { d.Data.Months[0].Number = 4 }, "SPF-212"},
		"negative":          {func(d *document.Document) { d.Data.Months[0].Earnings = -1 }, "SPF-307"},
		"tariff unreadable": {func(d *document.Document) { d.Data.HighestTariff = "X" }, "SPF-111"},
		"no version":        {func(d *document.Document) { d.Type = "К" }, "SPF-602"},
		"unknown type":      {func(d *document.Document) { d.Type = "Ж" }, "SPF-113"},
		"two quarters":      {func(d *document.Document) { d.Quarters = "12" }, "SPF-111"},
	} {
		d := special(w, "И", 100_000, 100_000, 100_000)
		c.change(&d)
		f := k.file(report(t, pack(document.PU6), d))
		require.Equal(t, event.Refused, f.Processed.Outcome, name)
		require.Contains(t, codes(k.findings(f)), c.want, name)
	}
	d := special(w, "И", 100_000)
	d.Data.HighestTariff = "6"
	f := k.file(report(t, pack(document.PU6), d))
	require.Equal(t, event.Accepted, f.Processed.Outcome)
	require.Equal(t, []string{"SPF-219"}, codes(k.findings(f)))
	f = k.file(report(t, pack(document.PU6), special(w, "И", 100_001)))
	require.Equal(t, []string{"SPF-601"}, codes(k.findings(f)))
}

// TestOccupationalDataOfAConfirmedPeriodWait: a ПУ-6 of a quarter with confirmed months is
// parked, and taken by itself once two officers have set the confirmation aside.
func TestOccupationalDataOfAConfirmedPeriodWait(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	w := workerNo(t, 0)
	c := confirming{k, k.bus.Keys.PersonID(w.number)}
	id, err := c.propose("petrova")
	require.NoError(t, err)
	require.NoError(t, c.decide("ivanova", id, true))
	f := k.file(report(t, pack(document.PU6), special(w, "И", 100_000)))
	require.Equal(t, []string{"SPF-606"}, codes(k.findings(f)))
	require.Equal(t, 1, f.Processed.Parked)
	require.Empty(t, k.person(w.number).Occupational)

	require.NoError(t, c.setAside("petrova", id))
	require.NoError(t, c.decide("ivanova", id, true))
	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	require.Equal(t, account.OccupationalLiability{Persons: 1, Earnings: 1000_00, Amount: 90_00},
		k.occupational("2018-01"))
}

// TestOccupationalDataAreAmongTheMonthsChecked: what a ПУ-6 changes between the two officers is
// not what the first one has checked.
func TestOccupationalDataAreAmongTheMonthsChecked(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.withRegular(1)
	w := workerNo(t, 0)
	c := confirming{k, k.bus.Keys.PersonID(w.number)}
	id, err := c.propose("petrova")
	require.NoError(t, err)
	k.accept(document.PU6, special(w, "И", 100_000))
	refusedWith(t, "months_moved", c.decide("ivanova", id, true))
	require.NoError(t, c.decide("ivanova", id, false))
	id, err = c.propose("petrova")
	require.NoError(t, err)
	require.NoError(t, c.decide("ivanova", id, true))
}
