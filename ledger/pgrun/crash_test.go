package pgrun

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// waitMax bounds what tests wait for on a busy machine.
const waitMax = 30 * time.Second

func itoa(n int) string { return strconv.Itoa(n) }

func TestKilledPostmasterIsNoticedAndRecovered(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	srv := start(t, fast(dir))
	execute(t, srv.URL(), "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	require.NoError(t, syscall.Kill(srv.PID(), syscall.SIGKILL))
	<-srv.Done()
	require.NoError(t, srv.Stop(testContext(t)))
	require.FileExists(t, filepath.Join(srv.DataDir(), pidFileName), "a stale file is left")

	again := start(t, fast(dir))
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
}

// A session that computes does not notice that its postmaster is dead, and holds the shared
// memory; the next start must end it.
func TestBusySessionOfAKilledPostmaster(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	srv := start(t, fast(dir))
	conn := open(t, srv.URL())
	pid := int(conn.PgConn().PID())
	go func() {
		_, _ = conn.Exec(context.Background(), `DO $$ BEGIN LOOP NULL; END LOOP; END $$`)
	}()
	require.Eventually(t, func() bool {
		const busy = `SELECT count(*)::text FROM pg_stat_activity
			WHERE state = 'active' AND query LIKE 'DO %'`
		return text(t, srv.URL(), busy) == "1"
	}, waitMax, pollEvery)
	require.NoError(t, syscall.Kill(srv.PID(), syscall.SIGKILL))
	<-srv.Done()
	require.NoError(t, srv.Stop(testContext(t)))
	require.True(t, worksIn(pid, srv.DataDir()), "the session is still there")

	again := start(t, fast(dir))
	require.False(t, worksIn(pid, srv.DataDir()))
	require.Equal(t, "1", text(t, again.URL(), "SELECT 1::text"))
}

func TestKilledParentLeavesNoOrphanAndNoLoss(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	h := startHelper(t, dir, nil)
	h.awaitReady(t)
	execute(t, h.url, "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	h.kill()

	again := start(t, fast(dir)) // at once, while the orphan is still stopping
	require.False(t, again.Attached())
	require.NotEqual(t, h.pid, again.PID())
	require.False(t, worksIn(h.pid, h.data))
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
}

func TestPostgresEndsWithItsParent(t *testing.T) {
	t.Parallel()
	h := startHelper(t, openTemp(t), nil)
	h.awaitReady(t)
	require.True(t, worksIn(h.pid, h.data))
	h.kill()
	require.Eventually(t, func() bool { return !worksIn(h.pid, h.data) }, waitMax, pollEvery)
}

// Whenever the process is killed, also within initdb, the next start works, and what was once
// committed stays.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const (
		kills    = 8
		delayMax = 1500 // milliseconds; a first start takes less on an idle machine
	)
	dir := openTemp(t)
	seed := uint64(20261122)
	rnd := rand.New(rand.NewPCG(seed, seed))
	for i := range kills {
		h := startHelper(t, dir, nil)
		delay := time.Duration(rnd.IntN(delayMax*(i+1)/kills)+1) * time.Millisecond
		require.NoError(t, sleep(testContext(t), delay))
		h.kill()
	}
	srv := start(t, fast(dir))
	execute(t, srv.URL(), "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	require.NoError(t, srv.Stop(testContext(t)))
	for range 3 {
		h := startHelper(t, dir, nil)
		require.NoError(t, sleep(testContext(t), time.Duration(rnd.IntN(500))*time.Millisecond))
		h.kill()
	}
	again := start(t, fast(dir))
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
	leftovers, err := filepath.Glob(filepath.Join(dir, initPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
}

// A postmaster that nobody owns any more is replaced by a child of ours.
func TestOrphanIsReplaced(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	srv := start(t, fast(dir))
	require.NoError(t, srv.Stop(testContext(t)))

	inst, err := findAll()
	require.NoError(t, err)
	acct, err := chooseAccount(dir, srv.DataDir())
	require.NoError(t, err)
	orphan := exec.Command(inst[0].bin("postgres"), "-D", srv.DataDir(), "-c", "listen_addresses=",
		"-c", "unix_socket_directories="+srv.DataDir())
	orphan.Dir = srv.DataDir()
	orphan.SysProcAttr = &syscall.SysProcAttr{Credential: acct.cred}
	require.NoError(t, orphan.Start())
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	require.Eventually(t, func() bool {
		pm, alive, err := running(srv.DataDir())
		return err == nil && alive && pm.sockDir != ""
	}, waitMax, pollEvery)

	again := start(t, fast(dir))
	require.NoError(t, <-ended)
	require.False(t, again.Attached())
	require.Equal(t, "1", text(t, again.URL(), "SELECT 1::text"))
}

// After a reboot the number in a stale pid file can belong to anybody, also to a process of
// the same user, for which Postgres alone would refuse to start.
func TestStalePidFileWithAReusedNumber(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	srv := start(t, fast(dir))
	require.NoError(t, srv.Stop(testContext(t)))
	acct, err := chooseAccount(dir, srv.DataDir())
	require.NoError(t, err)

	other := exec.Command("sleep", "60")
	other.SysProcAttr = &syscall.SysProcAttr{Credential: acct.cred}
	require.NoError(t, other.Start())
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })

	for _, stale := range []string{
		itoa(other.Process.Pid) + "\n" + srv.DataDir() + "\n1764000000\n5432\n/tmp\n", "", "\n",
	} {
		pidFile := filepath.Join(srv.DataDir(), pidFileName)
		require.NoError(t, os.WriteFile(pidFile, []byte(stale), 0o600))
		require.NoError(t, acct.take(pidFile))
		again, err := Start(testContext(t), fast(dir))
		require.NoError(t, err)
		require.False(t, again.Attached())
		require.NoError(t, again.Stop(testContext(t)))
	}
	require.NoError(t, other.Process.Signal(syscall.Signal(0)), "the stranger was left alone")
}

func TestHalfDoneInitdbIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	half := filepath.Join(dir, initPrefix+"123")
	require.NoError(t, os.MkdirAll(filepath.Join(half, "base"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600))
	srv := start(t, fast(dir))
	require.NoDirExists(t, half)
	require.Equal(t, "1", text(t, srv.URL(), "SELECT 1::text"))
}

func TestCancelledStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	for _, patience := range []time.Duration{50, 300, 600, 800} {
		dir := openTemp(t)
		ctx, cancel := context.WithTimeout(context.Background(), patience*time.Millisecond)
		srv, err := Start(ctx, fast(dir))
		cancel()
		if err == nil {
			require.NoError(t, srv.Stop(testContext(t)))
		}
		// Processes that were just killed may take a moment to go.
		require.Eventually(t, func() bool { return !anyProcessIn(t, dir) }, waitMax, pollEvery)
		again := start(t, fast(dir))
		require.Equal(t, "1", text(t, again.URL(), "SELECT 1::text"))
	}
}

// anyProcessIn tells whether a process works in dir or below.
func anyProcessIn(t *testing.T, dir string) bool {
	procs, err := os.ReadDir("/proc")
	require.NoError(t, err)
	for _, p := range procs {
		cwd, err := os.Readlink(filepath.Join("/proc", p.Name(), "cwd"))
		if err == nil && strings.HasPrefix(cwd, dir) {
			return true
		}
	}
	return false
}
