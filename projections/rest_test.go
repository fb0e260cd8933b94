package projections

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Nobody is kept waiting by a rest, whether he came before or comes in its midst.
func TestRestEndsForWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		rested := func() time.Duration {
			began := time.Now()
			h.rest(t.Context(), time.Minute)
			return time.Since(began)
		}
		require.Equal(t, time.Minute, rested(), "nobody waits")

		_, leave := h.await("early_v1", 5)
		require.Zero(t, rested())
		leave()
		require.Equal(t, time.Minute, rested(), "who waited has gone")

		_, leave = h.await("early_v1", 7)
		h.reset("early_v1", 7)
		require.Equal(t, time.Minute, rested(), "who waited has been served")
		leave()

		go func() {
			time.Sleep(time.Second)
			h.await("late_v1", 1)
		}()
		require.Equal(t, time.Second, rested())
	})
}
