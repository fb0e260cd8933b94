package tether_test

import (
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"github.com/stazh/stazh/ledger/pgrun/tether"
	"github.com/stretchr/testify/require"
)

// Only the end of the starter reaches its processes: threads of it may end any time, and do
// where a goroutine that is locked to one ends.
func TestProcessesOutliveThreads(t *testing.T) {
	t.Parallel()
	for range 32 {
		cmd := exec.CommandContext(t.Context(), "cat")
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		p, err := tether.Start(cmd, syscall.SIGKILL)
		require.NoError(t, err)
		endThreads()
		select {
		case <-p.Done():
			require.Fail(t, "ended with a thread", "%v", p.Wait())
		default:
		}
		_, err = io.WriteString(in, "still there\n")
		require.NoError(t, err)
		require.NoError(t, in.Close())
		require.NoError(t, p.Wait(), "it ends by itself")
		require.NoError(t, p.Wait(), "and says so again")
	}
}

// endThreads has threads of this process end.
func endThreads() {
	var group sync.WaitGroup
	for range 100 {
		group.Go(runtime.LockOSThread)
	}
	group.Wait()
}

func TestWhatCannotStartIsAnError(t *testing.T) {
	t.Parallel()
	_, err := tether.Start(exec.CommandContext(t.Context(), "/nowhere/to/be/found"), syscall.SIGKILL)
	require.Error(t, err)
}
