package commands_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

func passport(n byte) event.Evidence {
	return event.Evidence{Item: "identity", On: period.MustDate("2018-04-11"),
		SHA256: ledger.Hash{n}}
}

func (k *kit) propose(by ledger.Actor, kind string, survivor, absorbed worker,
) (uuid.UUID, error) {
	k.t.Helper()
	c := commands.ProposeAccountDecision{Actor: by, Ground: "п. 5", Kind: kind,
		Survivor: k.bus.Keys.PersonID(survivor.number), Evidence: passport(1), Reason: "one person"}
	if absorbed.number != "" {
		c.Absorbed = k.bus.Keys.PersonID(absorbed.number)
	}
	id, _, err := k.bus.ProposeAccountDecision(k.t.Context(), c)
	return id, err
}

func (k *kit) decide(by ledger.Actor, w worker, decision uuid.UUID) error {
	k.t.Helper()
	_, err := k.bus.ApproveAccountDecision(k.t.Context(), commands.DecideAccounts{Actor: by,
		Ground: "п. 5", Reason: "the documents agree", Person: k.bus.Keys.PersonID(w.number),
		Decision: decision})
	return err
}

// joins proposes and approves a decision on two accounts.
func (k *kit) joins(kind string, survivor, absorbed worker) {
	k.t.Helper()
	decision, err := k.propose(petrova, kind, survivor, absorbed)
	require.NoError(k.t, err)
	require.NoError(k.t, k.decide(ivanova, absorbed, decision))
}

// accept files documents of a form, all of which must be taken.
func (k *kit) accept(form document.Form, docs ...document.Document) account.Filing {
	k.t.Helper()
	f := k.file(report(k.t, pack(form), docs...))
	require.Equal(k.t, len(docs), f.Processed.Accepted, "%+v", k.findings(f))
	return f
}

// twins are two accounts that the payer has opened and hired under.
func (k *kit) twins() (one, other worker) {
	k.t.Helper()
	one, other = workerNo(k.t, 0), workerNo(k.t, 5) // of the same surname
	k.accept(document.PU1, registration(one), registration(other))
	k.accept(document.PU2, hire(one, "2018-01-01"), hire(other, "2018-01-01"))
	return one, other
}

func TestMergedAccountsShareTheCeiling(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	k.accept(document.PU3, quarter(one, "3000.00"), quarter(other, "3000.00"))
	january := period.MustMonth("2018-01")
	before, _ := k.payer(unp)
	apart, _ := before.Month(january)
	require.Equal(t, 2, apart.Persons)
	require.Equal(t, "6000.00", apart.Base.String())

	k.joins(event.MergeAccounts, one, other)
	now, filings := k.payer(unp)
	joined, _ := now.Month(january)
	require.Equal(t, 1, joined.Persons)
	require.Equal(t, "6000.00", joined.LiabilityAssessed.Earnings.String())
	require.Equal(t, joined.Ceiling, joined.Base, "the two accounts share one ceiling")
	require.Less(t, joined.Total(), apart.Total())
	require.Equal(t, 3, len(filings.Filings))

	k.joins(event.SplitAccounts, one, other)
	after, _ := k.payer(unp)
	require.Equal(t, monthsOf(before), monthsOf(after), "a split undoes the merge to the kopeck")
}

func monthsOf(p *account.Payer) (list []event.LiabilityAssessed) {
	for _, m := range p.Months {
		list = append(list, m.LiabilityAssessed)
	}
	return list
}

func TestTwoOfficersJoinAccounts(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	decision, err := k.propose(petrova, event.MergeAccounts, one, other)
	require.NoError(t, err)
	again, err := k.propose(petrova, event.MergeAccounts, one, other)
	require.NoError(t, err)
	require.Equal(t, decision, again, "the same proposal is recorded once")
	_, err = k.propose(ivanova, event.MergeAccounts, one, other)
	requireCode(t, err, "decision_pending")
	requireCode(t, k.decide(petrova, one, decision), "SPF-905")

	_, err = k.bus.ReturnAccountDecision(t.Context(), commands.DecideAccounts{Actor: ivanova,
		Ground: "п. 5", Person: k.bus.Keys.PersonID(other.number), Decision: decision,
		Reason: "the photographs differ"})
	require.NoError(t, err)
	requireCode(t, k.decide(ivanova, one, decision), "decision_not_pending")
	require.False(t, k.person(one.number).Linked())

	next, err := k.propose(petrova, event.MergeAccounts, one, other)
	require.NoError(t, err)
	require.NotEqual(t, decision, next)
	require.NoError(t, k.decide(ivanova, one, next))
	require.NoError(t, k.decide(ivanova, other, next), "a repeated approval finds its own")
	for _, w := range []worker{one, other} {
		list := k.person(w.number).Decisions
		require.Len(t, list, 2)
		require.Equal(t, account.DecisionReturned, list[0].State)
		require.Equal(t, account.DecisionApproved, list[1].State)
		require.Equal(t, "petrova", list[1].Author)
		require.Equal(t, "ivanova", list[1].DecidedBy)
	}
}

func TestWhatIsNotMerged(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	a, b, c := workerNo(t, 0), workerNo(t, 5), workerNo(t, 10)
	k.accept(document.PU1, registration(a), registration(b), registration(c))
	stranger := workerNo(t, 15)
	refused := func(code, kind string, survivor, absorbed worker) {
		t.Helper()
		_, err := k.propose(petrova, kind, survivor, absorbed)
		requireCode(t, err, code)
	}
	refused("person_unknown", event.MergeAccounts, a, stranger)
	refused("accounts_same", event.MergeAccounts, a, a)
	refused("accounts_not_merged", event.SplitAccounts, a, b)
	refused("account_not_provisional", event.ConfirmIdentity, a, worker{})
	refused("decision_kind_unknown", "forget", a, b)

	k.joins(event.MergeAccounts, b, a)
	refused("absorbed_has_accounts", event.MergeAccounts, c, b)
	refused("survivor_absorbed", event.MergeAccounts, a, c)
	refused("account_absorbed", event.MergeAccounts, c, a)
	refused("accounts_not_merged", event.SplitAccounts, a, b)
	k.joins(event.MergeAccounts, b, c)
	require.Len(t, k.person(b.number).Absorbed, 2)

	for code, change := range map[string]func(*commands.ProposeAccountDecision){
		"ground_missing": func(c *commands.ProposeAccountDecision) { c.Ground = " " },
		"reason_missing": func(c *commands.ProposeAccountDecision) { c.Reason = "\n" },
		"evidence_hash_missing": func(c *commands.ProposeAccountDecision) {
			c.Evidence.SHA256 = ledger.Hash{}
		},
		"evidence_unknown": func(c *commands.ProposeAccountDecision) { c.Evidence.Item = "rumour" },
	} {
		x := commands.ProposeAccountDecision{Actor: petrova, Ground: "п. 5", Reason: "same",
			Kind: event.SplitAccounts, Survivor: k.bus.Keys.PersonID(b.number),
			Absorbed: k.bus.Keys.PersonID(c.number), Evidence: passport(1)}
		change(&x)
		_, _, err := k.bus.ProposeAccountDecision(t.Context(), x)
		requireCode(t, err, code)
	}
}

// An account with a claim or a pension in force stays: nobody gets a benefit twice, and no
// case changes its account.
func TestAnAccountWithCasesIsNotAbsorbed(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w, id := k.pensioner("800.00", "1990-01-01")
	other := workerNo(t, 3) // КОВАЛЬ too
	k.accept(document.PU1, registration(other))
	c := k.claimed(id, "old_age", "")
	_, err := k.propose(petrova, event.MergeAccounts, other, w)
	requireCode(t, err, "absorbed_has_cases")

	_, err = k.approve(ivanova, id, c)
	require.NoError(t, err)
	_, err = k.propose(petrova, event.MergeAccounts, other, w)
	requireCode(t, err, "absorbed_has_cases")

	k.accept(document.PU2, hire(other, "2018-01-01"))
	k.accept(document.PU3, quarter(other, "100.00"))
	k.joins(event.MergeAccounts, w, other)
	x := k.person(w.number).Cases[0]
	require.Len(t, x.Reviews, 1, "facts behind the pension have changed")
	require.Equal(t, commands.ReviewMerged, x.Reviews[0].Reason)

	// A claim under the old number is one of the person, in the account that stays.
	_, _, err = k.bus.ClaimBenefit(t.Context(), commands.ClaimBenefit{Actor: petrova,
		Person: k.bus.Keys.PersonID(other.number), Kind: "social_old_age"})
	require.NoError(t, err)
	require.Len(t, k.person(w.number).Cases, 2)
	require.Empty(t, k.person(other.number).Cases)
	// A special period goes to the account of the number that was named.
	_, _, err = k.bus.RecordSpecialPeriod(t.Context(), commands.RecordSpecialPeriod{
		Actor: petrova, Person: k.bus.Keys.PersonID(other.number), Kind: "military",
		From: period.MustDate("1985-01-01"), To: period.MustDate("1986-12-31"),
		Evidence: paper("military_id")})
	require.NoError(t, err)
	require.Len(t, k.person(other.number).Periods, 1)
	_, err = k.bus.CancelSpecialPeriod(t.Context(), commands.CancelSpecialPeriod{
		Actor: petrova, Person: id, Period: k.person(other.number).Periods[0].Period,
		Reason: "not his", Ground: "п. 5"})
	require.NoError(t, err, "it is found under either number")
	require.Empty(t, k.person(other.number).Periods)

	k.joins(event.SplitAccounts, w, other)
	reviews := k.person(w.number).Cases[0].Reviews
	require.Equal(t, commands.ReviewSplit, reviews[len(reviews)-1].Reason)
}

// Filings under the old number are weighed against the whole person and stay in the account
// of their number.
func TestFilingUnderTheOldNumber(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := workerNo(t, 0), workerNo(t, 5)
	k.accept(document.PU1, registration(one), registration(other))
	k.accept(document.PU2, hire(one, "2018-01-01"))
	k.joins(event.MergeAccounts, one, other)

	f := k.file(report(t, pack(document.PU2), hire(other, "2018-02-01")))
	require.Equal(t, 1, f.Processed.Rejected, "hired once, under the other number")
	require.Contains(t, findingCodes(k.findings(f)), "SPF-507")

	f = k.accept(document.PU3, quarter(other, "700.00"))
	employment := k.person(one.number).Employments[0].ID
	require.Empty(t, k.person(one.number).Slots())
	require.Equal(t, employment, k.person(other.number).Slots()[0].Employment)
	require.Empty(t, k.person(other.number).Employments, "the work is not opened twice")
	require.Equal(t, f.Receipt, k.person(other.number).Slots()[0].Receipt)

	f = k.file(report(t, pack(document.PU3), quarter(one, "900.00")))
	require.Equal(t, 1, f.Processed.Rejected, "the quarter is reported, under the old number")
	require.Contains(t, findingCodes(k.findings(f)), "SPF-601")

	leave := hire(other, "2018-04-01")
	leave.Movements[0].HiredOn, leave.Movements[0].Contract = 0, ""
	leave.Movements[0].DismissedOn, leave.Movements[0].Reason = period.MustDate("2018-04-12"), "1.1"
	k.accept(document.PU2, leave)
	require.Equal(t, period.MustDate("2018-04-12"), k.person(one.number).Employments[0].EndedOn,
		"a dismissal ends the work where it is recorded")

	again := registration(other)
	f = k.accept(document.PU1, again)
	require.Contains(t, findingCodes(k.findings(f)), "SPF-508")
}

// TestTwoNumbersOfOneQuestionnaire: a questionnaire that names two accounts waits until they
// are joined.
func TestTwoNumbersOfOneQuestionnaire(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := workerNo(t, 0), workerNo(t, 5)
	k.accept(document.PU1, registration(one), registration(other))
	both := registration(other)
	both.Registration.InsuranceNo = one.number
	f := k.file(report(t, pack(document.PU1), both))
	require.Equal(t, 1, f.Processed.Parked)
	require.Equal(t, "SPF-505", k.findings(f)[0].Code)

	k.joins(event.MergeAccounts, one, other)
	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	f = k.filing(commands.Receipt{Payer: unp, Filing: f.FilingReceived.Filing})
	require.Equal(t, 1, f.Tallies[0].Accepted, "%+v", k.findings(f))
	found := k.findings(f)
	require.Contains(t, findingCodes(found), "SPF-508")
	require.NotContains(t, findingCodes(found), "SPF-503", "the second number is the person's too")
}

func findingCodes(findings []control.Finding) (list []string) {
	for _, f := range findings {
		list = append(list, f.Code)
	}
	return list
}

// TestAMergeThatIsUndoneLeavesNoTrace files under two numbers in any order, with merge and
// split anywhere between, beside a ledger that never merges: while they are joined the
// payer owes what the law asks for one person, and after the split all is equal.
func TestAMergeThatIsUndoneLeavesNoTrace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		merged, plain := newKit(t, nil), newKit(t, nil)
		kits := []*kit{merged, plain}
		var one, other worker
		for _, k := range kits {
			one, other = k.twins()
		}
		n := rapid.IntRange(1, 6).Draw(rt, "filings")
		join := rapid.IntRange(0, n).Draw(rt, "merge before")
		split := rapid.IntRange(join, n).Draw(rt, "split before")
		type filed struct {
			w        worker
			m        period.Month
			contract string
		}
		var before []filed
		for i := range n + 1 {
			if i == join {
				merged.joins(event.MergeAccounts, one, other)
			}
			if i == split {
				requireOnePerson(t, merged, one, other)
				merged.joins(event.SplitAccounts, one, other)
			}
			if i == n {
				break
			}
			pay := money.Amount(rapid.Int64Range(0, 600_000).Draw(rt, "pay"))
			x := filed{w: rapid.SampledFrom([]worker{one, other}).Draw(rt, "number"),
				m:        period.MustMonth("2017-10").Add(rapid.IntRange(0, 5).Draw(rt, "month")),
				contract: fmt.Sprintf("%d", i)}
			again := len(before) > 0 && rapid.Bool().Draw(rt, "correct")
			if again {
				x = rapid.SampledFrom(before).Draw(rt, "corrected")
			}
			before = append(before, x)
			doc := oneMonth(x.w, x.m, "03", x.contract, pay)
			if again {
				doc.Type = document.Correction
			}
			content := report(t, pack(document.PU3), doc)
			for _, k := range kits {
				k.file(content)
			}
		}
		a, _ := plain.payer(unp)
		b, _ := merged.payer(unp)
		require.Equal(t, monthsOf(a), monthsOf(b))
		for i := range a.Months {
			require.ElementsMatch(t, a.Months[i].Earnings, b.Months[i].Earnings, "what waits")
		}
		for _, w := range []worker{one, other} {
			p, q := plain.person(w.number), merged.person(w.number)
			require.Equal(t, p.Employments, q.Employments)
			require.Len(t, q.Slots(), len(p.Slots()))
			for i := range p.Slots() {
				require.Equal(t, unplaced(p.Slots()[i]), unplaced(q.Slots()[i]))
			}
		}
	})
}

// unplaced leaves out where in the ledger a form and its versions stand.
func unplaced(s account.Slot) account.Slot {
	s.Position, s.Former = 0, slices.Clone(s.Former)
	for i := range s.Former {
		s.Former[i].Position = 0
	}
	return s
}

// requireOnePerson computes what the payer owes for the two accounts as for one person.
func requireOnePerson(t *testing.T, k *kit, one, other worker) {
	t.Helper()
	payer, _ := k.payer(unp)
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	joined := account.Join(k.person(one.number), k.person(other.number))
	for _, m := range payer.Months {
		sum, known := joined.EarningsAt(unp, m.Month, false)
		require.True(t, known)
		terms, err := rules.TermsOf(law.Parameters, m.Month)
		if err != nil { // a number of the law is missing: the earnings wait, of one person
			require.Equal(t, []event.PersonEarnings{{Person: k.bus.Keys.PersonID(one.number),
				Earnings: sum}}, m.Earnings)
			continue
		}
		var sums rules.MonthSums
		sums.Add(sum, terms.Person(sum))
		want := terms.Assess(sums)
		require.Equal(t, 1, m.Persons)
		require.Equal(t, want.Base, m.Base)
		require.Equal(t, want.Withheld, m.Withheld)
		require.Equal(t, want.EmployerPension, m.Pension)
		require.Equal(t, want.EmployerSocial, m.Social)
	}
	require.False(t, slices.Contains(joined.Absorbed, joined.ID))
}
