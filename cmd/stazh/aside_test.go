package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// started is a server that was started, and what it says.
type started struct {
	*installation
	process *exec.Cmd
	said    *heard
}

// heard is what a process says, to be read while it speaks.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// serve starts a server of the installation at an address of its own.
func (i *installation) serve(args ...string) started {
	i.t.Helper()
	address, err := freeAddress()
	require.NoError(i.t, err)
	own := *i
	own.address = address
	s := started{&own, i.command(append([]string{"serve", "--addr", address}, args...)...),
		&heard{}}
	s.process.Stderr = s.said
	require.NoError(i.t, s.process.Start())
	i.t.Cleanup(func() { _ = s.process.Process.Kill() }) // it has ended where all is well
	require.NoError(i.t, waitServing(address), s.said)
	return s
}

func (s started) stop() {
	s.t.Helper()
	require.NoError(s.t, s.process.Process.Signal(os.Interrupt))
	require.NoError(s.t, s.process.Wait(), s.said)
}

// totals are the live totals at a position or later.
func (s started) totals(atLeast uint64) (items json.RawMessage, position uint64) {
	s.t.Helper()
	body, status := s.get(fmt.Sprintf("/v1/reporting?limit=1000&at_least=%d", atLeast))
	require.Equal(s.t, http.StatusOK, status, string(body))
	var answer struct {
		Items    json.RawMessage
		Position uint64
	}
	require.NoError(s.t, json.Unmarshal(body, &answer))
	require.GreaterOrEqual(s.t, answer.Position, atLeast)
	return answer.Items, answer.Position
}

// requireSame reads totals until they are others than before, and requires that two servers
// tell the same whenever they tell it of the same position.
func requireSame(t *testing.T, server, aside started, before string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		want, at := server.totals(0)
		got, reached := aside.totals(at)
		if reached != at {
			continue // one more batch has come between
		}
		require.JSONEq(t, string(want), string(got))
		if string(want) != before {
			return string(want)
		}
	}
	require.Fail(t, "the filing is not counted")
	return ""
}

// processed waits until a filing is processed, as the server shows it.
func (s started) processed(receipt string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		return !slices.Contains([]string{"", "received", "checking"}, s.status(receipt))
	}, time.Minute, 20*time.Millisecond)
}

// status of a filing, "" while nothing of it is shown.
func (s started) status(receipt string) string {
	var answer struct{ Status string }
	if body, status := s.get("/v1/filings/" + receipt); status == http.StatusOK {
		require.NoError(s.t, json.Unmarshal(body, &answer))
	}
	return answer.Status
}

// policies of the threads of a process.
func policies(t *testing.T, pid int) (list []uint32) {
	t.Helper()
	threads, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	require.NoError(t, err)
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		require.NoError(t, err)
		if attr, err := unix.SchedGetAttr(id, 0); err == nil { // else it has ended
			list = append(list, attr.Policy)
		}
	}
	require.NotEmpty(t, list)
	return list
}

// requireAhead makes sure that a server goes ahead, or has said why it does not.
func (s started) requireAhead() {
	s.t.Helper()
	want := uint32(unix.SCHED_RR)
	if strings.Contains(s.said.String(), "answers wait behind other work") {
		require.Contains(s.t, s.said.String(), "ask for a real-time priority")
		want = unix.SCHED_NORMAL
	}
	for _, p := range policies(s.t, s.process.Process.Pid) {
		require.Equal(s.t, want, p)
	}
}

func newReports(t *testing.T) (i *installation, content []byte) {
	t.Helper()
	content, err := os.ReadFile("../../fixtures/reports/pu3-5.json")
	require.NoError(t, err)
	i = newInstallation(t, nil)
	i.run("payer", "register", "200988541", "--fund-no", "602000017", "--name", "ООО ВАСИЛЁК",
		"--since", "2018-01-01")
	return i, content
}

// A server aside tells what another one has taken in, in the same words, takes in what that one
// processes, and leaves everything else to it: also when it ends.
func TestAServerAside(t *testing.T) {
	t.Parallel()
	i, content := newReports(t)
	server := i.serve()
	aside := i.serve("--aside")
	require.NotContains(t, aside.said.String(), "no other server runs")
	aside.requireAhead()
	file := func(to started, n int) (receipt string) {
		receipt, ok := to.post(append(bytes.Clone(content), blanks(n)...), fmt.Sprint("aside ", n))
		require.True(t, ok)
		return receipt
	}
	before := ""
	for n := range 6 {
		to := server
		if n%2 == 1 {
			to = aside
		}
		receipt := file(to, n)
		server.processed(receipt)
		before = requireSame(t, server, aside, before)
		aside.processed(receipt)
	}
	aside.requireAhead()
	postmaster := i.postmaster()
	for _, p := range policies(t, postmaster) {
		require.EqualValues(t, unix.SCHED_NORMAL, p, "Postgres goes ahead, too")
	}
	aside.stop()
	require.NoError(t, syscall.Kill(postmaster, 0))
	server.processed(file(server, 100))
	server.stop()
	require.Contains(t, string(i.run("replay")), "Zero differences")
}

// Where nothing else runs a server aside answers and takes in, and says that nobody processes;
// who comes after it does. The Postgres that it has started does not go ahead with it.
func TestAServerAsideAlone(t *testing.T) {
	t.Parallel()
	i, content := newReports(t)
	i.serve().stop() // which has built the read models
	aside := i.serve("--aside")
	require.Eventually(t, func() bool {
		return strings.Contains(aside.said.String(), "no other server runs: what is filed waits")
	}, 20*time.Second, 10*time.Millisecond)
	aside.requireAhead()
	for _, p := range policies(t, i.postmaster()) {
		require.EqualValues(t, unix.SCHED_NORMAL, p)
	}
	before, at := aside.totals(0)
	receipt, ok := aside.post(content, "alone")
	require.True(t, ok)
	time.Sleep(time.Second)
	require.Contains(t, []string{"", "received"}, aside.status(receipt))
	after, still := aside.totals(0)
	require.JSONEq(t, string(before), string(after))
	require.Equal(t, at, still)

	server := i.serve()
	server.processed(receipt)
	requireSame(t, server, aside, string(before))
	require.Eventually(t, func() bool {
		return strings.Contains(aside.said.String(), "another server processes what is filed")
	}, 20*time.Second, 10*time.Millisecond)
	server.stop()
	aside.stop()
}
