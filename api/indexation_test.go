package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// pensions puts awards of three offices into the ledger, without the filings behind them.
func (s *server) pensions(count int) {
	s.Helper()
	from := period.MustDate("2017-03-01")
	batch := make([]ledger.StreamAppend, count)
	for i := range batch {
		id := ledger.DeterministicID("pensioner", i)
		claim := ledger.DeterministicID(id, "case")
		batch[i] = ledger.StreamAppend{Stream: ledger.PersonStream(id), Expected: ledger.NoStream,
			Events: []ledger.NewEvent{
				event.New(ledger.DeterministicID(id, 0), ledger.Meta{Actor: operator},
					&event.BenefitClaimed{Case: claim, Kind: "old_age", ClaimedOn: from, From: from}),
				event.New(ledger.DeterministicID(id, 1), ledger.Meta{Actor: operator},
					&event.PensionAssigned{Award: event.Award{Case: claim, Kind: "old_age",
						Pays: "monthly", Form: "full", From: from, Amount: 20_000 + money.Amount(i),
						Office: []string{"602", "101", "601"}[i%3]}})}}
	}
	_, err := s.node.Log.Append(s.Context(), batch...)
	require.NoError(s, err)
}

// as asks as an officer of the name.
func (s *server) as(subject, path, body string) answer {
	s.Helper()
	return s.do(http.MethodPost, path, strings.NewReader(body), "Stazh-Subject", subject)
}

func TestIndexation(t *testing.T) {
	t.Parallel()
	s := empty(t, api.Options{})
	s.pensions(7)
	const decree = `{"rule":"AD-1","kinds":["old_age"],"from":"2018-05-01",
		"old_wage":"900.00","new_wage":"945.00","act":"Decree of April 2018"}`
	const root = "/v1/indexations"
	published := s.as("petrova", root, decree).is(200)
	golden(t, "publishIndexation", published.body)
	require.Equal(t, published.json(), s.as("ivanova", root, decree).is(200).json())
	path := root + "/" + published.json()["id"].(string)
	simulated := s.as("petrova", path+"/simulation", "").is(200)
	golden(t, "simulateIndexation", simulated.body)
	require.EqualValues(t, 7, simulated.json()["count"])
	require.Len(t, simulated.json()["offices"], 3)
	require.Len(t, simulated.json()["regions"], 2)
	prepared := s.as("petrova", path+"/runs", "{}").is(200)
	golden(t, "prepareIndexation", prepared.body)
	const decreed = `{"ground":"decree 1"}`
	run := path + "/runs/" + prepared.json()["run"].(string)
	s.as("petrova", run+"/approval", decreed).problem(403, "SPF-905")
	golden(t, "approveIndexation", s.as("ivanova", run+"/approval", decreed).is(200).body)
	require.Eventually(t, func() bool {
		runs := s.get(path).is(200).json()["runs"].([]any)
		return runs[0].(map[string]any)["state"] == "completed"
	}, time.Minute, 50*time.Millisecond)
	read := s.get(path).is(200)
	golden(t, "readIndexation", read.body)
	first := read.json()["runs"].([]any)[0].(map[string]any)
	require.Equal(t, first["simulated"], first["result"])
	golden(t, "listIndexations", s.get(root).is(200).body)
	require.NotContains(t, string(read.body), "null")

	s.get(root+"/00000000-0000-0000-0000-000000000000").problem(404, "decree_unknown")
	s.as("petrova", root+"/no-uuid/simulation", "").problem(422, "request_invalid")
	s.as("petrova", path+"/runs/"+published.json()["id"].(string)+"/approval", decreed).
		problem(404, "run_unknown")
	s.as("petrova", root, `{"rule":"AD-1","from":"2018-05-01","act":"x","old_wage":"9.00"}`).
		problem(422, "wages_invalid")
}
