package api

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// aheadEnv has the test binary go ahead and say how that went: a process of its own, as the
// priority of a whole process changes.
const aheadEnv = "STAZH_TEST_AHEAD"

const (
	aheadAsIs    = "as it is" // whether this user may is not known here
	aheadRefused = "refused"  // as somebody who may not, where root can become that
)

// nobody is a user without any right.
const nobody = 65534

// TestGoAhead: all threads go ahead, also those started later, and half of the processors are
// left; or nothing is changed and the error says why.
func TestGoAhead(t *testing.T) {
	if how := os.Getenv(aheadEnv); how != "" {
		goAheadHere(t, how)
		return
	}
	t.Parallel()
	for _, how := range []string{aheadAsIs, aheadRefused} {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGoAhead$", "-test.v")
		child.Env = append(os.Environ(), aheadEnv+"="+how)
		out, err := child.CombinedOutput()
		require.NoError(t, err, "%s: %s", how, out)
		require.Contains(t, string(out), "went as expected")
		t.Logf("%s", out)
	}
}

func goAheadHere(t *testing.T, how string) {
	refused := false
	if how == aheadRefused && os.Geteuid() == 0 {
		refused = unix.Setrlimit(unix.RLIMIT_RTPRIO, &unix.Rlimit{}) == nil &&
			syscall.Setuid(nobody) == nil
	}
	before := runtime.GOMAXPROCS(0)
	err := GoAhead(func(string) (string, bool) { return "", false })
	want, processors := uint32(unix.SCHED_RR), max(1, before/2)
	if err != nil {
		require.ErrorContains(t, err, "ask for a real-time priority")
		want, processors = unix.SCHED_NORMAL, before
	} else {
		require.False(t, refused, "nobody may go ahead")
		require.NoError(t, Hurry(), "once more")
	}
	require.Equal(t, processors, runtime.GOMAXPROCS(0))
	for range 8 { // threads that are started now
		locked, end := make(chan struct{}), make(chan struct{})
		defer close(end)
		go func() {
			runtime.LockOSThread()
			close(locked)
			<-end
		}()
		<-locked
	}
	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	require.Greater(t, len(threads), 8)
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		require.NoError(t, err)
		attr, err := unix.SchedGetAttr(id, 0)
		if errors.Is(err, unix.ESRCH) {
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, attr.Policy)
	}
	fmt.Printf("%s: went as expected, policy %d\n", how, want)
}

// It changes the whole process, so that it runs in one of its own, too: who has said how many
// processors there are keeps them.
func TestGoAheadKeepsWhatIsSaid(t *testing.T) {
	if os.Getenv(aheadEnv) == "" {
		t.Parallel()
		child := exec.CommandContext(t.Context(), os.Args[0],
			"-test.run=^TestGoAheadKeepsWhatIsSaid$", "-test.v")
		child.Env = append(os.Environ(), aheadEnv+"="+aheadAsIs)
		out, err := child.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "went as expected")
		return
	}
	before := runtime.GOMAXPROCS(0)
	err := GoAhead(func(key string) (string, bool) { return "7", key == "GOMAXPROCS" })
	if err != nil {
		require.ErrorContains(t, err, "ask for a real-time priority")
	}
	require.Equal(t, before, runtime.GOMAXPROCS(0))
	fmt.Println("went as expected")
}
