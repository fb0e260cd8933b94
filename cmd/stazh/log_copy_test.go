package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api/node"
	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger/esdblog/standin"
)

// stazh runs a command in this process.
func stazh(t *testing.T, args ...string) (code int, out, talk string) {
	t.Helper()
	var answer, said bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &answer, &said)
	return code, answer.String(), said.String()
}

// A ledger moves into an event store and into another database, and the program goes on
// with it there; the database of its old place is refused.
func TestLogCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := emptyLedger(t, dir)
	server := standin.Start(t)
	code, out, talk := stazh(t, "log", "copy", "--from", old, "--to", server.URL(), "--json")
	require.Zero(t, code, talk)
	var first, second struct{ Events, Streams, Copied int64 }
	require.NoError(t, json.Unmarshal([]byte(out), &first))
	require.Positive(t, first.Events)
	require.Equal(t, first.Events, first.Copied)
	require.Equal(t, int64(1), first.Streams, "the law")

	back := pgtest.DB(t)
	code, out, talk = stazh(t, "log", "copy", "--from", server.URL(), "--to", back)
	require.Zero(t, code, talk)
	require.Contains(t, out, "the heads of all 1 streams are equal")
	require.Contains(t, out, "schema vault")
	code, out, talk = stazh(t, "log", "copy", "--from", old, "--to", back, "--json")
	require.Zero(t, code, talk)
	require.NoError(t, json.Unmarshal([]byte(out), &second))
	require.Zero(t, second.Copied)
	require.Equal(t, first.Events, second.Events)

	config := node.Config{Dir: dir, DatabaseURL: old, EventStoreURL: server.URL(),
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	_, err := node.Open(t.Context(), config)
	require.ErrorIs(t, err, node.ErrOtherLedger, "positions are others there")
	config.DatabaseURL = pgtest.DB(t)
	n, err := node.Open(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, n.Close(context.WithoutCancel(t.Context())))
	code, out, talk = stazh(t, "log", "copy", "--from", old, "--to", server.URL(), "--json")
	require.Zero(t, code, talk)
	require.NoError(t, json.Unmarshal([]byte(out), &second))
	require.Zero(t, second.Copied, "to open a node adds nothing to a copied ledger")
}

func TestLogCopyRefuses(t *testing.T) {
	t.Parallel()
	ledgerURL, other := emptyLedger(t, t.TempDir()), emptyLedger(t, t.TempDir())
	for _, c := range []struct {
		from, to string
		code     int
		says     string
	}{
		{ledgerURL, "http://127.0.0.1:1", exitUsage, "is no ledger"},
		{t.TempDir(), other, exitUsage, "there is no ledger in"},
		{ledgerURL, "esdb://127.0.0.1:1?tls=false", exitUnavailable, "127.0.0.1:1"},
		{ledgerURL, "postgres://u:secret@127.0.0.1:1/x", exitUnavailable, "xxxxx"},
	} {
		code, _, talk := stazh(t, "log", "copy", "--from", c.from, "--to", c.to)
		require.Equal(t, c.code, code, talk)
		require.Contains(t, talk, c.says)
		require.NotContains(t, talk, "secret")
	}
}
