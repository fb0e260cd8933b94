package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// stormCallers is how many file at the same time.
	stormCallers = 32
	// stormReceipts is how many files have their receipt when everything is killed.
	stormReceipts = 200
)

// TestNoReceiptIsLostWhenEverythingIsKilled files many reports at the same time and kills
// the server and its Postgres in the middle. Every receipt that a caller has got is found
// by the next server, which processes what was not processed yet.
func TestNoReceiptIsLostWhenEverythingIsKilled(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../fixtures/reports/pu3-5.json")
	require.NoError(t, err)
	i := newInstallation(t, nil)
	i.run("payer", "register", "200988541", "--fund-no", "602000017", "--name", "ООО ВАСИЛЁК",
		"--since", "2018-01-01")
	server := i.command("serve")
	require.NoError(t, server.Start())
	require.NoError(t, waitServing(i.address))
	postmaster := i.postmaster()
	receipts := i.storm(content, func() {
		require.NoError(t, syscall.Kill(postmaster, syscall.SIGKILL))
		require.NoError(t, server.Process.Signal(syscall.SIGKILL))
	})
	require.Error(t, server.Wait(), "it was killed")
	require.GreaterOrEqual(t, len(receipts), stormReceipts)

	server = i.command("serve")
	require.NoError(t, server.Start())
	require.NoError(t, waitServing(i.address))
	for _, r := range receipts {
		var answer struct{ Status string }
		require.Eventually(t, func() bool {
			body, status := i.get("/v1/filings/" + r)
			if status != http.StatusOK {
				return false // the read model is on its way
			}
			require.NoError(t, json.Unmarshal(body, &answer))
			return answer.Status != "received" && answer.Status != "checking"
		}, time.Minute, 20*time.Millisecond, "receipt %s is lost, %v", r, answer)
	}
	require.NoError(t, server.Process.Signal(os.Interrupt))
	require.NoError(t, server.Wait())
	require.Contains(t, string(i.run("replay")), "Zero differences")
}

// postmaster is the process of the installation's own Postgres.
func (i *installation) postmaster() (pid int) {
	i.t.Helper()
	err := filepath.WalkDir(i.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != "postmaster.pid" {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil {
			pid, err = strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
		}
		return err
	})
	require.NoError(i.t, err)
	require.NotZero(i.t, pid)
	return pid
}

// blanks writes a number in blanks and tabs, which change the bytes of a JSON file and not
// its content.
func blanks(n int) string {
	return strings.NewReplacer("0", " ", "1", "\t").Replace(fmt.Sprintf("%032b", n))
}

// storm files the content again and again, each time with other blanks at its end, and gives the
// receipts got. When there are enough it calls kill, after which no more can be got.
func (i *installation) storm(content []byte, kill func()) (receipts []string) {
	var (
		mu     sync.Mutex
		once   sync.Once
		killed = make(chan struct{})
		group  sync.WaitGroup
	)
	for caller := range stormCallers {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-killed:
					return
				default:
				}
				no := caller<<16 | n
				number, ok := i.post(append(bytes.Clone(content), blanks(no)...),
					fmt.Sprint("storm ", no))
				if !ok {
					continue
				}
				mu.Lock()
				receipts = append(receipts, number)
				enough := len(receipts) >= stormReceipts
				mu.Unlock()
				if enough {
					once.Do(func() {
						kill()
						close(killed)
					})
				}
			}
		})
	}
	group.Wait()
	return receipts
}

// post files a file and gives its receipt, unless it was refused or not answered.
func (i *installation) post(file []byte, key string) (receipt string, ok bool) {
	r, err := http.NewRequest(http.MethodPost,
		"http://"+i.address+"/v1/filings?payer=200988541", bytes.NewReader(file))
	require.NoError(i.t, err)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Idempotency-Key", key)
	body, status := i.send(r)
	if status != http.StatusAccepted {
		return "", false
	}
	var answer struct{ Receipt string }
	if json.Unmarshal(body, &answer) != nil {
		return "", false // cut off
	}
	return answer.Receipt, true
}

func (i *installation) get(path string) (body []byte, status int) {
	r, err := http.NewRequest(http.MethodGet, "http://"+i.address+path, nil)
	require.NoError(i.t, err)
	return i.send(r)
}

// send gives the answer; zero for none.
func (i *installation) send(r *http.Request) (body []byte, status int) {
	r.Header.Set("Stazh-Subject", "tester")
	r.Header.Set("Stazh-Role", "officer")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0
	}
	defer response.Body.Close() //nolint:errcheck // read whole
	body, err = io.ReadAll(response.Body)
	if err != nil {
		return nil, 0
	}
	return body, response.StatusCode
}
