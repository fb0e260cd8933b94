package api

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// It changes the whole process, so that no other test may run beside it.
func TestSpareProcessors(t *testing.T) { //nolint:paralleltest // see above
	before := runtime.GOMAXPROCS(0)
	undo := SpareProcessors(func(string) (string, bool) { return "", false })
	require.Equal(t, processorTimes*before, runtime.GOMAXPROCS(0))
	undo()
	require.Equal(t, before, runtime.GOMAXPROCS(0))
	undo = SpareProcessors(func(key string) (string, bool) { return "3", key == "GOMAXPROCS" })
	require.Equal(t, before, runtime.GOMAXPROCS(0), "the environment decides")
	undo()
	require.Equal(t, before, runtime.GOMAXPROCS(0))
}
