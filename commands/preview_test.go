package commands_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// preview asks what filing the bytes would do.
func (k *kit) preview(content []byte) commands.Preview {
	k.t.Helper()
	p, err := k.bus.PreviewReport(k.t.Context(), commands.CheckReport{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
		func(control.Finding) error { return nil })
	require.NoError(k.t, err)
	return p
}

// send files bytes with the token of a preview.
func (k *kit) send(content []byte, token ledger.Hash) (commands.Receipt, error) {
	k.t.Helper()
	return k.bus.ReceiveFiling(k.t.Context(), commands.ReceiveFiling{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(content), Channel: "command", Preview: token})
}

// states folds the whole ledger.
func (k *kit) states() effect.States {
	k.t.Helper()
	s := effect.States{Persons: map[ledger.PersonID]effect.Insured{},
		Payers: map[string]*account.Payer{}}
	for e, err := range k.log.ReadAll(k.t.Context(), 0, 0) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		if id, ok := e.Stream.Person(); ok {
			if s.Persons[id].Person == nil {
				s.Persons[id] = effect.Insured{Person: account.NewPerson(id)}
			}
			s.Persons[id].Apply(e, payload)
		}
		if payer, ok := e.Stream.Payer(); ok {
			if s.Payers[payer] == nil {
				s.Payers[payer] = account.NewPayer(payer)
			}
			s.Payers[payer].Apply(e, payload)
		}
	}
	for id, p := range s.Persons {
		p.Personal = k.personal(p.Person)
		s.Persons[id] = p
	}
	return s
}

func (k *kit) personal(p *account.Person) (data event.PersonalData) {
	k.t.Helper()
	keys, err := k.bus.Keys.PersonKeys(k.t.Context(), []ledger.PersonID{p.ID}, false)
	require.NoError(k.t, err)
	if !p.Registered || keys[p.ID] == nil {
		return data
	}
	plain, err := keys[p.ID].Open(p.Personal)
	require.NoError(k.t, err)
	c := ledger.NewDecoder(plain)
	data.Fields(c)
	require.NoError(k.t, c.Finish())
	return data
}

// TestPreviewSaysWhatHappens previews random reports and files them, some after another
// report has changed the accounts or on another day, and has some wait for their turn over
// midnight. What the preview says happens to the kopeck and the day, or nothing happens.
func TestPreviewSaysWhatHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		k := newKit(t, nil)
		lawbook, err := k.bus.Law.Current(t.Context())
		require.NoError(rt, err)
		workers := make([]worker, 4)
		for i := range workers {
			workers[i] = workerNo(t, i)
		}
		for range rapid.IntRange(1, 6).Draw(rt, "filings") {
			content := drawReport(rt, k, workers)
			trace := k.digest()
			shown := k.preview(content)
			require.Empty(rt, cmp.Diff(trace, k.digest()), "a preview leaves no trace")
			if rapid.IntRange(0, 2).Draw(rt, "meanwhile") == 0 {
				k.file(drawReport(rt, k, workers))
			}
			looked := commands.FundDate(*k.now)
			k.wait(rapid.SampledFrom(waits).Draw(rt, "looking"))
			now := k.preview(content)
			if commands.FundDate(*k.now) != looked && now.Earlier == "" {
				require.NotEqual(rt, shown.Token, now.Token, "a preview is of one day")
			}
			if now.Token != shown.Token && now.Earlier == "" {
				trace = k.digest()
				_, err := k.send(content, shown.Token)
				var stale *commands.StalePreviewError
				require.ErrorAs(rt, err, &stale)
				require.Equal(rt, now.Token, stale.Preview.Token)
				require.Empty(rt, cmp.Diff(now.Effect, stale.Preview.Effect))
				require.Empty(rt, cmp.Diff(trace, k.digest()), "nothing is recorded")
			}
			before, filed := k.states(), commands.FundDate(*k.now)
			receipt, err := k.send(content, now.Token)
			require.NoError(rt, err)
			k.wait(rapid.SampledFrom(waits).Draw(rt, "queueing"))
			require.NoError(rt, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
			require.False(rt, k.filing(receipt).Processed.Stale, "the day alone changes nothing")
			happened := effect.Of(before, k.states(), lawbook, filed)
			require.Empty(rt, cmp.Diff(happened, now.Effect))
			require.Equal(rt, filed, now.Effect.On)
		}
	})
}

// waits are times that pass: none, some hours, and what is another day at any hour.
var waits = []time.Duration{0, 0, 6 * time.Hour, 24 * time.Hour, 70 * time.Hour}

// wait lets time pass.
func (k *kit) wait(d time.Duration) { *k.now = k.now.Add(d) }

// What was filed with a token and found changed when its turn came is refused as a whole;
// the same bytes may be filed again.
func TestStalePreviewIsRefusedWhenItsTurnComes(t *testing.T) {
	t.Parallel()
	staleWhenItsTurnComes(t, func(k *kit) *kit { return k })
}

// The process that received it remembers it as it was before, and must not believe that.
func TestStalePreviewIsRefusedByAnotherProcess(t *testing.T) {
	t.Parallel()
	staleWhenItsTurnComes(t, (*kit).other)
}

func staleWhenItsTurnComes(t *testing.T, processes func(*kit) *kit) {
	t.Helper()
	k := newKit(t, nil)
	a, b := workerNo(t, 0), workerNo(t, 1)
	k.file(report(t, pack(document.PU1), registration(a), registration(b)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01"), hire(b, "2018-01-01")))
	content := report(t, pack(document.PU3), quarter(a, "500.00"), quarter(b, "600.00"))
	shown := k.preview(content)
	first, err := k.send(content, shown.Token)
	require.NoError(t, err)
	k.file(report(t, pack(document.PU3), quarter(a, "700.00")))
	require.NoError(t, processes(k).bus.ProcessFiling(t.Context(), unp, first.Filing))

	refused := k.filing(first)
	require.Equal(t, event.Refused, refused.Processed.Outcome)
	require.True(t, refused.Processed.Stale)
	require.Zero(t, refused.Posted)
	found := k.findings(refused)
	require.Len(t, found, 1)
	require.Equal(t, control.CodePreviewStale, found[0].Code)
	require.Empty(t, k.person(b.number).Slots(), "nothing is posted")

	_, err = k.send(content, shown.Token)
	var stale *commands.StalePreviewError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, 1, stale.Preview.Accepted, "one of the two can still be filed")
	again, err := k.send(content, stale.Preview.Token)
	require.NoError(t, err)
	require.NotEqual(t, first.Number, again.Number)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, again.Filing))
	require.Equal(t, 1, k.filing(again).Processed.Accepted)
	require.Len(t, k.person(b.number).Slots(), 1)

	repeated, err := k.send(content, shown.Token)
	require.NoError(t, err, "what is filed has its receipt, whatever the token")
	require.True(t, repeated.Repeated)
	require.Equal(t, again.Number, repeated.Number)
	require.Equal(t, again.Number, k.preview(content).Earlier)
}

// A filing that another process has already begun to record, or that waits behind others of
// its payer which change nothing it rests on, keeps its preview.
func TestPreviewOutlivesWhatDoesNotConcernIt(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a, b := workerNo(t, 0), workerNo(t, 1)
	k.file(report(t, pack(document.PU1), registration(a), registration(b)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01"), hire(b, "2018-01-01")))
	content := report(t, pack(document.PU3), quarter(a, "500.00"))
	shown := k.preview(content)
	// A refused report, one that only arrives, and new data of somebody else.
	wrong := quarter(b, "1.00")
	wrong.Data.Declared.Earnings++
	k.file(report(t, pack(document.PU3), wrong))
	k.receive(unp, report(t, pack(document.PU3), quarter(b, "2.00")))
	k.file(report(t, pack(document.PU1), registration(workerNo(t, 2))))
	require.Equal(t, shown.Token, k.preview(content).Token)
	receipt, err := k.send(content, shown.Token)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	require.Equal(t, 1, k.filing(receipt).Processed.Accepted)
}

// A preview is of the day at the Fund on which it was made. What arrived on that day is
// judged as of it, however late its turn comes.
func TestPreviewIsOfOneDay(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a := workerNo(t, 0)
	k.file(report(t, pack(document.PU1), registration(a)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01")))
	content := report(t, pack(document.PU3), quarter(a, "500.00"))
	*k.now = time.Date(2018, 4, 12, 8, 0, 0, 0, time.UTC)
	shown := k.preview(content)
	*k.now = time.Date(2018, 4, 12, 20, 59, 59, 0, time.UTC) // one second to midnight in Minsk
	require.Equal(t, shown.Token, k.preview(content).Token, "the same day")
	k.wait(time.Second)
	trace := k.digest()
	_, err := k.send(content, shown.Token)
	var stale *commands.StalePreviewError
	require.ErrorAs(t, err, &stale)
	require.Empty(t, cmp.Diff(trace, k.digest()), "nothing is recorded")
	require.Equal(t, "2018-04-13", stale.Preview.Effect.On.String())
	require.Equal(t, "2018-04-12", shown.Effect.On.String())

	receipt, err := k.send(content, stale.Preview.Token)
	require.NoError(t, err)
	k.wait(48 * time.Hour)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	processed := k.filing(receipt).Processed
	require.False(t, processed.Stale)
	require.Equal(t, 1, processed.Accepted)
}

// A file that is looked at on one day and arrives on the next, as the clock strikes between
// the look and the record, is refused when its turn comes: it would be another day's.
func TestPreviewEndsAtMidnight(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a := workerNo(t, 0)
	k.file(report(t, pack(document.PU1), registration(a)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01")))
	content := report(t, pack(document.PU3), quarter(a, "500.00"))
	shown := k.preview(content)
	inner, looks := k.bus.Clock, 0
	k.bus.Clock = func() time.Time {
		if looks++; looks == 3 { // the third is that of the effect
			defer k.wait(24 * time.Hour)
		}
		return inner()
	}
	receipt, err := k.send(content, shown.Token)
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, receipt.Filing))
	require.True(t, k.filing(receipt).Processed.Stale)
	require.Equal(t, control.CodePreviewStale, k.findings(k.filing(receipt))[0].Code)
	require.Empty(t, k.person(a.number).Slots())
}

func TestTokenIsOfTheFileAndTheWayItIsFiled(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a := workerNo(t, 0)
	k.file(report(t, pack(document.PU1), registration(a)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01")))
	content := report(t, pack(document.PU3), quarter(a, "500.00"))
	shown := k.preview(content)
	_, err := k.send(report(t, pack(document.PU3), quarter(a, "500.01")), shown.Token)
	require.ErrorAs(t, err, new(*commands.StalePreviewError))
	_, err = k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(content), Channel: "command", Preview: shown.Token,
		AllOrNothing: true})
	require.ErrorAs(t, err, new(*commands.StalePreviewError))
	var refusal *commands.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, commands.CodePreviewStale, refusal.Code)
}

// Figures by hand. The ceiling is 5 × 859.00; of 500.00 the person pays 1 %, the employer 28 %
// for pensions and 6 % for other benefits.
func TestEffectOfAReportByHand(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a := workerNo(t, 0)
	k.file(report(t, pack(document.PU1), registration(a)))
	k.file(report(t, pack(document.PU2), hire(a, "2018-01-01")))
	e := k.preview(report(t, pack(document.PU3), quarter(a, "500.00"))).Effect
	require.Len(t, e.Persons, 1)
	p := e.Persons[0]
	require.Len(t, p.Months, 3)
	require.Equal(t, effect.Facts{}, p.Months[0].Before)
	require.Equal(t, effect.Facts{Earnings: amount("500.00"), Contributions: amount("5.00"),
		Paid: amount("5.00")}, p.Months[0].After)
	require.Len(t, p.Contributions, 3)
	require.Equal(t, amount("145.00"), p.Contributions[0].After.ForPensions) // 29 % of 500
	require.Equal(t, amount("30.00"), p.Contributions[0].After.ForSocial)    // 6 %
	require.NotNil(t, p.Coverage)
	require.Zero(t, p.Coverage.Before.TotalDays)
	require.Equal(t, 90, p.Coverage.After.TotalDays) // 31 + 28 + 31
	require.Equal(t, 90, p.Coverage.After.PaidDays)
	require.Len(t, e.Payers, 1)
	months := e.Payers[0].Months
	require.Len(t, months, 3)
	require.Equal(t, effect.Liability{Persons: 1, Earnings: amount("500.00"),
		ForPensions: amount("145.00"), ForSocial: amount("30.00"), Total: amount("175.00")},
		months[0].After)
	require.Equal(t, effect.Liability{Awaiting: "national_average_wage",
		AwaitingEarnings: amount("500.00")}, months[2].After, "of February 2018")
	balance := e.Payers[0].Balance
	require.Zero(t, balance.Before)
	require.Equal(t, amount("350.00"), balance.After.Assessed) // 2 × 175.00
	require.Equal(t, amount("350.00"), balance.After.Arrears)  // due by 20 March
	require.Equal(t, 1, e.Total.Persons)
	require.Equal(t, amount("1500.00"), e.Total.Facts.After.Earnings)
	require.Equal(t, amount("350.00"), e.Total.Contributions.After.Total)
	require.Equal(t, 90, e.Total.CoverageDays.After)
}

func amount(text string) money.Amount { return money.MustParse(text) }

// BenchmarkPreview tells the effect of a report of a thousand people, beside the check of the
// same file.
func BenchmarkPreview(b *testing.B) {
	k := newKit(b, nil)
	workers := k.staff(1000)
	docs := make([]document.Document, len(workers))
	for i, w := range workers {
		docs[i] = quarter(w, "500.00")
	}
	content := report(b, pack(document.PU3), docs...)
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			_, err := k.bus.CheckReport(b.Context(), commands.CheckReport{Actor: clerk,
				Payer: unp, Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
				func(control.Finding) error { return nil })
			require.NoError(b, err)
		}
	})
	b.Run("preview", func(b *testing.B) {
		for b.Loop() {
			require.Len(b, k.preview(content).Effect.Persons, len(workers))
		}
	})
}
