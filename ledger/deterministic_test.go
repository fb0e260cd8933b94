package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/period"
)

// TestDeterministicIDIsUUIDv5OfItsParts compares with the plain way to make it, which is
// what identifiers in existing ledgers were made by.
func TestDeterministicIDIsUUIDv5OfItsParts(t *testing.T) {
	t.Parallel()
	namespace := uuid.MustParse("5b2d6c0e-8f5a-5c53-9d0e-3a6f3f1f7c11")
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.OneOf(
			rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Int64().AsAny(),
			rapid.Just(uuid.New()).AsAny(), rapid.Uint8().AsAny(),
			rapid.Just(period.MustMonth("2018-03")).AsAny(), rapid.Just(ledger.Hash{}).AsAny(),
			rapid.Just(ledger.HashRecord([]byte("x"))).AsAny(),
		), 0, 6).Draw(t, "parts")
		var plain strings.Builder
		for _, p := range parts {
			text := fmt.Sprint(p)
			fmt.Fprintf(&plain, "%d:%s", len(text), text)
		}
		require.Equal(t, uuid.NewSHA1(namespace, []byte(plain.String())),
			ledger.DeterministicID(parts...))
		numbers := rapid.SliceOfN(rapid.Int(), 0, 3).Draw(t, "numbers")
		series := ledger.NewSeries(parts...)
		for _, n := range numbers {
			parts = append(parts, n)
		}
		require.Equal(t, ledger.DeterministicID(parts...), series.ID(numbers...))
		require.Equal(t, ledger.DeterministicID(parts...), series.ID(numbers...))
	})
}
