package reconciliation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/reconciliation"
)

func lines(pairs ...string) (list []event.ReportLine) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, event.ReportLine{Line: pairs[i], Amount: money.MustParse(pairs[i+1])})
	}
	return list
}

func parsed(t *testing.T, text string) reconciliation.Formula {
	t.Helper()
	f, err := reconciliation.ParseFormula(text)
	require.NoError(t, err)
	return f
}

// Column 3 of the note takes line 27 out of 26, column 4 takes it in.
func TestSumsOfLines(t *testing.T) {
	t.Parallel()
	report := lines("24", "100.00", "26", "50.00", "27", "20.00", "28", "7.00", "38", "1.50")
	require.Equal(t, "131.50", parsed(t, "24+26-27+38").Sum(report).String())
	require.Equal(t, "27.00", parsed(t, "27+28+30+32+33").Sum(report).String())
}

func TestEquationsSpeakOfWholeReports(t *testing.T) {
	t.Parallel()
	f := parsed(t, "06=04-05")
	require.Equal(t, "06", f.First())
	_, _, holds := f.Check(lines("06", "9.00", "04", "10.00"))
	require.True(t, holds, "line 05 is not given")
	got, want, holds := f.Check(lines("06", "9.00", "04", "10.00", "05", "2.00"))
	require.False(t, holds)
	require.Equal(t, []string{"9.00", "8.00"}, []string{got.String(), want.String()})
	for amount, within := range map[string]bool{"9.99": true, "10.00": true, "10.01": false} {
		_, _, holds := parsed(t, "12<=11").Check(lines("12", amount, "11", "10.00"))
		require.Equal(t, within, holds, amount)
	}
}

func FuzzParseFormula(f *testing.F) {
	for _, seed := range []string{"24+26-27+38", "06=04-05", "12<=11", "", "+", "1=2=3", "a", "1<2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		formula, err := reconciliation.ParseFormula(text)
		if err != nil {
			require.ErrorIs(t, err, reconciliation.ErrFormula)
			return
		}
		require.NotEmpty(t, formula.First())
		require.Zero(t, formula.Sum(nil))
	})
}
