package pglog

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// BenchmarkLone appends one event after the other, each to a new stream, without company.
func BenchmarkLone(b *testing.B) {
	m := newBenchmark(b)
	for b.Loop() {
		_, err := m.log.Append(context.Background(), logtest.Batch(logtest.NewStream(),
			ledger.NoStream, benchEvent(uuid.New())))
		require.NoError(b, err)
	}
}
