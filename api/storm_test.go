package api_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/fixtures/country"
)

// ledgerLock is the advisory lock that every append takes: who holds it stops the ledger.
const ledgerLock = 0x7374617a686c6f67

// stormMost is more than the server takes in at once.
const stormMost = 1000

// standStill stops the ledger until the function that it gives is called.
func (s *server) standStill() (goOn func()) {
	s.Helper()
	conn, err := pgx.ConnectConfig(s.Context(), s.node.Pool.Config().ConnConfig.Copy())
	require.NoError(s, err)
	_, err = conn.Exec(s.Context(), "SELECT pg_advisory_lock($1)", int64(ledgerLock))
	require.NoError(s, err)
	return func() { require.NoError(s, conn.Close(s.Context())) }
}

// TestFullIntake: when as many files wait as may, further ones are refused with a time to
// come again, before their bytes are read. Those that were let in all get their receipt
// and are processed.
func TestFullIntake(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	s.catchUp()
	goOn := s.standStill()
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		receipts []string
		refused  = make(chan answer, stormMost)
	)
	for i := range stormMost {
		group.Go(func() {
			a := s.file(fmt.Appendf(nil, "report %d", i), "?payer="+country.ExampleUNP,
				fmt.Sprint("storm ", i))
			if a.status == http.StatusServiceUnavailable {
				refused <- a
				return
			}
			a.is(http.StatusAccepted)
			mu.Lock()
			defer mu.Unlock()
			receipts = append(receipts, a.json()["receipt"].(string))
		})
	}
	for range 10 {
		a := <-refused
		a.problem(http.StatusServiceUnavailable, "intake_busy")
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
	for len(refused) < cap(refused)/4 {
		time.Sleep(10 * time.Millisecond)
	}
	// A body of which no byte comes is refused all the same, wherever the payer is said.
	for _, query := range []string{"", "?payer=" + country.ExampleUNP} {
		body, never := io.Pipe()
		a := s.do(http.MethodPost, "/v1/filings"+query, body, "Idempotency-Key", "late",
			"Content-Type", "text/plain")
		a.problem(http.StatusServiceUnavailable, "intake_busy")
		require.NoError(t, never.Close())
	}
	goOn()
	group.Wait()
	require.NotEmpty(t, receipts)
	require.Len(t, refused, stormMost-10-len(receipts))
	for _, r := range receipts {
		require.Equal(t, "refused", s.settle(r).Status, "such files have no documents")
	}
	// Who was refused comes again.
	s.file([]byte("report"), "?payer="+country.ExampleUNP, "again").is(http.StatusAccepted)
	require.NotContains(t, s.log.String(), "panic")
}
