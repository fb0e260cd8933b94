package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// client speaks to a server of the product over HTTP.
type client struct {
	address string
	http    *http.Client
}

// answerMax bounds an answer that is waited for.
const answerMax = 2 * time.Minute

func newClient(address string, connections int) *client {
	return &client{address, &http.Client{Timeout: answerMax, Transport: &http.Transport{
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, DisableCompression: true}}}
}

// posting is a request that files something.
type posting struct {
	path string // with its query
	kind string // of the body
	role string
	key  string // Idempotency-Key
	body []byte
}

// errBusy: the server refused for now.
var errBusy = errors.New("the server takes nothing in now")

// post sends a posting; 503 is errBusy, and anything else that is no success an error.
func (c *client) post(ctx context.Context, p posting, answer any) error {
	r, err := p.request(ctx, c.address)
	if err != nil {
		return err
	}
	return c.do(r, answer)
}

// request makes the request of a posting.
func (p posting) request(ctx context.Context, address string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+p.path,
		bytes.NewReader(p.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", p.kind)
	r.Header.Set("Idempotency-Key", p.key)
	by(r, p.role)
	return r, nil
}

// by says who asks.
func by(r *http.Request, role string) {
	r.Header.Set("Stazh-Subject", "bench")
	r.Header.Set("Stazh-Role", role)
}

func (c *client) get(ctx context.Context, path string, query url.Values, answer any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.address+path, nil)
	if err != nil {
		return err
	}
	by(r, "officer")
	return c.do(r, answer)
}

func (c *client) do(r *http.Request, answer any) error {
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode == http.StatusServiceUnavailable:
		return errBusy
	case response.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s: %s", r.Method, r.URL.Path, response.Status, body)
	case answer == nil:
		return nil
	}
	return json.Unmarshal(body, answer)
}

// register is the posting that registers a payer.
func register(unp, fundNo, kind, since string) posting {
	body, err := json.Marshal(map[string]string{"unp": unp, "fund_no": fundNo, "name": "БЕНЧ",
		"kind": kind, "since": since})
	if err != nil {
		panic(err) // texts can be written
	}
	return posting{path: "/v1/payers", kind: "application/json", role: "officer", body: body,
		key: unp}
}

// filing is the posting of a file.
func filing(unp, key string, content []byte) posting {
	return posting{path: "/v1/filings?payer=" + unp, kind: "application/octet-stream",
		role: "payer", key: key, body: content}
}

// inParallel does n things with so many workers and gives the first error.
func inParallel(workers, n int, do func(i int) error) error {
	var group sync.WaitGroup
	var once sync.Once
	var first error
	var next atomic.Int64
	for range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if err := do(int(i)); err != nil {
					once.Do(func() { first = err })
					next.Store(int64(n)) // nobody begins another one
				}
			}
		})
	}
	group.Wait()
	return first
}
