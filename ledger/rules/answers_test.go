package rules_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	lawdata "github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recordedLaw is the law of the published data files.
func recordedLaw(t testing.TB) *rules.Law {
	t.Helper()
	list, err := lawdata.Parameters()
	require.NoError(t, err)
	law := &rules.Law{}
	for _, p := range list {
		require.NoError(t, law.Publish(p), "%s from %s", p.Name, p.From)
	}
	return law
}

// example is a question with its whole answer, one for each rule in testdata/answers.
type example struct {
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

func examplePath(id string) string { return filepath.Join("testdata", "answers", id+".json") }

func exampleOf(t testing.TB, id string) example {
	t.Helper()
	content, err := os.ReadFile(examplePath(id))
	require.NoError(t, err, "every rule has an example")
	var e example
	require.NoError(t, json.Unmarshal(content, &e))
	return e
}

func TestExamplesOfAllRules(t *testing.T) {
	law := recordedLaw(t)
	files, err := filepath.Glob(examplePath("*"))
	require.NoError(t, err)
	require.Len(t, files, len(rules.IDs()), "examples without a rule")
	for _, id := range rules.IDs() {
		e := exampleOf(t, id)
		output, err := rules.Run(law, id, e.Input)
		require.NoError(t, err, id)
		require.True(t, json.Valid(output), id)
		if *update {
			e.Output = output
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			require.NoError(t, encoder.Encode(e))
			require.NoError(t, os.WriteFile(examplePath(id), b.Bytes(), 0o644))
			continue
		}
		require.JSONEq(t, string(e.Output), string(output), id)
	}
}

// codes are all that an error of Run may have for a rule that there is.
var codes = []string{rules.CodeInvalidInput, rules.CodeInvalidJSON,
	rules.CodeMissingParameter, rules.CodeNotApplicable}

func FuzzRun(f *testing.F) {
	ids := rules.IDs()
	for n, id := range ids {
		e := exampleOf(f, id)
		f.Add(n, []byte(e.Input))
		f.Add(n, []byte(`{"parameters":{"subsistence_level":"9999999999.99999999",`+
			`"minimum_old_age_rate":"1000","maximum_old_age_pension":null},`+
			string(bytes.TrimSpace(e.Input)[1:])))
	}
	law := recordedLaw(f)
	f.Fuzz(func(t *testing.T, n int, input []byte) {
		id := ids[uint(n)%uint(len(ids))]
		output, err := rules.Run(law, id, input)
		if err != nil {
			var known *rules.Error
			require.ErrorAs(t, err, &known)
			require.Contains(t, codes, known.Code)
			require.NotEmpty(t, known.Message)
			return
		}
		require.True(t, json.Valid(output))
		again, err := rules.Run(law, id, input)
		require.NoError(t, err)
		require.Equal(t, output, again)
	})
}
