package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

// sidorova is a third officer, for what neither of the two may do.
var sidorova = []string{"Stazh-Subject", "sidorova", "Stazh-Office", "602"}

const (
	// twin is a number that nobody is registered under: a man of the pensioner's age.
	twin       = "3270287A012PB2"
	identity   = `"evidence":{"item":"identity","on":"2018-04-12","sha256":"%064x"}`
	grounds    = `"ground":"п. 12 Правил","reason":"one person"`
	roleHeader = "Stazh-Role"
)

// TestAccountsAreJoinedAndSplit opens a provisional account, merges it by two officers, reads
// the person under either number, and splits it again.
func TestAccountsAreJoinedAndSplit(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	path := s.pensioner()
	evidence := fmt.Sprintf(identity, 1)
	s.post(petrova, "/v1/persons/provisional", `{"personal_no":"`+twin+`","surname":"КОВАЛЬ",
		"name":"ИВАН","evidence":{"item":"identity","on":"2018-04-12"},`+grounds+`}`).
		problem(422, "request_invalid")
	opened := s.post(petrova, "/v1/persons/provisional", `{"personal_no":"`+twin+
		`","surname":"КОВАЛЬ","name":"ИВАН",`+evidence+`,`+grounds+`}`).is(200)
	golden(t, "openProvisionalAccount", opened.body)
	other := opened.json()["id"].(string)
	s.catchUp()
	require.Equal(t, true, s.get("/v1/persons/" + other).is(200).json()["provisional"])
	claim := s.post(petrova, "/v1/persons/"+other+"/cases", `{"kind":"old_age"}`).is(200)
	s.post(petrova, "/v1/persons/"+other+"/cases/"+claim.json()["id"].(string)+"/calculations",
		`{}`).problem(409, "account_provisional")
	s.post(petrova, "/v1/persons/"+other+"/cases/"+claim.json()["id"].(string)+"/withdrawal",
		`{"reason":"the same person"}`).is(200)

	merge := `{"kind":"merge","absorbed":"` + other + `",` + evidence + `,` + grounds + `}`
	s.post(petrova, path+"/account-decisions", strings.Replace(merge, "п. 12 Правил", "", 1)).
		problem(422, "request_invalid")
	proposed := s.post(petrova, path+"/account-decisions", merge).is(200)
	golden(t, "proposeAccountDecision", proposed.body)
	decision := path + "/account-decisions/" + proposed.json()["id"].(string)
	s.post(petrova, decision+"/approval", `{`+grounds+`}`).problem(403, "SPF-905")
	s.do("POST", decision+"/approval", strings.NewReader(`{`+grounds+`}`),
		"Stazh-Subject", "accountant", "Stazh-Role", "payer").problem(403, "action_denied")
	s.post(ivanova, decision+"/approval", `{`+grounds+`}`).is(200)
	before := s.catchUp()

	list := s.get(path + "/account-decisions").is(200)
	golden(t, "listAccountDecisions", list.body)
	require.Len(t, list.items(), 2, "the opening of the other account and the merge")
	person := s.get("/v1/persons/" + other).is(200).json()
	require.Equal(t, pensioner, person["insurance_no"])
	require.Equal(t, twin, person["accounts"].([]any)[0].(object)["insurance_no"])
	account := s.get("/v1/persons/" + other + "/account").is(200).json()
	require.Equal(t, s.get(path+"/account").is(200).json(), account)
	// The versions are those of all accounts, under either number.
	versions := s.get("/v1/persons/" + other + "/versions").is(200).json()
	require.Equal(t, s.get(path+"/versions").is(200).json(), versions)
	require.Len(t, versions["slots"], 1)
	require.Len(t, versions["chain"].(object)["joined"], 1)
	require.Len(t, s.find(twin), 1)

	split := strings.Replace(merge, "merge", "split", 1)
	undone := s.post(petrova, path+"/account-decisions", split).is(200).json()["id"].(string)
	s.post(ivanova, path+"/account-decisions/"+undone+"/approval", `{`+grounds+`}`).is(200)
	s.catchUp()
	require.Equal(t, other, s.get("/v1/persons/" + other).is(200).json()["id"])
	past := fmt.Sprintf("/v1/persons/%s?as_of_position=%d", other, before)
	require.Equal(t, pensioner, s.get(past).is(200).json()["insurance_no"],
		"the merge is visible as of the past")
	chain := s.get(fmt.Sprintf("%s/account?as_of_position=%d", path, before)).is(200).
		json()["chain"].(object)
	require.Len(t, chain["joined"], 1)
}

func (s *server) find(text string) []object {
	s.Helper()
	return s.post(petrova, "/v1/persons/search", `{"text":"`+text+`"}`).is(200).items()
}

// TestADisputeGoesToThePayerAndBack opens a dispute over a month, which the payer denies and
// the Fund decides.
func TestADisputeGoesToThePayerAndBack(t *testing.T) {
	t.Parallel()
	s := loaded(t, api.Options{})
	path := s.pensioner()
	s.catchUp()
	row := s.get(path + "/account").is(200).json()["rows"].([]any)[0].(object)
	slot := object{}
	for _, name := range []string{"payer", "employment", "category", "contract_no", "year",
		"quarters"} {
		if row[name] != nil {
			slot[name] = row[name]
		}
	}
	body, err := json.Marshal(object{"text": "Я получил больше",
		"line": object{"kind": "month", "slot": slot, "month": row["month"]}})
	require.NoError(t, err)
	opened := s.post(petrova, path+"/disputes", string(body)).is(200)
	golden(t, "openDispute", opened.body)
	id := opened.json()["id"].(string)
	payer := row["payer"].(string)
	bookkeeper := []string{"Stazh-Subject", "бухгалтер", roleHeader, "payer"}
	s.catchUp()
	tasks := s.get("/v1/payers/"+payer+"/disputes", bookkeeper...).is(200)
	golden(t, "listPayerDisputes", tasks.body)
	require.Equal(t, "Я получил больше", tasks.items()[0]["text"])
	require.NotContains(t, string(tasks.body), "person", "the payer sees the line alone")
	require.NotContains(t, string(tasks.body), strings.TrimPrefix(path, "/v1/persons/"))

	answer := `/disputes/` + id + `/answer`
	s.post(bookkeeper, "/v1/payers/"+payer+answer, `{"accepted":false}`).
		problem(422, "reason_missing")
	s.post(bookkeeper, "/v1/payers/100000001"+answer, `{"accepted":true}`).
		problem(404, "dispute_unknown")
	s.post(petrova, path+"/disputes/"+id+"/decision", `{"upheld":true,`+grounds+`}`).
		problem(403, "SPF-905")
	s.post(ivanova, path+"/disputes/"+id+"/decision", `{"upheld":true,`+grounds+`}`).
		problem(409, "dispute_waits_for_payer")
	s.post(bookkeeper, "/v1/payers/"+payer+answer,
		`{"accepted":false,"text":"по ведомости"}`).is(200)
	s.catchUp()
	require.Empty(t, s.get("/v1/payers/"+payer+"/disputes", bookkeeper...).is(200).items())
	office := tasks.items()[0]["office"].(string)
	waiting := s.get("/v1/disputes?turn=fund&office=" + office).is(200)
	golden(t, "listDisputes", waiting.body)
	require.Equal(t, "waits_for_fund", waiting.items()[0]["state"])
	require.Empty(t, s.get("/v1/disputes?late=true&office="+office).is(200).items())

	s.post(sidorova, path+"/disputes/"+id+"/decision", `{"upheld":true,`+grounds+`}`).is(200)
	s.post(ivanova, path+"/disputes/"+id+"/withdrawal", `{}`).problem(409, "dispute_closed")
	s.catchUp()
	list := s.get(path + "/disputes").is(200)
	golden(t, "listPersonDisputes", list.body)
	require.Equal(t, "upheld", list.items()[0]["outcome"])
	require.Equal(t, "closed", list.items()[0]["state"])
	s.get(path+"/disputes", bookkeeper...).problem(403, "action_denied")
}
