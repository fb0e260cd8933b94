package logtest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
)

func TestFaultyWithoutOrdersKeepsTheContract(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(*testing.T) ledger.Log {
		return logtest.NewFaulty(memlog.New(time.Now))
	})
}

func TestFaultyAppends(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	log := logtest.NewFaulty(memlog.New(time.Now))
	broken := errors.New("broken")
	log.FailAppend(1, broken)
	log.LoseAnswer(2)
	batch := func(expected ledger.Revision) ledger.StreamAppend {
		return logtest.Batch(ledger.Law, expected, logtest.NewEvent("x"))
	}
	_, err := log.Append(ctx, batch(-1))
	require.NoError(t, err)
	_, err = log.Append(ctx, batch(0))
	require.ErrorIs(t, err, broken)
	lost := batch(0)
	_, err = log.Append(ctx, lost)
	require.ErrorIs(t, err, ledger.ErrUnknownOutcome)
	p, err := log.Head(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 2, p, "the append before was not recorded, this one was")
	result, err := log.Append(ctx, lost)
	require.NoError(t, err)
	require.True(t, result.Repeated)
}

func TestFaultyReads(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	log := logtest.NewFaulty(memlog.New(time.Now))
	_, err := log.Append(ctx, logtest.Batch(ledger.Law, -1, logtest.NewEvents(5)...))
	require.NoError(t, err)
	broken := errors.New("broken")
	log.BreakRead(0, 3, broken)
	log.BreakRead(2, 0, broken)
	log.BreakRead(3, 9, broken)
	count := func() (n int, last error) {
		for _, err := range log.ReadAll(ctx, 0, 0) {
			if last = err; err == nil {
				n++
			}
		}
		return n, last
	}
	for _, want := range []struct {
		n   int
		err error
	}{{3, broken}, {5, nil}, {0, broken}, {5, broken}, {5, nil}} {
		n, err := count()
		require.Equal(t, want.n, n)
		require.Equal(t, want.err, err)
	}
}

// A writer that repeats after every fault gets each event in exactly once.
func TestFaultyRandomly(t *testing.T) {
	t.Parallel()
	log := logtest.NewFaulty(memlog.New(time.Now))
	log.Randomly(7, 50)
	faults := map[bool]int{}
	for i := range 200 {
		batch := logtest.Batch(ledger.Law, ledger.Revision(i-1), logtest.NewEvent("x"))
		for {
			_, err := log.Append(t.Context(), batch)
			if err == nil {
				break
			}
			faults[errors.Is(err, ledger.ErrUnknownOutcome)]++
		}
	}
	require.Greater(t, faults[true], 20)
	require.Greater(t, faults[false], 20)
	p, err := log.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 200, p)
}
