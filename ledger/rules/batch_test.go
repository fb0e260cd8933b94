package rules_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

func TestLines(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, c := range []struct{ line, want string }{
		{`{"rule":"OA-6","input":{"on_date":"2018-02-01"}}`, `{"rule":"OA-6","output":` +
			`{"rule":"OA-6","currency":"BYN","amount":"49.83"}}`},
		{` {"input" : {"on_date":"2018-05-01"} , "rule":"OA\u002d6"} `, `{"rule":"OA-6",` +
			`"output":{"rule":"OA-6","currency":"BYN","amount":"51.65"}}`},
		{`{"rule":"OA-6","input":{"on_date":"2018-11-01"}}`, `{"rule":"OA-6","error":` +
			`{"code":"missing_parameter","field":"subsistence_level"}}`},
		{`{"rule":"ZZ-1","input":{}}`,
			`{"rule":"ZZ-1","error":{"code":"unknown_rule","field":"rule"}}`},
		{`{"rule":"OA-6"}`, `{"rule":"OA-6","error":{"code":"invalid_input","field":"input"}}`},
		{`{"rule":"OA-6","input":[]}`,
			`{"rule":"OA-6","error":{"code":"invalid_input","field":"input"}}`},
		{`{"rule":"OA-6","input":{"on_date":"2018-02-01"},"x":1}`,
			`{"rule":"OA-6","error":{"code":"invalid_input","field":"x"}}`},
		{`{"input":{}}`, `{"rule":null,"error":{"code":"invalid_input","field":"rule"}}`},
		{`{"rule":7,"input":{}}`, `{"rule":null,"error":{"code":"invalid_input","field":"rule"}}`},
		{`no JSON`, `{"rule":null,"error":{"code":"invalid_json","field":""}}`},
		{``, `{"rule":null,"error":{"code":"invalid_json","field":""}}`},
		{`[]`, `{"rule":null,"error":{"code":"invalid_json","field":""}}`},
	} {
		got := rules.AppendLine([]byte("before"), law, []byte(c.line), rules.Brief)
		require.Equal(t, "before", string(got[:6]))
		var answer map[string]any
		require.NoError(t, json.Unmarshal(got[6:], &answer), c.line)
		if e, ok := answer["error"].(map[string]any); ok {
			require.NotEmpty(t, e["message"])
			delete(e, "message")
		}
		text, err := json.Marshal(answer)
		require.NoError(t, err)
		require.JSONEq(t, c.want, string(text), c.line)
	}
	explained := rules.AppendLine(nil, law,
		[]byte(`{"rule":"OA-6","input":{"on_date":"2018-02-01"}}`), rules.Explained)
	require.Contains(t, string(explained), `"steps":[`)
}

// Whatever a line is, its answer is one line of JSON.
func FuzzLine(f *testing.F) {
	law := recordedLaw(f)
	for _, id := range rules.IDs() {
		f.Add([]byte(`{"rule":"` + id + `","input":` + string(exampleOf(f, id).Input) + `}`))
	}
	f.Add([]byte("{\"rule\":\"\\u000a\u2028\",\"input\":{}}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		got := rules.AppendLine(nil, law, line, rules.Explained)
		require.True(t, json.Valid(got), string(got))
		require.NotContains(t, string(got), "\n")
	})
}

// Mass runs must not allocate: millions of pensions are calculated anew in one go.
func TestMassRunsDoNotAllocate(t *testing.T) {
	law := recordedLaw(t)
	for _, id := range []string{"CO-1", "CO-2", "CO-3", "CO-4", "CO-5", "CO-6", "OA-1", "OA-2",
		"OA-3", "OA-5", "OA-6", "OA-7", "OA-8", "OA-9", "AD-1", "AD-2", "AD-3", "DI-1", "DI-2", "DI-3",
		"DI-4", "DI-5", "DI-6", "DI-7"} {
		answer, err := rules.Prepare(law, id, exampleOf(t, id).Input)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(50, func() { err = answer() }), id)
		require.NoError(t, err)
	}
}

func BenchmarkRules(b *testing.B) {
	law := recordedLaw(b)
	for _, id := range rules.IDs() {
		b.Run(id, func(b *testing.B) {
			answer, err := rules.Prepare(law, id, exampleOf(b, id).Input)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if err := answer(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLines is what a list of questions costs, with reading and writing.
func BenchmarkLines(b *testing.B) {
	law := recordedLaw(b)
	for name, form := range map[string]rules.Form{
		"brief": rules.Brief, "explained": rules.Explained,
	} {
		for _, id := range []string{"CO-1", "OA-5", "AD-2"} {
			b.Run(name+"/"+id, func(b *testing.B) {
				line := []byte(`{"rule":"` + id + `","input":` + string(exampleOf(b, id).Input) + `}`)
				b.ReportAllocs()
				var out []byte
				for b.Loop() {
					out = rules.AppendLine(out[:0], law, line, form)
				}
				b.SetBytes(int64(len(out)))
			})
		}
	}
}
