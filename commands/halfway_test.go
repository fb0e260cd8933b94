package commands_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/logtest"
)

// TestCheckOfAFilingInWork: a check of a file of which a part is recorded tells what becomes of
// the whole, also where accounts are stored that have that part already.
func TestCheckOfAFilingInWork(t *testing.T) {
	t.Parallel()
	const documents = 1001 // one more than are recorded at once
	var faulty *logtest.Faulty
	k := newKit(t, func(l ledger.Log) ledger.Log {
		faulty = logtest.NewFaulty(l)
		return faulty
	})
	var docs []document.Document
	for _, w := range k.staff(documents) {
		docs = append(docs, quarter(w, "800.00"))
	}
	content := report(t, pack(document.PU3), docs...)
	r := k.receive(unp, content)
	faulty.FailAppend(1, errKilled) // the first part is recorded
	require.ErrorIs(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing), errKilled)
	require.Equal(t, documents-1, k.filing(r).Posted)

	head, err := k.log.Head(t.Context())
	require.NoError(t, err)
	for _, cache := range []commands.PersonCache{nil, &follower{log: k.log, upTo: head}} {
		reader := k.other()
		reader.bus.Persons = cache
		check := commands.CheckReport{Actor: clerk, Payer: unp, Content: bytes.NewReader(content),
			SHA256: sha256.Sum256(content)}
		answer, err := reader.bus.CheckReport(t.Context(), check,
			func(control.Finding) error { return nil })
		require.NoError(t, err)
		require.Equal(t, documents, answer.Accepted, "stored accounts: %v", cache != nil)
	}
}
