package api_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/fixtures/pgtest"
)

// BenchmarkRegister registers payers by 64 callers at once, and tells the processor time of
// this process for each: the append is in it, a client and Postgres are not.
func BenchmarkRegister(b *testing.B) {
	logged, err := os.Create(filepath.Join(b.TempDir(), "log"))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, logged.Close()) })
	logger := slog.New(slog.NewTextHandler(logged, nil))
	n, err := node.Open(b.Context(), node.Config{Dir: b.TempDir(), DatabaseURL: pgtest.DB(b),
		Clock: time.Now, Demo: true, Logger: logger})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, n.Close(context.WithoutCancel(b.Context()))) })
	handler := api.New(serviceOf(n, b.TempDir()), api.Options{Clock: time.Now, Logger: logger})
	var bodies []string
	for i := 0; len(bodies) < b.N; i++ {
		if unp, err := control.UNP(fmt.Sprint(10_000_000 + i)); err == nil { // most have one
			bodies = append(bodies, fmt.Sprintf(`{"unp":%q,"fund_no":"602%06d","name":"БЕНЧ",`+
				`"kind":"employer","since":"2017-01-01"}`, unp, len(bodies)%1_000_000))
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	var next atomic.Int64
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				r := named(http.MethodPost, "/v1/payers", strings.NewReader(bodies[i]))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				if handler.ServeHTTP(w, r); w.Code != http.StatusCreated {
					b.Error(w.Code, w.Body)
				}
			}
		})
	}
	callers.Wait()
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}
