package memlog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/memlog"
)

func TestContract(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(*testing.T) ledger.Log { return memlog.New(time.Now) })
	logtest.RunScanner(t, func(*testing.T) ledger.Scanner { return memlog.New(time.Now) })
}

// What a caller does to its slices after the append, or to an event it read, must not
// change the ledger.
func TestBytesAreItsOwn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	log := memlog.New(time.Now)
	event := logtest.NewEvent("a")
	payload := event.Payload
	want := string(payload)
	_, err := log.Append(ctx, logtest.Batch(ledger.Law, ledger.NoStream, event))
	require.NoError(t, err)
	payload[0] ^= 0xff
	for range 2 {
		for e, err := range log.ReadAll(ctx, 0, 0) {
			require.NoError(t, err)
			require.Equal(t, want, string(e.Payload))
			e.Payload[0] ^= 0xff
		}
	}
}

func TestRecordedTimeFollowsTheClock(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	now := time.Date(2026, 3, 31, 21, 0, 0, 123456789, time.FixedZone("Minsk", 3*3600))
	log := memlog.New(func() time.Time { return now })
	first, err := log.Append(ctx, logtest.Batch(ledger.Law, ledger.NoStream, logtest.NewEvent("a")))
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 3, 31, 18, 0, 0, 123456000, time.UTC), first.RecordedAt)
	now = now.Add(-time.Hour)
	second, err := log.Append(ctx, logtest.Batch(ledger.Law, 0, logtest.NewEvent("b")))
	require.NoError(t, err)
	require.Equal(t, first.RecordedAt, second.RecordedAt, "a clock set back does not go back")
}

// A branch begins with what is recorded; afterwards neither sees what the other records.
func TestBranchGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	trunk := memlog.New(time.Now)
	ids := func(log ledger.Log) (list []string) {
		for e, err := range log.ReadAll(ctx, 0, 0) {
			require.NoError(t, err)
			list = append(list, e.ID.String())
		}
		return list
	}
	_, err := trunk.Append(ctx, logtest.Batch(ledger.Law, ledger.NoStream, logtest.NewEvent("a"),
		logtest.NewEvent("b"), logtest.NewEvent("c")))
	require.NoError(t, err)
	before := ids(trunk)
	logs := []ledger.Log{trunk, trunk.Branch(time.Now), trunk.Branch(time.Now)}
	for _, log := range logs {
		e := logtest.NewEvent("d")
		_, err := log.Append(ctx, logtest.Batch(ledger.Law, 2, e))
		require.NoError(t, err)
		require.Equal(t, append(before[:3:3], e.ID.String()), ids(log))
		var v ledger.Verifier
		for e, err := range log.ReadStreams(ctx, ledger.Law) {
			require.NoError(t, err)
			require.NoError(t, v.Check(&e))
		}
	}
	seen := map[string]bool{}
	for _, log := range logs {
		seen[ids(log)[3]] = true
	}
	require.Len(t, seen, 3, "each has its own fourth event")
}
