package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/period"
)

// The day up to which files are written changes once a quarter, and is never in the future.
func TestSimulatedDay(t *testing.T) {
	t.Parallel()
	for today, want := range map[string]string{
		"2026-11-23": "2026-08-24", "2026-11-24": "2026-11-24", "2027-02-23": "2026-11-24",
		"2027-02-24": "2027-02-24", "2026-10-01": "2026-08-24",
	} {
		got := simulatedDay(period.MustDate(today))
		require.Equal(t, want, got.String(), today)
		require.LessOrEqual(t, got, period.MustDate(today))
	}
}
