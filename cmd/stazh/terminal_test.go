package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/pgrun"
	"github.com/stazh/stazh/projections"
)

func noEnv(string) (string, bool) { return "", false }

func TestTableAlignsCyrillicAndFigures(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	table := newTable("ИМЯ", ">СУММА", "")
	table.add("ЗАЙЦЕВА", "1.00", "x")
	table.add("ЁЖ", "12345.00")
	table.print(newTerminal(&out, &out, noEnv))
	require.Equal(t, ""+
		"ИМЯ         СУММА\n"+
		"ЗАЙЦЕВА      1.00  x\n"+
		"ЁЖ       12345.00\n", out.String())
}

func TestTableLinesHaveColumnsAtTheSamePlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[а-яўіёА-Яa-z0-9]{0,12}`)
		table := newTable("a", ">б", "c")
		rows := rapid.IntRange(1, 5).Draw(t, "rows")
		for range rows {
			table.add(cell.Draw(t, "a"), cell.Draw(t, "b"), "|")
		}
		var out bytes.Buffer
		table.print(newTerminal(&out, &out, noEnv))
		lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
		place := len([]rune(lines[1])) - 1
		for _, line := range lines[1:] {
			if got := len([]rune(line)) - 1; got != place || []rune(line)[got] != '|' {
				t.Fatalf("columns differ:\n%s", out.String())
			}
		}
	})
}

func TestCleanTakesAwayWhatMovesTheCursor(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a b [31mc", clean("a\nb\x1b[31mc", 0))
	require.Equal(t, "ЗАЙ…", clean("ЗАЙЦЕВА", 4))
	require.Equal(t, 3, width("\x1b[31mабв\x1b[0m"))
}

func TestProgress(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var talk bytes.Buffer
	a := &app{term: newTerminal(&talk, &talk, noEnv), clock: func() time.Time { return now }}
	bar := a.progress("Loading", "documents")
	now = now.Add(4 * time.Second)
	bar.set(500, 2000)
	require.Empty(t, talk.String(), "without a screen a line comes only now and then")
	now = now.Add(6 * time.Second)
	bar.set(1000, 2000)
	require.Equal(t, "Loading  ━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌  50%  1,000/2,000 documents  100/s  "+
		"10 s left\n", talk.String())
	talk.Reset()
	now = now.Add(10 * time.Second)
	bar.end(2000)
	require.Equal(t, "Loading: 2,000 documents in 20 s, 100/s\n", talk.String())

	talk.Reset()
	bar.end(1)
	require.Equal(t, "Loading: 1 document in 20 s, 0/s\n", talk.String())

	talk.Reset()
	a.term.live = true
	bar = a.progress("Loading", "documents")
	now = now.Add(time.Second)
	bar.set(10, 0)
	require.Equal(t, "\rLoading  10 documents  10/s", talk.String())
	talk.Reset()
	a.term.quiet = true
	now = now.Add(time.Second)
	bar.set(20, 0)
	require.Empty(t, talk.String())
}

func TestDurationsAndNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0.4 s", remaining(400*time.Millisecond))
	require.Equal(t, "75 s", remaining(75*time.Second))
	require.Equal(t, "2 min 05 s", remaining(125*time.Second))
	require.Equal(t, "2 h 30 min", remaining(150*time.Minute))
	require.Equal(t, "-1,234,567", grouped(-1234567))
	require.Equal(t, "999", grouped(999))
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, exitOK},
		{errors.New("x"), exitError},
		{errSaid, exitError},
		{usage("x"), exitUsage},
		{unavailable("x"), exitUnavailable},
		{&coded{exitRejected, errSaid}, exitRejected},
		{errInterrupted, exitInterrupted},
		{&commands.Error{Kind: commands.Invalid}, exitUsage},
		{&commands.Error{Kind: commands.NotFound}, exitError},
		{&commands.Error{Kind: commands.Conflict}, exitConflict},
		{&commands.Error{Kind: commands.Forbidden}, exitError},
		{&commands.Error{Kind: commands.Unavailable}, exitUnavailable},
		{&commands.Error{Kind: commands.Internal}, exitError},
		{&pgrun.Fault{Problem: "x"}, exitUnavailable},
		{new(pgconn.ConnectError), exitUnavailable},
		{projections.ErrNotBuilt, exitUnavailable},
		{projections.ErrUnknownProjection, exitUsage},
		{context.DeadlineExceeded, exitUnavailable},
	} {
		require.Equal(t, c.code, exitCode(c.err), "%T %v", c.err, c.err)
		if _, own := c.err.(*pgconn.ConnectError); c.err != nil && !own {
			require.Equal(t, c.code, exitCode(fmt.Errorf("wrapped: %w", c.err)))
		}
	}
}

func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://me:secret@host/db", "postgres:///db?user=me&password=secret",
		"host=x user=me password=secret", "postgres://me:secret@host:nonsense/db",
	} {
		require.NotContains(t, withoutPassword(address), "secret", address)
	}
	require.Equal(t, "postgres://me:xxxxx@host/db",
		withoutPassword("postgres://me:secret@host/db"))
	require.Empty(t, withoutPassword(""))
}

func TestDiagnosesOfWhatCannotBePlanted(t *testing.T) {
	t.Parallel()
	require.Equal(t, faulty, diskDiagnosis("/", 100<<20).Verdict)
	require.Equal(t, warning, diskDiagnosis("/", 1<<30).Verdict)
	require.Equal(t, healthy, diskDiagnosis("/", 10<<30).Verdict)
	require.Contains(t, diskDiagnosis("/d", 100<<20).Remedy, "free space")

	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, healthy, clockDiagnosis(now, now.Add(time.Second), nil).Verdict)
	require.Equal(t, faulty, clockDiagnosis(now, now.Add(-time.Minute), nil).Verdict)
	future, past := now.Add(time.Hour), now.Add(-time.Hour)
	require.Equal(t, faulty, clockDiagnosis(now, now, &future).Verdict)
	require.Equal(t, healthy, clockDiagnosis(now, now, &past).Verdict)

	require.Equal(t, faulty, clusterDiagnosis("/d", "nonsense").Verdict)
	require.Contains(t, clusterDiagnosis("/d", "99").Remedy, "postgresql-99")
}

// FuzzReadParameters feeds numbers of the law from files of all kinds.
func FuzzReadParameters(f *testing.F) {
	f.Add(`[{"name": "minimum_wage", "value": "1.00", "from": "2031-01-01", "act": "A"}]`)
	f.Add(`[{"name": "minimum_wage", "vaule": "1.00"}]`)
	f.Add(`[] []`)
	f.Add(`{`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readParameters(strings.NewReader(text))
		if err != nil {
			require.Empty(t, list)
			return
		}
		for _, p := range list {
			again, err := json.Marshal([]any{p})
			require.NoError(t, err)
			require.NotEmpty(t, again)
		}
	})
}

// TestLogNamesNoPayer: whatever a package logs, no UNP comes out.
func TestLogNamesNoPayer(t *testing.T) {
	t.Parallel()
	var talk bytes.Buffer
	a := &app{globals: &globals{}, term: newTerminal(&talk, &talk, noEnv)}
	stream := ledger.PayerStream("200988541")
	err := fmt.Errorf("append: %w", &ledger.WrongRevisionError{Stream: stream})
	log := a.logger(slog.LevelWarn)
	log.Error("clerk could not process", slog.String("payer", "200988541"),
		slog.String("filing", "f-1"), slog.Any("error", err))
	log.Error("account of payer 200988541", slog.String("error", "payer AB1234567: gone"))
	require.NotContains(t, talk.String(), "200988541")
	require.NotContains(t, talk.String(), "AB1234567")
	require.Contains(t, talk.String(), "filing=f-1")
	require.Contains(t, talk.String(), "at revision")
}

// TestFailuresAsJSON: with --json an error is one line that programs can read.
func TestFailuresAsJSON(t *testing.T) {
	t.Parallel()
	for code, err := range map[string]error{
		"payer_unknown": fmt.Errorf("show: %w", &commands.Error{Kind: commands.NotFound,
			Code: "payer_unknown", Message: "no payer"}),
		"usage":       usage("not like this"),
		"unavailable": unavailable("not there"),
		"interrupted": errInterrupted,
		"failed":      errors.New("anything else\n"),
	} {
		var talk bytes.Buffer
		term := newTerminal(&talk, &talk, noEnv)
		term.json = true
		term.fail(err)
		var told map[string]failure
		require.NoError(t, json.Unmarshal(talk.Bytes(), &told))
		require.Equal(t, code, told["error"].Code)
		require.Equal(t, strings.TrimSpace(err.Error()), told["error"].Message)
		require.Equal(t, 1, strings.Count(talk.String(), "\n"))
	}
	require.True(t, asksJSON([]string{"person", "--json", "shwo"}))
	require.False(t, asksJSON([]string{"person", "find", "--", "--json"}))
}
