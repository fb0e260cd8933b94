package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

// Answers stand in the order of the questions, however many workers answer them.
func TestBatchKeepsTheOrder(t *testing.T) {
	t.Parallel()
	law, err := embeddedLaw()
	require.NoError(t, err)
	const lines = 20_000
	var in, want bytes.Buffer
	for i := range lines {
		earnings := fmt.Sprintf("%d.00", i%4000)
		fmt.Fprintf(&in, `{"rule":"CO-1","input":{"contribution_month":"2018-02",`+
			`"earnings":"%s"}}`, earnings)
		if i < lines-1 { // the last line has no end
			in.WriteString("\r\n")
		}
		fmt.Fprintf(&want, `{"rule":"CO-1","output":{"rule":"CO-1","currency":"BYN",`+
			`"base":"%s","amount":"%d.%02d"}}`+"\n", earnings, i%4000/100, i%4000%100)
	}
	var out bytes.Buffer
	require.NoError(t, answerLines(t.Context(), &in, &out, law, rules.Brief))
	require.Equal(t, want.String(), out.String())
}

// A line may be longer than any buffer.
func TestBatchTakesLongLines(t *testing.T) {
	t.Parallel()
	law, err := embeddedLaw()
	require.NoError(t, err)
	var line strings.Builder
	line.WriteString(`{"rule":"CO-7","input":{"contribution_month":"2018-02","insured_persons":[`)
	const persons = 40_000
	for i := range persons {
		if i > 0 {
			line.WriteByte(',')
		}
		fmt.Fprintf(&line, `{"person_id":"%d","earnings":"100.00"}`, i)
	}
	line.WriteString("]}}\n")
	require.Greater(t, line.Len(), inputBuffer)
	var out bytes.Buffer
	require.NoError(t, answerLines(t.Context(), strings.NewReader(line.String()+"x\n"), &out,
		law, rules.Brief))
	answers := strings.Split(out.String(), "\n")
	require.Len(t, answers, 3)
	require.Contains(t, answers[0], `"total_earnings":"4000000.00"`)
	require.Contains(t, answers[1], "invalid_json")
}

// Who asks a line at a time gets its answer before asking the next.
func TestBatchAnswersAtOnce(t *testing.T) {
	t.Parallel()
	law, err := embeddedLaw()
	require.NoError(t, err)
	questions, ask := io.Pipe()
	listen, answers := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- answerLines(ctx, questions, answers, law, rules.Brief) }()
	heard := bufio.NewReader(listen)
	for range 3 {
		_, err := io.WriteString(ask, `{"rule":"OA-6","input":{"on_date":"2018-05-01"}}`+"\n")
		require.NoError(t, err)
		line, err := heard.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, `"amount":"51.65"`)
	}
	require.NoError(t, ask.Close())
	require.NoError(t, <-ended)
}

// An answer that nobody takes ends the batch.
func TestBatchTellsWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	law, err := embeddedLaw()
	require.NoError(t, err)
	listen, answers := io.Pipe()
	require.NoError(t, listen.Close())
	in := strings.Repeat(`{"rule":"OA-6","input":{"on_date":"2018-05-01"}}`+"\n", 50_000)
	err = answerLines(t.Context(), strings.NewReader(in), answers, law, rules.Brief)
	require.ErrorContains(t, err, "write the answers")
}
