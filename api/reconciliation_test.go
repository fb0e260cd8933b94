package api_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/fixtures/country"
)

// Differences, obligations and outages by REST, on a payer whose ПУ-3 came without a 4-фонд.
func TestReconciliationAndObligations(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	s.pensioner()
	s.catchUp()
	path := "/v1/payers/" + country.ExampleUNP
	open := s.get(path + "/reconciliation").is(200).json()["open"].([]any)
	require.NotEmpty(t, open)
	require.Equal(t, "payments", open[0].(map[string]any)["kind"])
	require.NotEmpty(t, s.get("/v1/mismatches?office=602&kind=payments&on=2018-04-25").is(200).items())
	require.Empty(t, s.get(path+"/reports").is(200).items())
	for i, form := range []string{"ПЗ-3", "ПЗ-6"} {
		note := s.get(path + "/notes/2018").is(200).json()["notes"].([]any)[i].(map[string]any)
		require.Equal(t, []any{form, 0.0}, []any{note["form"], note["quarter"]})
	}
	s.post(petrova, path+"/explanations",
		`{"year":2018,"quarter":1,"kind":"earnings","text":"why"}`).problem(404, "mismatch_unknown")
	s.post(petrova, path+"/explanations",
		`{"year":2018,"quarter":1,"kind":"weather","text":"why"}`).problem(422, "request_invalid")

	balance := s.get(path + "/balance?on=2018-10-25").is(200).json()
	require.Equal(t, "2", fmt.Sprint(balance["estimates"].([]any)[0].(map[string]any)["quarter"]))
	duties := s.get(path + "/obligations?on=2018-10-25").is(200).json()["obligations"].([]any)
	first := duties[0].(map[string]any)
	require.Equal(t, []any{"4-фонд", "2018-04-20", "missed"},
		[]any{first["form"], first["due_on"], first["state"]})
	s.post(petrova, path+"/nil-reports",
		`{"from":"2018-05","until":"2018-06","reason":"other"}`).problem(422, "nil_quarters_invalid")
	s.post(petrova, path+"/nil-reports",
		`{"from":"2018-04","until":"2018-06","reason":"other"}`).is(201)
	s.get("/v1/obligations?quarter=2018-1").is(200)
	s.get("/v1/offices/602/missing?quarter=2018-1&form=ПУ-3").is(200)

	body := `{"from":"2018-07-20","to":"2018-07-20","extended":"2018-07-24",
		"reason":"portal","ground":"order 7"}`
	outage := s.post(petrova, "/v1/outages", body).is(201).json()
	extension := "/v1/outages/" + outage["outage"].(string) + "/extension"
	s.post(petrova, extension, `{"ground":"order 8"}`).problem(403, "SPF-905")
	require.Equal(t, true, s.post(ivanova, extension, `{"ground":"order 8"}`).is(201).
		json()["in_force"])
	require.Len(t, s.get("/v1/outages").is(200).items(), 1)
}

// The list of an office goes on where its page ends, also within a payer, and has of payments
// what the payer's own view has.
func TestMismatchesByPages(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	s.catchUp()
	all := s.get("/v1/mismatches?office=602&on=2018-04-25").is(200).items()
	require.Greater(t, len(all), 2)
	var got []object
	for cursor := ""; ; {
		page := s.get("/v1/mismatches?office=602&on=2018-04-25&limit=1" + cursor).is(200)
		got = append(got, page.items()...)
		next, more := page.json()["next_cursor"].(string)
		if !more || next == "" {
			break
		}
		cursor = "&cursor=" + next
	}
	require.Equal(t, all, got)
	open := s.get(payerPath + "/reconciliation?on=2018-04-25").is(200).json()["open"].([]any)
	require.Len(t, open, len(all))
	kinds := map[any]any{}
	for _, m := range open {
		kinds[m.(object)["kind"]] = m.(object)["difference"]
	}
	for _, m := range all {
		require.Equal(t, kinds[m["kind"]], m["difference"], m["kind"])
	}
	require.Contains(t, kinds, "payments")
	require.Empty(t, s.get("/v1/mismatches?office=602&kind=payments&on=2018-04-20").is(200).items(),
		"the last of the quarter's contributions are due on this day")
	require.NotEmpty(t, s.get("/v1/mismatches?office=602&kind=earnings&on=2018-04-20").is(200).items())
}
