package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
)

// manyfold is how often the two hundred persons of the sample files are repeated, with
// numbers of their own: ten thousand documents.
const manyfold = 50

// installation is a ledger in a directory of its own, used through the command alone.
type installation struct {
	t   *testing.T
	dir string
	env []string
	// address is where its server listens.
	address string
}

func newInstallation(t *testing.T, key []byte) *installation {
	t.Helper()
	// Not t.TempDir, whose parents only their owner can enter: root's Postgres runs as
	// another user.
	dir, err := os.MkdirTemp("", "stazh-kill-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	address, err := freeAddress()
	require.NoError(t, err)
	i := &installation{t: t, dir: dir, address: address, env: append(os.Environ(),
		"STAZH_DATA="+dir, "STAZH_SUBJECT=tester", "STAZH_ADDR="+address, "NO_COLOR=1",
		"STAZH_DATABASE_URL=")}
	if key != nil {
		require.NoError(t, os.WriteFile(filepath.Join(dir, keyFileName), key, 0o600))
	}
	return i
}

func (i *installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command("stazh", args...)
	cmd.Env, cmd.Dir = i.env, i.dir
	return cmd
}

// run carries out a command that must succeed and gives its standard output.
func (i *installation) run(args ...string) []byte {
	i.t.Helper()
	cmd := i.command(args...)
	var talk bytes.Buffer
	cmd.Stderr = &talk
	out, err := cmd.Output()
	require.NoError(i.t, err, "%v: %s%s", args, out, &talk)
	return out
}

// submit files a file and gives its receipt number.
func (i *installation) submit(file string) string {
	i.t.Helper()
	var answer submitAnswer
	require.NoError(i.t, json.Unmarshal(i.run("report", "submit", file, "--json"), &answer))
	require.NotNil(i.t, answer.Filing)
	require.Equal(i.t, answer.Filing.Documents, answer.Filing.Accepted)
	return answer.Receipt.Receipt
}

// submitKilled starts filing and kills the process, which has no time for anything,
// after a while.
func (i *installation) submitKilled(file string, after time.Duration) (finished bool) {
	i.t.Helper()
	cmd := i.command("report", "submit", file)
	require.NoError(i.t, cmd.Start())
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer kill.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		require.True(i.t, ok && status.Signaled(), "ended by itself: %v", err)
		return false
	}
	require.NoError(i.t, err)
	return true
}

// digest is the hash of all events without what differs between two installations: the
// times of recording, the hashes over them, and personal data, which are sealed under
// random keys.
func (i *installation) digest() (sum string, events int) {
	i.t.Helper()
	hash := sha256.New()
	for d := json.NewDecoder(bytes.NewReader(i.run("events", "tail", "--after", "0",
		"--json"))); ; events++ {
		var e map[string]any
		err := d.Decode(&e)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), events
		}
		require.NoError(i.t, err)
		for _, key := range []string{"recorded_at", "hash", "head"} {
			require.Contains(i.t, e, key)
			delete(e, key)
		}
		if payload, ok := e["payload"].(map[string]any); ok {
			delete(payload, "personal")
		}
		line, err := json.Marshal(e) // with sorted keys
		require.NoError(i.t, err)
		hash.Write(append(line, '\n'))
	}
}

// TestKilledFilingEndsInTheSameState kills the process at many moments of two filings of
// ten thousand documents and compares with an installation that nobody killed.
func TestKilledFilingEndsInTheSameState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"pu1-200.txt", "pu2-200.txt", "pu3-200-clean.txt"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, multiplied(t, name), 0o600))
		files = append(files, path)
	}
	register := []string{"payer", "register", "200988541", "--fund-no", "602000017", "--name",
		"ООО ВАСИЛЁК", "--since", "2018-01-01"}

	quiet := newInstallation(t, nil)
	quiet.run(register...)
	var took []time.Duration
	var receipts []string
	for _, f := range files {
		began := time.Now()
		receipts = append(receipts, quiet.submit(f))
		took = append(took, time.Since(began))
	}
	want, events := quiet.digest()
	require.Greater(t, events, 30_000)

	key, err := os.ReadFile(filepath.Join(quiet.dir, keyFileName))
	require.NoError(t, err)
	killed := newInstallation(t, key)
	killed.run(register...)
	kills := 0
	for n, f := range files {
		for _, part := range []float64{0.15, 0.4, 0.6, 0.8} {
			after := time.Duration(part * float64(took[n]))
			if !killed.submitKilled(f, after) {
				kills++
			}
		}
		if n < len(files)-1 {
			require.Equal(t, receipts[n], killed.submit(f))
		}
	}
	t.Logf("%d events, killed %d times; undisturbed filings took %v", events, kills, took)
	require.GreaterOrEqual(t, kills, 4, "the process was hardly ever killed in time")
	killed.finishByServer(files[2], receipts[2])

	got, _ := killed.digest()
	require.Equal(t, want, got, "the ledger differs from that of an undisturbed run")
	for _, i := range []*installation{quiet, killed} {
		require.Contains(t, string(i.run("replay")), "Zero differences")
	}
	require.Equal(t, personWithoutTimes(quiet), personWithoutTimes(killed))
}

// finishByServer lets a server find by itself what a killed process left half done.
func (i *installation) finishByServer(file, receipt string) {
	i.t.Helper()
	// The kill may have come before the arrival was recorded: then it is filed anew.
	require.Equal(i.t, receipt,
		strings.TrimSpace(string(i.run("report", "submit", file, "--no-wait", "-q"))))
	server := i.command("serve")
	require.NoError(i.t, server.Start())
	require.NoError(i.t, waitServing(i.address))
	require.Contains(i.t, string(i.run("report", "status", receipt, "--watch")),
		"10,000 accepted")
	require.NoError(i.t, server.Process.Signal(os.Interrupt))
	require.NoError(i.t, server.Wait())
}

// personWithoutTimes is an account as it is shown, without the moments of recording.
func personWithoutTimes(i *installation) string {
	out := i.run("person", "show", "4090471A100BA5", "--json")
	return regexp.MustCompile(`"(recorded_at|registered_at)": "[^"]*"`).
		ReplaceAllString(string(out), "")
}

// number is a personal number in a sample file.
var number = regexp.MustCompile(`[3-6]\d{6}[A-Z]\d{3}(BA|PB|BI)\d`)

// multiplied gives a sample file of two hundred persons with them fifty times: each time
// a pack of its own, with other serial numbers. Numbers are ASCII, so that the text's
// encoding does not matter.
func multiplied(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../fixtures/reports", name))
	require.NoError(t, err)
	head, pack, ok := bytes.Cut(text, []byte("<"))
	require.True(t, ok)
	out := bytes.Clone(head)
	for v := range manyfold {
		one := append([]byte("<"), pack...)
		one = bytes.Replace(one, []byte("=00001="), fmt.Appendf(nil, "=%05d=", v+1), 1)
		if v > 0 {
			one = number.ReplaceAllFunc(one, func(no []byte) []byte {
				return withSerial(t, no, 300+v)
			})
		}
		out = append(out, one...)
	}
	return out
}

// withSerial gives the number another serial number and the check digit that fits it.
func withSerial(t *testing.T, no []byte, serial int) []byte {
	for digit := range 10 {
		made := fmt.Sprintf("%s%03d%s%d", no[:8], serial, no[11:13], digit)
		if code, _, _ := control.PersonalNoFault(made); code == "" {
			return []byte(made)
		}
	}
	require.FailNow(t, "no check digit fits")
	return nil
}
