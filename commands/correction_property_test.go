package commands_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// slotKey is a report that a test files: of a worker, as employed or self-employed.
type slotKey struct {
	worker   int
	category string
}

// drawStep draws the next document of a slot: of any type, in some of the quarter's months.
func drawStep(t *rapid.T, k slotKey, w worker, nth int) document.Document {
	var d document.Document
	switch kind := rapid.SampledFrom([]string{"И", "К", "К", "О", "В"}).Draw(t, "type"); kind {
	case document.Cancellation:
		d = naming(w, kind)
	case document.Restore:
		d = restoring(w, rapid.IntRange(1, 4).Draw(t, "version"))
	default:
		d = quarter(w, "0.00")
		d.Type = kind
		n := rapid.IntRange(1, 3).Draw(t, "months")
		d.Data.Months = d.Data.Months[:n]
		for i := range d.Data.Months {
			pay := money.Amount(rapid.Int64Range(0, 700_000).Draw(t, "pay"))
			share := pay.Times(money.MustParseRate("0.01"))
			d.Data.Months[i].Totals = document.Totals{Earnings: pay, Contributions: share,
				Paid: share}
		}
		d.Data.DeclaredMonths, *d.Data.Declared = n, d.Data.Sum()
	}
	d.Data.Category = k.category
	d.FilledOn = period.MustDate("2018-04-01").AddDays(nth % 12)
	d.Phone = fmt.Sprint(100_000 + nth) // no two files are the same bytes
	return d
}

// inForce gives the documents that would report in one go what is in force.
func (k *kit) inForce(workers []worker) (docs []document.Document) {
	for _, w := range workers {
		for _, s := range k.person(w.number).Slots() {
			if !s.InForce() {
				continue
			}
			d := quarter(w, "0.00")
			d.Data.Category, d.Data.Months = s.Category, nil
			for _, m := range s.Months {
				d.Data.Months = append(d.Data.Months, document.Month{Number: m.Month.Number(),
					Tariff: m.Tariff, Totals: document.Totals{Earnings: m.Earnings,
						Benefits: m.Benefits, Contributions: m.Contributions, Paid: m.Paid}})
			}
			d.Data.DeclaredMonths, *d.Data.Declared = len(d.Data.Months), d.Data.Sum()
			docs = append(docs, d)
		}
	}
	return docs
}

// owing is what a payer owes for a month, and whose earnings wait for a number of the law.
type owing struct {
	event.LiabilityAssessed
	waiting []event.PersonEarnings
}

// months gives what the payer owes, without the months that nobody is left in. What only
// tells how the last assessment was made is left out: its ceiling, which stays known where no
// employee is left, and who waited then.
func (k *kit) months() []owing {
	payer, _ := k.payer(unp)
	var list []owing
	for _, m := range payer.Months {
		x := owing{m.LiabilityAssessed, m.Earnings}
		x.Ceiling, x.EmployeesWait, x.SelfEmployedWait = 0, false, false
		slices.SortFunc(x.waiting, func(a, b event.PersonEarnings) int {
			return cmp.Or(bytes.Compare(a.Person[:], b.Person[:]),
				cmp.Compare(fmt.Sprint(a.SelfEmployed), fmt.Sprint(b.SelfEmployed)))
		})
		if x.Earnings+x.Base+x.SelfBase != 0 || x.Persons+len(x.waiting) > 0 {
			list = append(list, x)
		}
	}
	return list
}

// TestCorrectionsEndWhereOneReportWould: after any sequence of originals, corrections,
// cancellations and restores the payer owes what it would had it reported at once what is
// in force in the end, and the tallies of all filings add up to just that.
func TestCorrectionsEndWhereOneReportWould(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := newKit(t, nil)
		workers := k.staff(2)
		var sum event.Tally
		for nth := range rapid.IntRange(2, 14).Draw(rt, "steps") {
			key := slotKey{rapid.IntRange(0, 1).Draw(rt, "worker"),
				rapid.SampledFrom([]string{"01", "10"}).Draw(rt, "category")}
			d := drawStep(rt, key, workers[key.worker], nth)
			for _, x := range k.file(report(t, pack(document.PU3), d)).Tallies {
				sum.Earnings += x.Earnings
				sum.Contributions += x.Contributions
				sum.Persons += x.Persons
			}
		}
		docs := k.inForce(workers)
		once := newKit(t, nil)
		once.staff(2)
		var want event.Tally
		if len(docs) > 0 {
			f := once.file(report(t, pack(document.PU3), docs...))
			require.Equal(rt, event.Accepted, f.Processed.Outcome, "%+v", once.findings(f))
			want = f.Tallies[0]
		}
		require.Empty(rt, gocmp.Diff(once.months(), k.months(), gocmp.AllowUnexported(owing{})))
		require.Equal(rt, want.Earnings, sum.Earnings)
		require.Equal(rt, want.Contributions, sum.Contributions)
		require.Equal(rt, want.Persons, sum.Persons)
	})
}

// TestUndoGivesTheStateBefore: a correction or cancellation that is followed by the restore
// of the version before leaves months, service and liabilities as they were.
func TestUndoGivesTheStateBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := newKit(t, nil)
		w := k.staff(2)
		first := drawStep(rt, slotKey{0, "01"}, w[0], 0)
		if first.Type != document.Correction {
			first = quarter(w[0], "812.50")
		}
		first.Type = document.Original
		k.fileAll(first, quarter(w[1], "500.00"))
		before, owed := k.person(w[0].number).Slots()[0], k.months()
		change := drawStep(rt, slotKey{0, "01"}, w[0], 1)
		if change.Type == document.Original || change.Type == document.Restore {
			change = naming(w[0], document.Cancellation)
		}
		changed := k.fileAll(change)
		back := k.fileAll(restoring(w[0], 1))
		after := k.person(w[0].number).Slots()[0]
		require.Equal(rt, before.Months, after.Months)
		require.Equal(rt, before.Service, after.Service)
		require.Empty(rt, gocmp.Diff(owed, k.months(), gocmp.AllowUnexported(owing{})))
		tally := account.MergeTallies(slices.Clone(changed.Tallies), back.Tallies)[0]
		require.Zero(rt, tally.Earnings)
		require.Zero(rt, tally.Persons)
	})
}

// TestAnyOrderOfIndependentFilingsGivesTheSameFacts: reports and corrections of different
// persons may come in any order.
func TestAnyOrderOfIndependentFilingsGivesTheSameFacts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const persons = 3
		files := make([][]document.Document, persons) // of each person, in their order
		for p := range files {
			w := workerNo(t, p)
			files[p] = []document.Document{quarter(w, fmt.Sprintf("%d.00", 500+p)),
				corrected(w, money.Amount(rapid.Int64Range(1, 700_000).Draw(rt, "pay")).String())}
			if rapid.Bool().Draw(rt, "cancelled") {
				files[p] = append(files[p], naming(w, document.Cancellation))
			}
		}
		var order []int
		for p := range files {
			for range files[p] {
				order = append(order, p)
			}
		}
		end := func(order []int) (facts [][]account.Slot, owed []owing) {
			k := newKit(t, nil)
			workers := k.staff(persons)
			next := make([]int, persons)
			for _, p := range order {
				k.fileAll(files[p][next[p]])
				next[p]++
			}
			for _, w := range workers {
				slots := k.person(w.number).Slots()
				for i := range slots {
					slots[i].Position, slots[i].Employment = 0, uuid.Nil
					for j := range slots[i].Former {
						slots[i].Former[j].Position = 0
					}
				}
				facts = append(facts, slots)
			}
			return facts, k.months()
		}
		facts, owed := end(order)
		otherFacts, otherOwed := end(rapid.Permutation(order).Draw(rt, "order"))
		require.Empty(rt, gocmp.Diff(facts, otherFacts))
		require.Empty(rt, gocmp.Diff(owed, otherOwed, gocmp.AllowUnexported(owing{})))
	})
}
