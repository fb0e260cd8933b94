package account_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// joinable is a person with facts, then those that are given.
func joinable(n byte, more ...event.Payload) *account.Person {
	p := account.NewPerson(id(n))
	facts := append([]event.Payload{
		&event.PersonRegistered{Payer: payerA, Personal: sealed(n)},
		&event.EmploymentStarted{Employment: id(n + 100), Payer: payerA, Contract: "01"},
		report(n+100, payerA, "01", earned("2018-01", "500.00")),
	}, more...)
	for i, x := range facts {
		e := at(i, x)
		e.Meta.Actor.Subject = "petrova"
		p.Apply(e, x)
	}
	return p
}

func change(decision byte) event.AccountChange {
	return event.AccountChange{Decision: id(decision), Survivor: id(1), Absorbed: id(2),
		Reason: sealed(9)}
}

func proposed(kind string, decision byte) *event.AccountDecisionProposed {
	return &event.AccountDecisionProposed{Kind: kind, AccountChange: change(decision)}
}

func TestMergedAccountsAreReadAsOne(t *testing.T) {
	t.Parallel()
	merge := []event.Payload{proposed(event.MergeAccounts, 50),
		&event.AccountsMerged{AccountChange: change(50)}}
	survivor, absorbed := joinable(1, merge...), joinable(2, merge...)
	require.Equal(t, []ledger.PersonID{id(2)}, survivor.Absorbed)
	require.Equal(t, id(1), absorbed.MergedInto)
	require.Equal(t, survivor.Canonical(), absorbed.Canonical())
	require.True(t, survivor.Linked() && absorbed.Linked())

	joined := account.Join(survivor, absorbed)
	require.Equal(t, survivor.Personal, joined.Personal, "the survivor's data are the person's")
	require.Len(t, joined.Employments, 2)
	require.Equal(t, uuid.Nil, joined.Slots()[0].Account)
	require.Equal(t, id(2), joined.Slots()[1].Account)
	sum, known := joined.EarningsAt(payerA, month("2018-01"), false)
	require.True(t, known)
	require.Equal(t, money.MustParse("1000.00"), sum)
	require.Len(t, joined.Decisions, 1, "a decision that both accounts show is one")
	require.Equal(t, survivor.Revision+absorbed.Revision+1, joined.Seen())
	require.Len(t, survivor.Slots(), 1, "joining changes no account")
	requireSnapshot(t, joined, new(account.Person))

	require.True(t, absorbed.Holds(&event.EmploymentEnded{Employment: id(102)}))
	require.False(t, survivor.Holds(&event.EmploymentEnded{Employment: id(102)}))
	require.False(t, absorbed.Holds(report(102, payerA, "01")), "new facts go by their number")
}

func TestASplitLeavesWhatWasRecorded(t *testing.T) {
	t.Parallel()
	facts := []event.Payload{proposed(event.MergeAccounts, 50),
		&event.AccountsMerged{AccountChange: change(50)},
		report(102, payerB, "03", earned("2018-02", "70.00")),
		proposed(event.SplitAccounts, 51), &event.AccountsSplit{AccountChange: change(51)}}
	absorbed := joinable(2, facts...)
	alone := joinable(2, facts[2])
	require.False(t, absorbed.Linked())
	require.Len(t, absorbed.Slots(), len(alone.Slots()))
	for i := range alone.Slots() {
		require.Equal(t, alone.Slots()[i].Months, absorbed.Slots()[i].Months)
	}
	require.Equal(t, alone.Employments, absorbed.Employments)
	survivor := joinable(1, facts...)
	require.Nil(t, survivor.Absorbed)
	for _, p := range []*account.Person{survivor, absorbed} {
		require.Len(t, p.Decisions, 2, "merge and split stay visible in both accounts")
		require.Equal(t, account.DecisionApproved, p.Decisions[1].State)
		require.Equal(t, event.SplitAccounts, p.Decisions[1].Kind)
		require.Equal(t, "petrova", p.Decisions[1].DecidedBy)
	}
}

func TestAProvisionalAccountIsConfirmed(t *testing.T) {
	t.Parallel()
	registered := &event.PersonRegistered{Provisional: true, Personal: sealed(1)}
	opened := &event.ProvisionalOpened{AccountChange: event.AccountChange{Decision: id(60),
		Survivor: id(1), Reason: sealed(2)}}
	p := foldPerson(registered, opened)
	require.True(t, p.Provisional)
	require.Equal(t, account.OpenProvisional, p.Decisions[0].Kind)

	only := event.AccountChange{Decision: id(61), Survivor: id(1), Reason: sealed(3)}
	require.False(t, foldPerson(registered, opened,
		&event.AccountDecisionProposed{Kind: event.ConfirmIdentity, AccountChange: only},
		&event.IdentityConfirmed{AccountChange: only}).Provisional)
	require.False(t, foldPerson(registered, opened,
		&event.PersonRegistered{Payer: payerA, Personal: sealed(4)}).Provisional)
	returned := foldPerson(registered, opened,
		&event.AccountDecisionProposed{Kind: event.ConfirmIdentity, AccountChange: only},
		&event.AccountDecisionReturned{Decision: id(61), Reason: sealed(5)})
	require.True(t, returned.Provisional)
	require.Equal(t, account.DecisionReturned, returned.Decisions[1].State)
}

func TestADecisionMustHaveBeenProposed(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { foldPerson(&event.AccountsMerged{AccountChange: change(50)}) })
	require.Panics(t, func() { foldPerson(&event.DisputeWithdrawn{Dispute: id(1)}) })
}
