package pgrun

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	dir, version, err := Find()
	require.NoError(t, err)
	require.GreaterOrEqual(t, version, versionMin)
	require.FileExists(t, filepath.Join(dir, "initdb"))

	t.Setenv(binEnv, dir)
	named, same, err := Find()
	require.NoError(t, err)
	require.Equal(t, dir, named)
	require.Equal(t, version, same)

	t.Setenv(binEnv, t.TempDir())
	_, _, err = Find()
	require.Contains(t, fault(t, err).Problem, binEnv)
	_, err = Start(testContext(t), fast(t.TempDir()))
	require.Contains(t, fault(t, err).Problem, binEnv)
}

func TestTooOldServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	t.Setenv(binEnv, dir)
	_, _, err := Find()
	require.ErrorIs(t, err, errTooOld)
	require.Contains(t, err.Error(), "version 15 or newer")
}

func TestNotInstalledSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	err := notInstalled([]string{"/usr/lib/postgresql/13/bin"})
	require.ErrorIs(t, err, ErrNotInstalled)
	f := fault(t, err)
	require.Contains(t, f.Remedy, "apt-get install postgresql-15")
	require.Contains(t, f.Problem, "/usr/lib/postgresql/13/bin")
}

func TestMatching(t *testing.T) {
	t.Parallel()
	found := []installation{{dir: "/new", version: 17}, {dir: "/old", version: 15}}
	inst, err := matching(found, 15, "/d")
	require.NoError(t, err)
	require.Equal(t, "/old", inst.dir)
	_, err = matching(found, 16, "/d")
	require.Contains(t, fault(t, err).Problem, "installed is 17, 15")
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 19beta1\n":                        19,
		"postgres (PostgreSQL) 9.6.24":                           9,
	} {
		have, err := parseVersion(out)
		require.NoError(t, err)
		require.Equal(t, want, have)
	}
	for _, out := range []string{"", "mysqld 8", "postgres (PostgreSQL) devel"} {
		_, err := parseVersion(out)
		require.Error(t, err)
	}
}

func FuzzParseVersion(f *testing.F) {
	f.Add("postgres (PostgreSQL) 15.18 (Debian)")
	f.Fuzz(func(t *testing.T, out string) {
		v, err := parseVersion(out)
		if err == nil {
			require.GreaterOrEqual(t, v, 0)
			require.Contains(t, out, "PostgreSQL")
		}
	})
}

func TestParsePidFile(t *testing.T) {
	t.Parallel()
	whole := "4711\n/data/postgres\n1764000000\n5432\n/tmp/stazh-1-ab\n\n  123  456\nready   \n"
	p, err := parsePidFile(whole)
	require.NoError(t, err)
	require.Equal(t, pidFile{pid: 4711, sockDir: "/tmp/stazh-1-ab"}, p)

	p, err = parsePidFile("-12\n/data")
	require.NoError(t, err)
	require.Equal(t, pidFile{pid: 12}, p)

	for _, bad := range []string{
		"", "\n", "0\n", "x", "99999999999999999999", "-9223372036854775808",
	} {
		_, err := parsePidFile(bad)
		require.Error(t, err, bad)
	}
}

func FuzzParsePidFile(f *testing.F) {
	f.Add("4711\n/data/postgres\n1764000000\n5432\n/tmp/stazh-1-ab\n\n  123  456\nready   \n")
	f.Add("-1\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePidFile(text)
		if err == nil {
			require.Positive(t, p.pid)
		}
	})
}

func TestSettingsScaleWithMemory(t *testing.T) {
	t.Parallel()
	for memory, want := range map[int64]string{
		512 * mib: "shared_buffers=128MB",
		8 * gib:   "shared_buffers=1024MB",
		24 * gib:  "shared_buffers=2048MB",
		256 * gib: "shared_buffers=2048MB",
	} {
		require.Contains(t, settings(nil, "/s", memory, true), want)
	}
	require.Contains(t, settings(nil, "/s", gib, true), "wal_compression=lz4")
	require.Contains(t, settings(nil, "/s", gib, false), "wal_compression=on")
	require.Greater(t, memoryBytes(), 128*mib)

	_, ok := memTotal(filepath.Join(t.TempDir(), "none"))
	require.False(t, ok)
}

func TestLogFileIsBounded(t *testing.T) {
	t.Parallel()
	l := logFile{path: filepath.Join(t.TempDir(), logName), own: owner{os.Geteuid(), os.Getegid()}}
	require.NoError(t, l.rotate(), "no file yet")
	f, offset, err := l.open()
	require.NoError(t, err)
	defer f.Close()
	require.Zero(t, offset)

	_, err = f.WriteString("old\n")
	require.NoError(t, err)
	require.NoError(t, l.rotate())
	require.NoFileExists(t, l.path+".1", "a small file stays")

	_, err = f.Write(bytes.Repeat([]byte("line\n"), logBytesMax/4))
	require.NoError(t, err)
	require.NoError(t, l.rotate())
	_, err = f.WriteString("new\n") // the open descriptor goes on in the emptied file
	require.NoError(t, err)
	data, err := os.ReadFile(l.path)
	require.NoError(t, err)
	require.Equal(t, "new\n", string(data))
	before, err := os.ReadFile(l.path + ".1")
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(before, []byte("old\nline\n")))
}

func TestLogTail(t *testing.T) {
	t.Parallel()
	l := logFile{path: filepath.Join(t.TempDir(), logName), own: owner{os.Geteuid(), os.Getegid()}}
	require.Empty(t, l.tail(0))
	f, _, err := l.open()
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteString("before\nFATAL: one\n")
	require.NoError(t, err)
	require.Equal(t, "FATAL: one", l.tail(int64(len("before\n"))))
	require.Equal(t, "before\nFATAL: one", l.tail(1<<40), "cut meanwhile")

	for i := range 1000 {
		_, err = fmt.Fprintf(f, "line %d of many\n", i)
		require.NoError(t, err)
	}
	lines := strings.Split(l.tail(0), "\n")
	require.Len(t, lines, tailLinesMax)
	require.Equal(t, "line 999 of many", lines[tailLinesMax-1])
}

func TestRemedies(t *testing.T) {
	t.Parallel()
	full := "FATAL:  could not write file: No space left on device"
	require.Contains(t, remedyFor(full, "/l"), "disk is full")
	damaged := "PANIC:  could not locate a valid checkpoint record"
	require.Contains(t, remedyFor(damaged, "/l"), "backup")
	require.Contains(t, remedyFor("something new", "/l/postgres.log"), "/l/postgres.log")

	for _, err := range []error{syscall.ENOSPC, syscall.EROFS, fs.ErrPermission} {
		require.NotEmpty(t, fileFault("p", err).Remedy, err)
	}
	f := &Fault{Problem: "p", Remedy: "r", Log: "a\nb", Err: errors.New("e")}
	require.Equal(t, "postgres: p: e; r\nlast lines of its log:\n  a\n  b", f.Error())
}

func TestLockBetweenHolders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	own := owner{os.Geteuid(), os.Getegid()}
	a, b := &fileLock{path: path, own: own}, &fileLock{path: path, own: own}
	for _, want := range []bool{true, true} { // taking it again keeps it
		ok, err := a.try()
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	ok, err := b.try()
	require.NoError(t, err)
	require.False(t, ok)
	a.release()
	a.release()
	require.NoError(t, b.wait(testContext(t)))
}

// The environment of Postgres holds nothing of ours: PGPORT or a secret must not get there.
func TestEnvironmentIsClean(t *testing.T) {
	t.Setenv("PGPORT", "1")
	t.Setenv("STAZH_KEY", "secret")
	require.False(t, slices.ContainsFunc(environment(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "STAZH")
	}))
	t.Setenv("PGSSLMODE", "verify-full")
	t.Setenv("PGDATABASE", "other")
	srv := start(t, fast(openTemp(t)))
	require.Equal(t, "stazh", text(t, srv.URL(), "SELECT current_database()::text"))
}
