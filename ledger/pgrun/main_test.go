package pgrun

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	// holdEnv names the directory that this test binary, run as a helper process, serves.
	holdEnv = "PGRUN_TEST_HOLD"
	// readyWord starts the line with which the helper says that Postgres runs.
	readyWord = "ready"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		if err := hold(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// hold is what a stazh process does: it starts Postgres, and stops it when its input ends.
func hold(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	srv, err := Start(ctx, fast(dir))
	if err != nil {
		return err
	}
	fmt.Println(readyWord, srv.PID(), srv.Attached(), srv.DataDir(), srv.URL())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, srv.Stop(ctx))
}

// fast is a configuration for tests: no test outlives the machine, so nothing need be synced.
func fast(dir string) Config {
	return Config{Dir: dir, Settings: map[string]string{
		"fsync": "off", "shared_buffers": "16MB", "max_connections": "20",
	}}
}

// openTemp is a temporary directory that every user can enter, unlike that of t.TempDir.
func openTemp(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgrun-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// start starts a server that is stopped at the end of the test.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	srv, err := Start(testContext(t), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, srv.Stop(context.Background())) })
	return srv
}

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(testContext(t), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn := open(t, url)
	_, err := conn.Exec(testContext(t), sql)
	require.NoError(t, err)
	require.NoError(t, conn.Close(testContext(t)))
}

func text(t *testing.T, url, sql string) string {
	t.Helper()
	conn := open(t, url)
	var v string
	require.NoError(t, conn.QueryRow(testContext(t), sql).Scan(&v))
	require.NoError(t, conn.Close(testContext(t)))
	return v
}

// helper is a process of this test binary that runs hold.
type helper struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	lines  *bufio.Scanner
	stderr *bytes.Buffer // read it after the end
	pid    int
	shared bool
	data   string
	url    string
}

// startHelper runs hold in another process, as the given user or as ourselves.
func startHelper(t *testing.T, dir string, cred *syscall.Credential) *helper {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	if cred != nil { // the binary of go test lies where only we may enter
		exe = copyProgram(t, exe)
	}
	cmd := exec.Command(exe)
	// Its sockets go where the test cleans up: a killed process leaves their directory.
	cmd.Env = append(os.Environ(), holdEnv+"="+dir, "TMPDIR="+dir)
	cmd.Dir = "/"
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: cred}
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	h := &helper{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout), stderr: stderr}
	t.Cleanup(h.kill)
	return h
}

func copyProgram(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(openTemp(t), "helper")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, data, 0o755))
	return to
}

// awaitReady waits until the helper's Postgres runs.
func (h *helper) awaitReady(t *testing.T) {
	t.Helper()
	if !h.lines.Scan() {
		h.kill()
		t.Fatal("the helper ended without being ready: ", h.stderr.String())
	}
	n, err := fmt.Sscanf(h.lines.Text(), readyWord+" %d %t %s %s", &h.pid, &h.shared, &h.data, &h.url)
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

// stop lets the helper end in order.
func (h *helper) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, h.stdin.Close())
	require.NoError(t, h.cmd.Wait())
}

// kill ends the helper with SIGKILL, as the OOM killer or a power cut does.
func (h *helper) kill() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}

// fault asserts that err is one that an operator can mend, and returns it.
func fault(t *testing.T, err error) *Fault {
	t.Helper()
	var f *Fault
	require.ErrorAs(t, err, &f)
	require.NotEmpty(t, f.Problem)
	require.NotEmpty(t, f.Remedy)
	require.True(t, strings.HasPrefix(f.Error(), "postgres: "))
	return f
}
