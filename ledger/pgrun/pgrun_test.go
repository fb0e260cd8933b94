package pgrun

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestFreshStartAndSecondStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openTemp(t), "a", "stazh-data") // missing parents are made
	srv := start(t, fast(dir))
	require.False(t, srv.Attached())
	require.Equal(t, filepath.Join(dir, "postgres"), srv.DataDir())
	execute(t, srv.URL(), "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	require.NoError(t, srv.Stop(testContext(t)))
	<-srv.Done()
	require.NoError(t, srv.Stop(testContext(t)), "Stop may be called again")
	require.NoDirExists(t, srv.sockDir)

	again := start(t, fast(dir))
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
	require.Equal(t, srv.URL(), again.URL(), "the address stays the same")
}

func TestDefaultsAreDurableAndKnowCyrillic(t *testing.T) {
	t.Parallel()
	srv := start(t, Config{Dir: openTemp(t)})
	for name, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "jit": "off",
		"data_checksums": "on", "server_encoding": "UTF8", "TimeZone": "UTC",
		"listen_addresses": "", "unix_socket_permissions": "0700",
		"max_wal_size": "4GB", "checkpoint_timeout": "15min",
	} {
		require.Equal(t, want, text(t, srv.URL(), "SHOW "+name), name)
	}
	require.Equal(t, "стаж", text(t, srv.URL(), "SELECT lower('СТАЖ')"))
	require.Equal(t, "stazh", text(t, srv.URL(), "SELECT current_database()::text"))
}

func TestSettingsReachTheServerButCannotOpenIt(t *testing.T) {
	t.Parallel()
	cfg := fast(openTemp(t))
	cfg.Settings["work_mem"] = "5MB"
	cfg.Settings["listen_addresses"] = "*"
	srv := start(t, cfg)
	require.Equal(t, "5MB", text(t, srv.URL(), "SHOW work_mem"))
	require.Empty(t, text(t, srv.URL(), "SHOW listen_addresses"))
}

// Postgres must not run as root, must not get the terminal's Ctrl-C and must not be open to
// other users.
func TestProcessIsUnprivilegedAndApart(t *testing.T) {
	t.Parallel()
	srv := start(t, fast(openTemp(t)))
	uid, _, err := ownerOf(filepath.Join("/proc", itoa(srv.PID())))
	require.NoError(t, err)
	require.NotZero(t, uid)

	group, err := syscall.Getpgid(srv.PID())
	require.NoError(t, err)
	require.NotEqual(t, syscall.Getpgrp(), group)

	for _, dir := range []string{srv.DataDir(), srv.sockDir} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), dir)
		have, _, err := ownerOf(dir)
		require.NoError(t, err)
		require.Equal(t, uid, have)
	}
	info, err := os.Stat(srv.LogFile())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAttachLeavesTheOwnersServerRunning(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	first := start(t, fast(dir))
	second := start(t, fast(dir))
	require.True(t, second.Attached())
	require.Nil(t, second.Done())
	require.Equal(t, first.PID(), second.PID())
	require.Equal(t, first.URL(), second.URL())

	other := startHelper(t, dir, nil)
	other.awaitReady(t)
	require.True(t, other.shared)
	require.Equal(t, first.PID(), other.pid)
	other.stop(t)

	require.NoError(t, second.Stop(testContext(t)))
	require.Equal(t, "1", text(t, first.URL(), "SELECT 1::text"))
}

func TestConcurrentStartsMakeOneServer(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	servers := make([]*Server, 4)
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i := range servers {
		wg.Go(func() { servers[i], errs[i] = Start(testContext(t), fast(dir)) })
	}
	wg.Wait()
	var owners []*Server
	for i, srv := range servers {
		require.NoError(t, errs[i])
		require.Equal(t, servers[0].PID(), srv.PID())
		if !srv.Attached() {
			owners = append(owners, srv)
		}
	}
	require.Len(t, owners, 1)
	require.NoError(t, owners[0].Stop(testContext(t)))
}

// A start that comes while the owner is stopping waits for it and then becomes the owner.
func TestStartDuringStop(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	first := start(t, fast(dir))
	var wg sync.WaitGroup
	wg.Go(func() { _ = first.Stop(context.Background()) })
	require.Eventually(t, func() bool {
		_, err := pgx.Connect(testContext(t), first.URL())
		return err != nil
	}, waitMax, pollEvery)
	second := start(t, fast(dir))
	wg.Wait()
	require.False(t, second.Attached())
	require.Equal(t, "1", text(t, second.URL(), "SELECT 1::text"))
}

func TestStopWithoutPatienceLosesNothing(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	srv := start(t, fast(dir))
	execute(t, srv.URL(), "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, srv.Stop(ctx))
	again := start(t, fast(dir))
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
}

// The log of Postgres must not repeat what sessions were told about their values.
func TestLogHoldsNoValues(t *testing.T) {
	t.Parallel()
	srv := start(t, fast(openTemp(t)))
	execute(t, srv.URL(), "CREATE TABLE p (name text PRIMARY KEY)")
	for _, sql := range []string{
		"SELECT 'Secretname'::date",
		"INSERT INTO p VALUES ('Secretname'), ('Secretname')",
		"DO $$ BEGIN RAISE WARNING 'Secretname'; END $$",
	} {
		conn := open(t, srv.URL())
		_, err := conn.Exec(testContext(t), sql)
		if !strings.HasPrefix(sql, "DO") {
			require.Error(t, err)
		}
	}
	log, err := os.ReadFile(srv.LogFile())
	require.NoError(t, err)
	require.Contains(t, string(log), "ready to accept connections")
	require.NotContains(t, string(log), "Secretname")
}
