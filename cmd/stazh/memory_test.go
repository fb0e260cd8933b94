package main

import (
	"runtime/metrics"
	"testing"

	"github.com/stretchr/testify/require"
)

// The environment decides how garbage is collected; where it is silent the server does.
func TestCollectLess(t *testing.T) {
	inForce := func() (percent, limit uint64) {
		s := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64(), s[1].Value.Uint64()
	}
	percent, limit := inForce()
	for name, c := range map[string]struct {
		set            string
		percent, limit uint64
	}{
		"nothing":        {"", gcPercent, memoryMax},
		"the percentage": {"GOGC", percent, memoryMax},
		"the limit":      {"GOMEMLIMIT", gcPercent, limit},
	} {
		undo := collectLess(func(key string) (string, bool) { return "", key == c.set })
		gotPercent, gotLimit := inForce()
		undo()
		require.Equal(t, c.percent, gotPercent, name)
		require.Equal(t, c.limit, gotLimit, name)
		gotPercent, gotLimit = inForce()
		require.Equal(t, []uint64{percent, limit}, []uint64{gotPercent, gotLimit}, name)
	}
}
