package commands_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// staff names everybody that it knows, reported or not, as a read model may that is behind.
type staff struct {
	ids   []ledger.PersonID
	asked int
	err   error
}

func (s *staff) Unreported(context.Context, string, period.Month, ledger.PersonID, int,
) ([]ledger.PersonID, error) {
	s.asked++
	return s.ids, s.err
}

// TestChecksOfLateReportsTellWhomTheyLeaveOut: the due date of the first quarter is 30 April.
// The filing itself says nothing of it and asks nobody.
func TestChecksOfLateReportsTellWhomTheyLeaveOut(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	workers := k.staff(5)
	known := &staff{}
	for _, w := range workers[:4] {
		known.ids = append(known.ids, k.bus.Keys.PersonID(w.number))
	}
	k.bus.Staff = known
	check := func(w worker) []string {
		content := report(t, pack(document.PU3), quarter(w, "500.00"))
		return k.told(account.Filing{Findings: []ledger.Hash{k.checked(content)}})
	}
	file := func(w worker) []string {
		checked, asked := check(w), known.asked
		f := k.accept(document.PU3, quarter(w, "500.00"))
		require.Equal(t, asked, known.asked)
		require.Equal(t, slices.DeleteFunc(slices.Clone(checked), func(line string) bool {
			return strings.HasPrefix(line, "I SPF-407")
		}), k.told(f), "what the check said is what filing says")
		return checked
	}
	told := file(workers[0])
	require.Empty(t, told, "it is in time")
	require.Zero(t, known.asked, "and costs nothing")

	*k.now = k.now.AddDate(0, 0, 19) // 1 May
	told = file(workers[1])
	require.Contains(t, told, "I SPF-407  2018-1: 2")
	// Who has left before the quarter needs no report.
	correction := hire(workers[3], "2018-04-02")
	correction.Type, correction.Movements[0].Corrects = document.Correction, hiredOn(t, k, workers[3])
	k.accept(document.PU2, correction)
	told = file(workers[2])
	for _, line := range told {
		require.NotContains(t, line, "SPF-407")
	}

	known.err = errors.New("the read model is being built")
	asked := known.asked
	require.NotContains(t, strings.Join(check(workers[4]), "\n"), "SPF-407")
	require.Equal(t, asked+1, known.asked, "where that cannot be told the check goes on")
	known.err = nil
	d := quarter(workers[0], "600.00")
	d.Type = document.Correction
	k.checked(report(t, pack(document.PU3), d))
	require.Equal(t, asked+1, known.asked, "a correction leaves out nobody")
}

// Who is registered under two numbers is one person who is left out.
func TestJoinedAccountsAreLeftOutOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	one, other := k.twins()
	third := workerNo(t, 1)
	k.accept(document.PU1, registration(third))
	k.accept(document.PU2, hire(third, "2018-01-01"))
	k.joins(event.MergeAccounts, one, other)
	k.bus.Staff = &staff{ids: []ledger.PersonID{k.bus.Keys.PersonID(other.number),
		k.bus.Keys.PersonID(third.number), k.bus.Keys.PersonID(one.number)}}

	*k.now = k.now.AddDate(0, 0, 19) // 1 May
	content := report(t, pack(document.PU3), quarter(third, "500.00"))
	require.Contains(t, k.told(account.Filing{Findings: []ledger.Hash{k.checked(content)}}),
		"I SPF-407  2018-1: 1")
}

func hiredOn(t *testing.T, k *kit, w worker) period.Date {
	t.Helper()
	return k.person(w.number).Employments[0].HiredOn
}
