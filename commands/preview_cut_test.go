package commands_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/period"
)

// A previewed filing that is cut at any stream, on a log that records stream by stream, ends
// as if it had not been cut: what was begun is not taken for a change by somebody else.
func TestPreviewedFilingIsCut(t *testing.T) {
	t.Parallel()
	c := &cutting{kit: newKit(t, nil)}
	workers := c.staff(5)
	docs := make([]document.Document, len(workers))
	for i, w := range workers {
		docs[i] = quarter(w, fmt.Sprintf("%d.00", 500+i))
	}
	c.content = report(t, pack(document.PU3), docs...)
	c.keep()
	token := c.preview(c.content).Token
	uncut := c.on(c.branch())
	r, err := uncut.send(c.content, token)
	require.NoError(t, err)
	require.NoError(t, uncut.bus.ProcessFiling(t.Context(), unp, r.Filing))
	require.Equal(t, len(workers), uncut.filing(r).Processed.Accepted)
	c.want = uncut.heads()
	for at := range len(workers) + 2 {
		for _, lost := range []bool{false, true} {
			faulty := logtest.NewFaulty(c.branch())
			log := logtest.Streamwise{Log: faulty}
			if lost {
				faulty.LoseAnswer(at)
			} else {
				faulty.FailAppend(at, errKilled)
			}
			for try := 1; ; try++ {
				k := c.on(log)
				r, err := k.send(c.content, token)
				if err == nil {
					err = k.bus.ProcessFiling(t.Context(), unp, r.Filing)
				}
				if err == nil {
					require.Empty(t, cmp.Diff(c.want, k.heads()), "cut at %d", at)
					break
				}
				require.Less(t, try, 10, "%v", err)
			}
		}
	}
}

// reportedBy finds whom a payer has reported by looking at everybody.
type reportedBy struct{ *kit }

func (r reportedBy) Reported(_ context.Context, payer string, year int, _, _ string,
	after ledger.PersonID, limit int) (found []ledger.PersonID, err error) {
	for id, p := range r.states().Persons {
		for i := range p.Slots() {
			if s := &p.Slots()[i]; s.Payer == payer && s.Year == year &&
				bytes.Compare(id[:], after[:]) > 0 {
				found = append(found, id)
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b ledger.PersonID) int { return bytes.Compare(a[:], b[:]) })
	return found[:min(len(found), limit)], nil
}

// A mass correction corrects what it names and nothing else, and taken back by another one
// gives the accounts of before.
func TestMassCorrectionAndItsUndo(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.bus.Workforce = reportedBy{k}
	workers := k.staff(3)
	other := quarter(workers[2], "700.00")
	for i := range other.Data.Months {
		other.Data.Months[i].Tariff = ""
	}
	k.file(report(t, pack(document.PU3), quarter(workers[0], "500.00"),
		quarter(workers[1], "600.00"), other))
	before, _ := k.payer(unp)
	months := func(n int) []account.Slot { return k.person(workers[n].number).Slots() }
	was := [][]account.Slot{months(0), months(1), months(2)}

	file := func(c commands.MassCorrection) commands.MassDocuments {
		t.Helper()
		c.Payer, c.Year = unp, 2018
		var content, again bytes.Buffer
		made, err := k.bus.MakeMassCorrection(t.Context(), c, &content)
		require.NoError(t, err)
		_, err = k.bus.MakeMassCorrection(t.Context(), c, &again)
		require.NoError(t, err)
		require.Equal(t, content.String(), again.String(), "the same reports, the same bytes")
		f := k.file(content.Bytes())
		require.Equal(t, made.Documents, f.Processed.Accepted, "%v", k.findings(f))
		return made
	}
	made := file(commands.MassCorrection{Change: commands.MassTariff, Tariff: "1", To: "35"})
	require.Equal(t, 2, made.Documents)
	for n := range 2 {
		s := months(n)[0]
		require.Equal(t, 2, s.Version)
		require.Equal(t, "35", s.Months[0].Tariff)
		// 35 % of the month's earnings.
		require.Equal(t, s.Months[0].Earnings*35/100, s.Months[0].Contributions)
	}
	require.Equal(t, was[2], months(2), "no month of it bears the tariff")
	after, _ := k.payer(unp)
	require.Equal(t, before.Assessed(), after.Assessed(), "what is owed follows from earnings")

	file(commands.MassCorrection{Change: commands.MassTariff, Tariff: "35", To: "1"})
	for n := range 2 {
		require.Equal(t, was[n][0].Months, months(n)[0].Months)
	}
	made = file(commands.MassCorrection{Change: commands.MassCancel, Quarters: "1"})
	require.Equal(t, 3, made.Documents)
	after, _ = k.payer(unp)
	require.Zero(t, after.Assessed())
	_, err := k.bus.MakeMassCorrection(t.Context(), commands.MassCorrection{Payer: unp,
		Year: 2018, Change: commands.MassCancel}, new(bytes.Buffer))
	refusedAs(t, err, "mass_nothing")
}

func TestMassCorrectionIsRefusedByName(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.bus.Workforce = reportedBy{k}
	w := k.staff(1)[0]
	k.file(report(t, pack(document.PU3), quarter(w, "500.00")))
	for code, c := range map[string]commands.MassCorrection{
		"mass_incomplete": {Change: commands.MassCancel},
		"mass_change":     {Year: 2018, Change: "double"},
		"mass_tariff":     {Year: 2018, Change: commands.MassTariff, Tariff: "1", To: "9x"},
		"mass_category":   {Year: 2018, Change: commands.MassCategory, To: "02"},
		"mass_nothing":    {Year: 2018, Change: commands.MassCancel, Category: "03"},
	} {
		c.Payer = unp
		_, err := k.bus.MakeMassCorrection(t.Context(), c, new(bytes.Buffer))
		refusedAs(t, err, code)
	}
}

// Codes are looked up for the time that is corrected: one that came later is refused although
// it holds today, one that has ended since is taken.
func TestMassCorrectionHasTheCodesOfItsTime(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.bus.Workforce = reportedBy{k}
	w := k.staff(1)[0]
	k.file(report(t, pack(document.PU3), quarter(w, "500.00")))
	ended := period.MustDate("2018-01-31")
	for _, c := range k.law().Classifiers {
		if c.Name == account.ClassifierTariff {
			for i := range c.Entries {
				if c.Entries[i].Code == "34" {
					c.Entries[i].Until = ended
				}
			}
			_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: clerk,
				Classifiers: []event.ClassifierPublished{c}})
			require.NoError(t, err)
		}
	}
	k.wait(8 * 366 * 24 * time.Hour)
	k.bus.Law.Refresh()
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	_, holds := law.Code(account.ClassifierCategory, "30", commands.FundDate(*k.now))
	require.True(t, holds, "the code holds today")
	of2018 := commands.MassCorrection{Payer: unp, Year: 2018, Change: commands.MassCategory,
		Category: "01", To: "30"}
	_, err = k.bus.MakeMassCorrection(t.Context(), of2018, new(bytes.Buffer))
	refusedAs(t, err, "mass_category")

	tariff := commands.MassCorrection{Payer: unp, Year: 2018, Quarters: "1",
		Change: commands.MassTariff, Tariff: "1", To: "34"}
	made, err := k.bus.MakeMassCorrection(t.Context(), tariff, new(bytes.Buffer))
	require.NoError(t, err, "34 held in January 2018")
	require.Equal(t, 1, made.Documents)
	tariff.Quarters = "234"
	_, err = k.bus.MakeMassCorrection(t.Context(), tariff, new(bytes.Buffer))
	refusedAs(t, err, "mass_tariff")
}
