package account_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// lifeFacts draws what happens to a person over many years: mostly reports of the year in
// which the person is, now and then late ones, and corrections of any.
func lifeFacts(t *rapid.T) (facts []event.Payload) {
	versions := map[event.Slot]int{}
	var known []*event.IndividualDataReported
	facts = append(facts, &event.PersonRegistered{Personal: sealed(1)},
		&event.EmploymentStarted{Employment: id(5), Payer: payerA, Contract: "01"})
	year := 2000
	for range rapid.IntRange(1, 40).Draw(t, "facts") {
		year += rapid.SampledFrom([]int{0, 0, 1, 1, 2, 7}).Draw(t, "years on")
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			facts = append(facts, &event.EmploymentRecordCorrected{Employment: id(5),
				Contract: rapid.SampledFrom([]string{"01", "02"}).Draw(t, "contract")})
		case 1:
			facts = append(facts, &event.EmploymentStarted{Employment: id(6), Payer: payerB})
		case 2, 3:
			if len(known) > 0 {
				facts = append(facts, amendment(t, versions,
					rapid.SampledFrom(known).Draw(t, "slot")))
			}
		default:
			late := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2, 9}).Draw(t, "late")
			f := report(5, rapid.SampledFrom([]string{payerA, payerB}).Draw(t, "payer"), "01")
			f.Slot.Year = year - late
			f.Slot.Quarters = rapid.SampledFrom([]string{"1", "4", "12"}).Draw(t, "quarters")
			f.Months = paidIn(t, f.Slot.Year)
			if versions[f.Slot] == 0 {
				versions[f.Slot], known = 1, append(known, f)
				facts = append(facts, f)
			}
		}
	}
	return facts
}

func paidIn(t *rapid.T, year int) []event.MonthFact {
	january, _ := period.NewMonth(year, 1)
	return []event.MonthFact{{Month: january,
		Earnings: money.Amount(rapid.Int64Range(1, 1000).Draw(t, "sum"))}}
}

func amendment(t *rapid.T, versions map[event.Slot]int, f *event.IndividualDataReported,
) event.Payload {
	head := versions[f.Slot]
	versions[f.Slot]++
	switch rapid.IntRange(0, 2).Draw(t, "amendment") {
	case 0:
		return cancels(f, head+1)
	case 1:
		return restores(f, head+1, rapid.IntRange(1, head).Draw(t, "restores"))
	}
	return corrects(f, head+1, paidIn(t, f.Slot.Year)...)
}

// row is an account as a table has it.
type row struct{ state, older []byte }

// store takes what is to be written into the row.
func (r *row) store(p *account.Recent) {
	c := ledger.NewEncoder(nil)
	if older := p.Store(c); older != nil {
		r.older = older
	}
	r.state = c.Encoded()
}

// whole gives the account of the row.
func (r *row) whole(t require.TestingT) *account.Person {
	p, err := account.Restore(r.state, r.older)
	require.NoError(t, err)
	return p
}

// TestStoredLivesAreTheFold: however the events of a life are divided into batches, and with
// older slots read only where a batch is about them, what is stored is what one fold of all
// of them gives, to the byte; and it answers the same.
func TestStoredLivesAreTheFold(t *testing.T) {
	t.Parallel()
	closed, untouched := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		facts := lifeFacts(t)
		all := foldPerson(facts...)
		var lives, want row
		stored := all.Stored()
		want.store(&stored)
		reader := ledger.NewReusingDecoder()
		var p account.Recent
		p.Reset(all.ID)
		for n := 0; n < len(facts); {
			if n > 0 {
				older := lives.older
				if next := facts[n]; rapid.Bool().Draw(t, "unread") && !about(&p, next) {
					older, untouched = nil, untouched+1
				}
				p.Reset(all.ID)
				reader.Reset(lives.state)
				require.NoError(t, p.Read(reader, older))
			}
			for range rapid.IntRange(1, 5).Draw(t, "batch") {
				if n == len(facts) || p.Apply(at(n, facts[n]), facts[n]) != nil {
					break // the batch ends before what needs the older slots
				}
				n++
			}
			lives.store(&p)
		}
		require.Equal(t, want, lives)
		if lives.older != nil {
			closed++
		}
		restored := lives.whole(t)
		require.Equal(t, snapshot(all), snapshot(restored))
		requireSameSlots(t, slotsInOrder(facts), all)
		requireSameSlots(t, all.Slots(), restored)
	})
	require.Positive(t, closed)
	require.Positive(t, untouched)
}

// about tells whether the fact needs the older slots, by what a table knows of the account.
func about(p *account.Recent, fact event.Payload) bool {
	year, ok := account.SlotYear(fact)
	newest := p.Head().Newest
	return ok && (year < newest-1 || year > newest)
}

// slotsInOrder gives the slots that facts are about, by year and then as they came.
func slotsInOrder(facts []event.Payload) (list []account.Slot) {
	whole := foldPerson(facts...)
	for _, x := range facts {
		if f, ok := x.(*event.IndividualDataReported); ok && f.Version == 1 {
			list = append(list, *whole.Slot(f.Slot))
		}
	}
	slices.SortStableFunc(list, func(a, b account.Slot) int { return a.Year - b.Year })
	return list
}

func requireSameSlots(t *rapid.T, want []account.Slot, p *account.Person) {
	require.Empty(t, diff(want, p.Slots()))
	year := rapid.IntRange(1995, 2040).Draw(t, "year")
	since := slices.DeleteFunc(slices.Clone(want), func(s account.Slot) bool { return s.Year < year })
	require.Empty(t, diff(since, p.SlotsSince(year)))
	of := slices.DeleteFunc(since, func(s account.Slot) bool { return s.Year > year })
	require.Empty(t, diff(of, p.SlotsOf(year)))
	for i := range want {
		require.Empty(t, diff(want[i:i+1], []account.Slot{*p.Slot(want[i].Slot)}))
	}
	require.Nil(t, p.Slot(event.Slot{Payer: "999999999", Year: year}))
}

// longLife is the stored account of somebody who was reported in each of twenty years.
func longLife() (r row, last *event.IndividualDataReported) {
	p := account.NewPerson(id(1))
	for n := range 20 {
		f := report(5, payerA, "01", earned("2018-01", "1.00"))
		f.Slot.Year, f.Slot.Quarters = 2001+n, "1"
		p.Apply(at(n, f), f)
		last = f
	}
	stored := p.Stored()
	r.store(&stored)
	return r, last
}

// An event on slots that were left where they are is refused, and nothing is taken of it.
func TestOlderSlotsAreNeverPassedOver(t *testing.T) {
	t.Parallel()
	r, last := longLife()
	for _, year := range []int{2001, 2018, 1990, 2021} {
		var p account.Recent
		require.NoError(t, p.Read(ledger.NewDecoder(r.state), nil))
		f := *last
		f.Slot.Year, f.Slot.Quarters = year, "3"
		require.ErrorIs(t, p.Apply(at(20, &f), &f), account.ErrOlderNeeded)
		after := r
		after.store(&p)
		require.Equal(t, r, after)
		require.NoError(t, p.Read(ledger.NewDecoder(r.state), r.older))
		require.NoError(t, p.Apply(at(20, &f), &f))
	}
	_, err := account.Restore(r.state, nil)
	require.ErrorIs(t, err, ledger.ErrCorrupt, "they are gone")
}

// Older slots that do not belong to the state, or are not as they were, are noticed.
func TestOlderSlotsBelongToTheirState(t *testing.T) {
	t.Parallel()
	r, _ := longLife()
	rapid.Check(t, func(t *rapid.T) {
		older := slices.Clone(r.older)
		older[rapid.IntRange(0, len(older)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		_, err := account.Restore(r.state, older)
		require.ErrorIs(t, err, ledger.ErrCorrupt)
	})
	young := foldPerson(report(5, payerA, "01", earned("2018-01", "1.00")))
	var other row
	stored := young.Stored()
	other.store(&stored)
	require.Nil(t, other.older)
	_, err := account.Restore(other.state, r.older)
	require.ErrorIs(t, err, ledger.ErrCorrupt)
}

// What a packed account takes in memory hardly grows with its age, and a copy of it goes its
// own way.
func TestPackedAccountsStaySmall(t *testing.T) {
	t.Parallel()
	r, last := longLife()
	p := r.whole(t)
	before := snapshot(p)
	open := p.Footprint()
	q := p.Clone()
	third := *last
	third.Slot.Year = 2003
	cancel := cancels(&third, 2)
	q.Apply(at(20, cancel), cancel)
	require.False(t, q.Slot(third.Slot).InForce())
	require.True(t, p.Slot(third.Slot).InForce())
	require.Equal(t, before, snapshot(p))
	require.Greater(t, q.Footprint(), open)
	q.Pack()
	require.Less(t, q.Footprint(), open+200)
	require.False(t, q.Slot(third.Slot).InForce())
}

// However often a report is corrected, each version weighs.
func TestFormerVersionsWeigh(t *testing.T) {
	t.Parallel()
	f := report(5, payerA, "01", earned("2018-01", "1.00"))
	p := foldPerson(f)
	before := p.Footprint()
	const corrections = 100
	for n := range corrections {
		c := corrects(f, n+2, earned("2018-01", "2.00"))
		p.Apply(at(n+1, c), c)
	}
	require.Greater(t, p.Footprint(), before+corrections*200)
}

// An account that is packed after each quarter says what one says that never is, and what was
// copied of it before it used its room again stays as it was.
func TestPackedAccountsKeepTheirRoom(t *testing.T) {
	t.Parallel()
	packed, whole := account.NewPerson(id(1)), account.NewPerson(id(1))
	var copies []*account.Person
	var said [][]account.Slot
	for n := range 30 {
		f := report(5, payerA, "01", earned("2018-01", "1.00"))
		f.Slot.Year, f.Slot.Quarters = 2001+n/4, strconv.Itoa(1+n%4)
		packed.Apply(at(n, f), f)
		whole.Apply(at(n, f), f)
		copies = append(copies, packed.Clone())
		said = append(said, slices.Clone(packed.Slots()))
		packed.Pack()
		require.Empty(t, diff(whole.Slots(), packed.Slots()))
		require.Equal(t, snapshot(whole), snapshot(packed))
	}
	for i, c := range copies {
		require.Empty(t, diff(said[i], c.Slots()))
	}
}

func diff(want, got []account.Slot) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}
