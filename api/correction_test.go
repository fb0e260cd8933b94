package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

// employing is a server with the payer of the samples, which reports one person: 800.00 in
// January and 850.00 in February 2018, category 01.
func employing(t *testing.T) (s *server, person string) {
	t.Helper()
	s = empty(t, api.Options{})
	require.NoError(t, registerSamples(t.Context(), s.service))
	return s, s.pensioner()
}

// send posts a body with the token of a preview.
func (s *server) send(officer []string, path, token, body string) answer {
	s.Helper()
	return s.do(http.MethodPost, path, strings.NewReader(body),
		append([]string{"Stazh-Preview", token}, officer...)...)
}

// owed gives what the payer owes for a month, by fund.
func (s *server) owed(month string) (pension, social any) {
	s.Helper()
	s.catchUp()
	balance := s.get(payerPath + "/balance?on=2018-04-12").is(200).json()
	for _, m := range balance["months"].([]any) {
		if m := m.(object); m["month"] == month {
			parts := m["parts"].([]any)
			return parts[0].(object)["assessed"], parts[1].(object)["assessed"]
		}
	}
	s.Fatalf("the balance has no %s", month)
	return nil, nil
}

// The category of a payer's reports is corrected by one request. Of 800.00 the person pays 1 %
// and the employer 28 % for pensions: 8.00 + 224.00 = 232.00; 6 % for other benefits are 48.00,
// which spouses of diplomats (20) are not insured for. Of 850.00 it is 8.50 + 238.00 = 246.50
// and 51.00.
func TestMassCategoryByREST(t *testing.T) {
	t.Parallel()
	s, person := employing(t)
	require := require.New(t)
	owed := func(month, pension, social string) {
		t.Helper()
		p, q := s.owed(month)
		require.Equal([]any{pension, social}, []any{p, q}, month)
	}
	owed("2018-01", "232.00", "48.00")
	owed("2018-02", "246.50", "51.00")
	ask := func(from, to string) string {
		return `{"mass":{"payer":"200988541","year":2018,"change":"category","category":"` +
			from + `","to":"` + to + `"}}`
	}
	s.post(petrova, "/v1/correction-previews", ask("01", "30")).problem(422, "mass_category")
	shown := s.post(petrova, "/v1/correction-previews", ask("01", "20")).is(200).json()
	require.Equal([]any{"1", 2.0, 2.0, 1.0},
		[]any{shown["quarters"], shown["documents"], shown["accepted"], shown["persons"]})
	january := shown["effect"].(object)["payers"].([]any)[0].(object)["months"].([]any)[0].(object)
	require.Equal("48.00", january["before"].(object)["for_social"])
	require.Equal("0.00", january["after"].(object)["for_social"])
	owed("2018-01", "232.00", "48.00")

	token := shown["token"].(string)
	s.send(petrova, "/v1/corrections", token, ask("01", "02")).problem(412, "preview_stale")
	filed := s.send(petrova, "/v1/corrections", token, ask("01", "20")).is(202).json()
	done := s.settle(filed["receipt"].(string))
	require.Equal([]any{"accepted", "mass", 2, "1"},
		[]any{done.Status, done.Channel, done.Accepted, done.Quarters})
	owed("2018-01", "232.00", "0.00")
	owed("2018-02", "246.50", "0.00")

	slots := s.get(person + "/versions").is(200).json()["slots"].([]any)
	require.Len(slots, 2)
	for i, want := range [][2]string{{"01", "cancellation"}, {"20", "original"}} {
		slot := slots[i].(object)
		versions := slot["versions"].([]any)
		require.Equal(want, [2]string{slot["category"].(string),
			versions[len(versions)-1].(object)["kind"].(string)})
	}
	s.post(petrova, "/v1/correction-previews", ask("01", "20")).problem(409, "mass_nothing")
}

// An order goes from its proposal to the versions of the report, where the person, the payer
// and a court read why; each decision names its reason and its act.
func TestOrderByREST(t *testing.T) {
	t.Parallel()
	s, person := employing(t)
	orders := payerPath + "/correction-orders"
	cancel := `"mass":{"payer":"200988541","year":2018,"change":"cancel"}`
	shown := s.post(petrova, payerPath+"/correction-order-previews", `{`+cancel+
		`,"ground":"Act 1","reason":"nobody worked"}`).is(200).json()
	token := shown["token"].(string)
	s.send(petrova, orders, token, `{`+cancel+`,"ground":"Act 1"}`).lacks("/reason")
	s.send(petrova, orders, token, `{`+cancel+`,"ground":" ","reason":"x"}`).lacks("/ground")
	order := orders + "/" + s.send(petrova, orders, token, `{`+cancel+
		`,"ground":"Act 1","reason":"nobody worked"}`).is(200).json()["order"].(string)

	payer := []string{"Stazh-Subject", "accountant", "Stazh-Role", "payer"}
	s.post(payer, order+"/objections", `{"text":"he did"}`).is(200)
	s.post(ivanova, order+"/objection-answer", `{"reason":"he did not"}`).lacks("/ground")
	s.post(sidorova, order+"/objection-answer", `{"reason":"he did not","ground":"Act 2"}`).is(200)
	s.send(sidorova, order+"/approval", token, `{"ground":"Act 3","reason":"proved"}`).
		problem(403, "SPF-905")
	s.send(ivanova, order+"/approval", token, `{"ground":"Act 3"}`).lacks("/reason")
	s.send(petrova, order+"/approval", token, `{"ground":"Act 3","reason":"proved"}`).
		problem(403, "SPF-905")
	s.post(ivanova, order+"/decline", `{"reason":"not proved"}`).lacks("/ground")
	filed := s.send(ivanova, order+"/approval", token, `{"ground":"Act 3","reason":"proved"}`).
		is(200).json()
	require.Equal(t, "accepted", s.settle(filed["receipt"].(string)).Status)
	s.post(payer, order+"/objections", `{"text":"once more"}`).is(200)
	answer := `{"reason":"no","ground":"Act 2"}`
	s.post(ivanova, order+"/objection-answer", answer).problem(403, "SPF-905")
	done := s.post(sidorova, order+"/objection-answer", answer).is(200).json()
	require.Equal(t, []any{"approved", "proved", "Act 3"},
		[]any{done["state"], done["decision"], done["decision_ground"]})

	for role, reason := range map[string]any{"person": "nobody worked", "payer": "nobody worked",
		"court": "nobody worked", "bank": nil} {
		behind := s.get(person+"/versions", roleHeader, role).is(200).json()["orders"].([]any)
		require.Len(t, behind, 1, role)
		o := behind[0].(object)
		require.Equal(t, reason, o["reason"], role)
		require.Equal(t, []any{filed["receipt"], "Act 1", "petrova", "ivanova", "Act 3"},
			[]any{o["receipt"], o["ground"], o["proposed_by"], o["decided_by"],
				o["decision_ground"]}, role)
	}
}
