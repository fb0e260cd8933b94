package pgrun

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A clone under /root: the user that runs Postgres cannot enter. t.TempDir is like that too.
func TestDirectoryThatPostgresCannotEnter(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "stazh-data")
	cfg := fast(dir)
	cfg.fallbackBase = filepath.Join(openTemp(t), "stazh")
	srv := start(t, cfg)
	execute(t, srv.URL(), "CREATE TABLE kept AS SELECT 'yes'::text AS v")
	require.NoError(t, srv.Stop(testContext(t)))

	pointer := filepath.Join(dir, locationName)
	if os.Geteuid() == 0 {
		require.True(t, strings.HasPrefix(srv.DataDir(), cfg.fallbackBase), srv.DataDir())
		where, err := os.ReadFile(pointer)
		require.NoError(t, err)
		require.Equal(t, filepath.Dir(srv.DataDir())+"\n", string(where))
	} else { // an ordinary user runs Postgres itself, and can enter
		require.Equal(t, filepath.Join(dir, clusterName), srv.DataDir())
		require.NoFileExists(t, pointer)
	}
	require.FileExists(t, filepath.Join(dir, logName))

	again := start(t, cfg)
	require.Equal(t, "yes", text(t, again.URL(), "SELECT v FROM kept"))
}

// Removing the data directory means to begin anew; the old data are neither used nor deleted.
func TestFallbackIsNotTakenUpWithoutItsPointer(t *testing.T) {
	t.Parallel()
	root := os.Geteuid() == 0
	dir := filepath.Join(t.TempDir(), "stazh-data")
	cfg := fast(dir)
	cfg.fallbackBase = filepath.Join(openTemp(t), "stazh")
	srv := start(t, cfg)
	require.NoError(t, srv.Stop(testContext(t)))
	require.NoError(t, os.RemoveAll(dir))

	again := start(t, cfg)
	require.Equal(t, root, srv.DataDir() != again.DataDir())
	if root {
		require.DirExists(t, srv.DataDir())
	}
	require.NoError(t, again.Stop(testContext(t)))
}

func TestPointerToMissingData(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	pointer := filepath.Join(dir, locationName)
	require.NoError(t, os.WriteFile(pointer, []byte("/nowhere/at/all\n"), 0o600))
	_, err := Start(testContext(t), fast(dir))
	f := fault(t, err)
	require.Contains(t, f.Problem, "/nowhere/at/all")
	require.Contains(t, f.Remedy, pointer)
	require.NoDirExists(t, filepath.Join(dir, clusterName), "no empty ledger in its place")
}

// An ordinary user runs everything as itself. As root the test becomes that user first.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	acct := self()
	if acct.uid == 0 {
		acct = dropTo(65534, 65534)
		require.NoError(t, os.Chown(dir, acct.uid, acct.gid))
	}
	for range 2 {
		h := startHelper(t, dir, acct.cred)
		h.awaitReady(t)
		uid, _, err := ownerOf(filepath.Join("/proc", itoa(h.pid)))
		require.NoError(t, err)
		require.Equal(t, acct.uid, uid)
		require.Equal(t, filepath.Join(dir, clusterName), h.data)
		execute(t, h.url, "CREATE TABLE IF NOT EXISTS kept (v text)")
		h.stop(t)
	}
	// Afterwards root (or the same user) can start it too, and it still runs as its owner.
	srv := start(t, fast(dir))
	uid, _, err := ownerOf(filepath.Join("/proc", itoa(srv.PID())))
	require.NoError(t, err)
	require.Equal(t, acct.uid, uid)
	require.NoError(t, srv.Stop(testContext(t)))
	// And what root did keeps nobody out.
	h := startHelper(t, dir, acct.cred)
	h.awaitReady(t)
	h.stop(t)
}

// An ordinary user cannot run what root's start has made, and is told whose it is.
func TestDataOfAnotherUser(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	if os.Geteuid() != 0 { // only root can make something foreign: look at root's own
		require.Contains(t, foreignFault("/root", nil).Problem, "belongs to user root")
		return
	}
	srv := start(t, fast(dir))
	require.NoError(t, srv.Stop(testContext(t)))
	uid, _, err := ownerOf(srv.DataDir())
	require.NoError(t, err)
	user := userName(uid)
	for _, open := range []bool{false, true} {
		if open { // even when the stranger may write beside the data
			require.NoError(t, os.Chmod(dir, 0o777))
			require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
		}
		h := startHelper(t, dir, dropTo(65534, 65534).cred)
		require.False(t, h.lines.Scan())
		require.Error(t, h.cmd.Wait())
		said := h.stderr.String()
		require.Contains(t, said, "permission denied")
		require.Contains(t, said, "start as")
		require.Equal(t, open, strings.Contains(said, "belongs to user "+user))
	}
}

func TestForeignDirectoryIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	data := filepath.Join(dir, clusterName)
	require.NoError(t, os.Mkdir(data, 0o700))
	precious := filepath.Join(data, "thesis.txt")
	require.NoError(t, os.WriteFile(precious, []byte("x"), 0o600))
	_, err := Start(testContext(t), fast(dir))
	require.Contains(t, fault(t, err).Problem, "no Postgres data directory")
	require.FileExists(t, precious)

	require.NoError(t, os.Remove(precious)) // an empty directory is no obstacle
	start(t, fast(dir))
}

func TestDataOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := openTemp(t)
	data := filepath.Join(dir, clusterName)
	require.NoError(t, os.Mkdir(data, 0o700))
	version := filepath.Join(data, "PG_VERSION")
	require.NoError(t, os.WriteFile(version, []byte("11\n"), 0o600))
	_, err := Start(testContext(t), fast(dir))
	f := fault(t, err)
	require.Contains(t, f.Problem, "made by PostgreSQL 11")
	require.Contains(t, f.Remedy, "apt-get install postgresql-11")

	require.NoError(t, os.WriteFile(version, []byte("rubbish\n"), 0o600))
	_, err = Start(testContext(t), fast(dir))
	require.Contains(t, fault(t, err).Remedy, "backup")
}

func TestWrongSettingIsNamedWithTheLog(t *testing.T) {
	t.Parallel()
	cfg := fast(openTemp(t))
	cfg.Settings["no_such_setting"] = "1"
	_, err := Start(testContext(t), cfg)
	f := fault(t, err)
	require.Contains(t, f.Log, `unrecognized configuration parameter "no_such_setting"`)
	require.Contains(t, f.Remedy, "setting")
	require.Contains(t, err.Error(), "no_such_setting")

	delete(cfg.Settings, "no_such_setting") // nothing of the failure stays
	start(t, cfg)
}

func TestPathsThatAreTooLong(t *testing.T) {
	t.Parallel()
	base := openTemp(t)
	deep := filepath.Join(base, strings.Repeat("d/", 5), strings.Repeat("x", 150))
	cfg := fast(deep) // longer than a socket's path may be: no obstacle
	cfg.socketBases = []string{deep, "/tmp"}
	srv := start(t, cfg)
	require.LessOrEqual(t, len(srv.sockDir)+len("/.s.PGSQL.5432"), socketPathMax)
	require.Equal(t, "1", text(t, srv.URL(), "SELECT 1::text"))
	require.NoError(t, srv.Stop(testContext(t)))

	cfg.socketBases = []string{deep}
	_, err := Start(testContext(t), cfg)
	f := fault(t, err)
	require.Contains(t, f.Remedy, "TMPDIR")
	require.Contains(t, err.Error(), "107")

	_, err = Start(testContext(t), fast(filepath.Join(base, strings.Repeat("long/", 200))))
	require.Contains(t, fault(t, err).Remedy, "shorter")
}

// Somebody who can guess our socket directory must not get our queries.
func TestSocketDirectoryOfAStranger(t *testing.T) {
	t.Parallel()
	base := openTemp(t)
	require.NoError(t, os.Chmod(base, 0o1777|os.ModeSticky))
	cfg := fast(openTemp(t))
	cfg.socketBases = []string{base}
	srv := start(t, cfg)
	usual := srv.sockDir
	require.Equal(t, base, filepath.Dir(usual))
	require.NoError(t, srv.Stop(testContext(t)))

	traps := map[string]func(){
		"open to others": func() {
			require.NoError(t, os.Mkdir(usual, 0o700))
			require.NoError(t, os.Chmod(usual, 0o777))
		},
		"a link": func() { require.NoError(t, os.Symlink(t.TempDir(), usual)) },
	}
	if os.Geteuid() == 0 {
		traps["of another user"] = func() {
			require.NoError(t, os.Mkdir(usual, 0o700))
			require.NoError(t, os.Chown(usual, 12345, 12345))
		}
	}
	for name, set := range traps {
		set()
		again, err := Start(testContext(t), cfg)
		require.NoError(t, err, name)
		require.Equal(t, usual+"-1", again.sockDir, name)
		require.NoError(t, again.Stop(testContext(t)))
		require.NoError(t, os.Remove(usual))
	}

	require.NoError(t, os.Chmod(base, 0o777)) // now anybody may swap what is in it
	_, err := Start(testContext(t), cfg)
	require.Contains(t, fault(t, err).Error(), "sticky")
}

func TestDeadSocketIsCleared(t *testing.T) {
	t.Parallel()
	cfg := fast(openTemp(t))
	srv := start(t, cfg)
	require.NoError(t, syscall.Kill(srv.PID(), syscall.SIGKILL))
	<-srv.Done()
	require.FileExists(t, filepath.Join(srv.sockDir, socketPrefix+port+".lock"))
	require.NoError(t, srv.Stop(testContext(t)))
	again := start(t, cfg)
	require.Equal(t, srv.sockDir, again.sockDir)
}
