package format_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
)

const prettyJSON = `
{
  "pack": {
    "form": "ПУ-3",
    "unp": "200988541",
    "fund_no": "602000017"
  },
  "documents": [
    {
      "type": "И",
      "year": 2018,
      "individual_data": {
        "insurance_no": "3270287A012PB2",
        "months": [
          {"month": 1, "earnings": "800.00"},
          {
            "month": 2,
            "earnings": 800.5
          }
        ],
        "service": [
          {"from": "2018-01-01", "to": "2018-03-31"}
        ]
      }
    },
    {
      "type": "К"
    }
  ]
}
`

func TestJSONPlaces(t *testing.T) {
	t.Parallel()
	for _, enc := range []format.Encoding{format.UTF8, format.Windows1251, format.CP866} {
		got := read(t, encode(t, []byte(prettyJSON), enc))
		require.Empty(t, got.faults)
		require.Equal(t, format.JSON, got.file.Format)
		require.Equal(t, 5, got.packs[0].Locate("/unp").Line)
		require.Len(t, got.docs, 2)
		d := got.docs[0]
		require.Empty(t, d.Faults)
		require.Equal(t, document.PU3, d.Form, "the pack's form")
		require.Equal(t, rub("800.50"), d.Data.Months[1].Earnings)
		for pointer, line := range map[string]int{
			"": 9, "/type": 10, "/year": 11, "/individual_data/insurance_no": 13,
			"/individual_data/months/0/earnings": 15, "/individual_data/months/1": 16,
			"/individual_data/months/1/earnings": 18, "/individual_data/months/1/paid": 16,
			"/individual_data/service/0/to": 22, "/nothing": 9,
		} {
			require.Equal(t, line, d.Locate(pointer).Line, pointer)
		}
		require.Equal(t, 26, got.docs[1].Locate("").Line)
		require.NotNil(t, got.docs[1].Data)
	}
}

func TestJSONFaults(t *testing.T) {
	t.Parallel()
	m1 := "/individual_data/months/1"
	cases := []struct {
		name, from, to string
		want           []brief
	}{
		{"unknown field", `"month": 2,`, `"month": 2, "bonus": {"a": [1, 2]},`,
			values(brief{"SPF-102", m1 + "/bonus", 17, "", "bonus"})},
		{"field twice", `"month": 2,`, `"month": 2, "month": 3,`,
			values(brief{"SPF-102", m1 + "/month", 17, "", "month"})},
		{"part twice", `"service": [`, `"months": [], "service": [`,
			values(brief{"SPF-102", "/individual_data/months", 21, "", "months"})},
		{"three decimals", "800.5", "800.505",
			values(brief{"SPF-111", m1 + "/earnings", 18, "", "800.505"})},
		{"exponent", "800.5", "8e2", values(brief{"SPF-111", m1 + "/earnings", 18, "", "8e2"})},
		{"truth value", "800.5", "true", values(brief{"SPF-111", m1 + "/earnings", 18, "", "true"})},
		{"object for a value", "800.5", `{"a": 1}`,
			values(brief{"SPF-111", m1 + "/earnings", 18, "", `{"a": 1}`})},
		{"value for an object", `{"from": "2018-01-01", "to": "2018-03-31"}`, "7",
			values(brief{"SPF-111", "/individual_data/service/0", 22, "", "7"})},
		{"date", `"2018-03-31"`, `"2018-02-31"`,
			values(brief{"SPF-110", "/individual_data/service/0/to", 22, "", "2018-02-31"})},
		{"other form's part", `"year": 2018,`, `"year": 2018, "movements": [{"surname": "А"}],`,
			values(brief{"SPF-102", "/movements", 11, "", "movements"})},
		{"other form", `"type": "И",`, `"type": "И", "form": "ПУ-1",`, values(
			brief{"SPF-104", "/form", 10, "", "ПУ-1"},
			brief{"SPF-102", "/individual_data", 12, "", "individual_data"},
		)},
		{"null is nothing", "800.5", "null", nil},
		{"escapes", `"И"`, `"\u0418"`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, prettyJSON, c.from)
			got := read(t, []byte(strings.Replace(prettyJSON, c.from, c.to, 1)))
			require.Empty(t, got.faults)
			require.Len(t, got.docs, 2)
			require.Equal(t, c.want, briefs(got.docs[0].Faults))
			require.Equal(t, "И", got.docs[0].Type)
			require.Empty(t, got.docs[1].Faults)
		})
	}
}

func TestJSONStructure(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, file string
		want       []brief
		docs       int
	}{
		{"unknown member", `{"pack":{"form":"ПУ-2"},` + "\n" + `"x":[1,{}],"documents":[{}]}`,
			values(brief{"SPF-102", "/x", 2, "", "x"}), 1},
		{"documents first", `{"documents":[{"form":"ПУ-2"}]}`,
			values(brief{"SPF-101", "", 1, "", ""}), 1},
		{"pack twice", `{"pack":{"form":"ПУ-2"},"pack":{},"documents":[{}]}`,
			values(brief{"SPF-102", "/pack", 1, "", "pack"}), 1},
		{"broken off", "{\"pack\":{\"form\":\"ПУ-2\"},\n\"documents\":[{},\n{",
			values(brief{"SPF-101", "", 3, "", ""}), 1},
		{"not JSON", "{\"pack\":{\"form\":\"ПУ-2\"},\n\"documents\":[{},\n{]}",
			values(brief{"SPF-101", "", 3, "", ""}), 1},
		{"more behind", "{\"pack\":{\"form\":\"ПУ-2\"},\"documents\":[]}\n{}",
			values(brief{"SPF-101", "", 2, "", ""}), 0},
		{"no object", `{"pack":{"form":"ПУ-2"},"documents":[1]}`, nil, 1},
		{"unknown in pack", `{"pack":{"form":"ПУ-2","inn":"1"},"documents":[]}`,
			values(brief{"SPF-102", "/inn", 1, "", "inn"}), 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := read(t, []byte(c.file))
			require.Equal(t, c.want, briefsOf(got.faults))
			require.Len(t, got.docs, c.docs)
		})
	}
	f, err := format.Open(strings.NewReader(
		`{"documents":[{"type":"`+strings.Repeat("И", 5000)+`"}]}`), "", format.Limits{LineBytes: 1000})
	require.NoError(t, err)
	got := readFile(t, f)
	require.Equal(t, "SPF-003", got.faults[len(got.faults)-1].Code)
}

func TestNDJSON(t *testing.T) {
	t.Parallel()
	got := read(t, []byte(`{"pack":{"form":"ПУ-2","unp":"200988541"}}
{"type":"И","movements":[{"surname":"А","hired_on":"2018-04-10"}]}

{"type":
{"type":"И","movements":[{"surname":"Б","hired_on":"31.02.2018"}]}
[]
`))
	require.Equal(t, format.NDJSON, got.file.Format)
	require.Empty(t, got.faults)
	require.Len(t, got.docs, 4)
	require.Empty(t, got.docs[0].Faults)
	require.Equal(t, []brief{{"SPF-101", "", 4, "", ""}}, briefs(got.docs[1].Faults))
	require.Equal(t, []brief{{"SPF-110", "/movements/0/hired_on", 5, "", "31.02.2018"}},
		briefs(got.docs[2].Faults))
	require.Equal(t, []brief{{"SPF-101", "", 6, "", ""}}, briefs(got.docs[3].Faults))
	require.Equal(t, 5, got.docs[2].Locate("/movements/0/hired_on").Line)
}

// The JSON that encoding/json makes of the model is read, and means the same.
func TestJSONOfTheModelItself(t *testing.T) {
	t.Parallel()
	want := pu3Document()
	b, err := json.Marshal(map[string]any{"pack": pu3Pack(), "documents": []any{want}})
	require.NoError(t, err)
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, b, "", " "))
	for _, file := range [][]byte{b, pretty.Bytes()} {
		// Map keys are sorted: "documents" stands before "pack" here, which is refused.
		got := read(t, file)
		require.Equal(t, "SPF-101", got.faults[0].Code)
		require.Len(t, got.docs, 1)
		d := bare(got.docs[0])
		require.Empty(t, d.Faults)
		require.Equal(t, want, d)
	}
}
