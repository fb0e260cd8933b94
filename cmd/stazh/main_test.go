package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/fixtures/pgtest"
)

// TestMain makes the test binary serve as stazh too: scripts and tests call it by that
// name, as users do.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"stazh": main})
}

// suite ends the test database together with the tests.
type suite struct{ *testing.M }

func (s suite) Run() int {
	defer os.RemoveAll(keyDir()) //nolint:errcheck // a directory of ours in /tmp
	return pgtest.Run(s.M)
}

// TestScripts runs the scenarios of testdata, each with a ledger of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	reports, err := filepath.Abs("../../fixtures/reports")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			t, ok := env.T().(testing.TB)
			if !ok {
				return errors.New("scripts run in a Go test only")
			}
			env.Values[testKey{}] = t
			// The user that runs Postgres for root must be able to enter.
			if err := os.Chmod(filepath.Dir(env.WorkDir), 0o755); err != nil {
				return err
			}
			env.Setenv("REPORTS", reports)
			env.Setenv("STAZH_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("STAZH_SUBJECT", "tester")
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("NO_COLOR", "1")
			address, err := freeAddress()
			env.Setenv("STAZH_ADDR", address)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"database": cmdDatabase,
			"exits":    cmdExits,
			"serving":  cmdServing,
			"sql":      cmdSQL,
			"findings": cmdFindings,

			"same-findings": cmdSameFindings,
		},
	})
}

// freeAddress finds a port that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// cmdDatabase gives the script a ledger in the test database, with migrations and law:
// a copy of one that was made once, together with its key.
func cmdDatabase(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: database")
	}
	t, ok := ts.Value(testKey{}).(testing.TB)
	if !ok {
		ts.Fatalf("no test")
	}
	ts.Setenv("STAZH_DATABASE_URL", emptyLedger(t, ts.Getenv("STAZH_DATA")))
}

type testKey struct{}

// emptyLedger makes a ledger without payers whose key is in dir, and gives its URL.
func emptyLedger(t testing.TB, dir string) string {
	url := pgtest.Template(t, "ledger", func(ctx context.Context, url string) error {
		n, err := node.Open(ctx, node.Config{Dir: keyDir(), DatabaseURL: url, Clock: time.Now,
			Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		n.Follow(ctx)
		return errors.Join((&session{node: n}).caughtUp(ctx), n.Close(ctx))
	})
	key, err := os.ReadFile(filepath.Join(keyDir(), keyFileName))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, keyFileName), key, 0o600))
	return url
}

// keyDir is where the key of the template is kept for the time of the tests.
func keyDir() string {
	return filepath.Join(os.TempDir(), "stazh-cmd-test-"+strconv.Itoa(os.Getpid()))
}

// cmdExits runs a command that must end with a certain exit code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// cmdServing waits until a server answers at an address.
func cmdServing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serving ADDRESS")
	}
	if err := waitServing(args[0]); err != nil {
		ts.Fatalf("%v", err)
	}
}

func waitServing(address string) error {
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		response, err := http.Get("http://" + address + "/readyz") //nolint:noctx // bounded
		if err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nothing is ready at %s after a minute", address)
}

// cmdSQL changes the database behind the program's back, to plant faults.
func cmdSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sql STATEMENT")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, ts.Getenv("STAZH_DATABASE_URL"))
	ts.Check(err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, args[0])
	ts.Check(err)
}
