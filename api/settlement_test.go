package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/settlement"
)

// dealt is the loaded server with 100.00 paid to the occupational fund, for which nothing is
// owed, a payment of 30.00 of nobody known, and a 4-фонд that claims benefits of 140.00.
func dealt(t *testing.T) *server {
	t.Helper()
	s := loaded(t, api.Options{})
	list := "bank_ref;payer_unp;value_date;amount;kind\n" +
		"O-1;200988541;10.04.2018;100,00;occupational\nX-1;200988542;10.04.2018;30,00;\n"
	got, err := s.service.Submit(t.Context(), operator, service.Submission{Payer: treasury,
		Content: strings.NewReader(list), Key: "dealt", Channel: service.ChannelAPI})
	require.NoError(t, err)
	require.Equal(t, "accepted", s.settle(got.Value.Receipt).Status)
	fund4 := s.file([]byte("unp;form;type;year;quarters;line;amount\n"+
		"200988541;4-фонд;И;2018;1;06;2600,00\n;;;;;11;900,00\n;;;;;12;153,00\n"+
		";;;;;24;100,00\n;;;;;28;40,00\n;;;;;211;1\n"), "", "fund4").is(202).json()
	require.Equal(t, "accepted", s.settle(fund4["receipt"].(string)).Status)
	return s
}

func (a answer) id() string {
	a.Helper()
	return a.json()["id"].(string)
}

// lacks checks that the request is refused for want of a field, which is named.
func (a answer) lacks(pointer string) {
	a.Helper()
	a.is(422)
	faults := a.json()["errors"].([]any)
	require.Len(a, faults, 1, string(a.body))
	fault := faults[0].(object)
	require.Equal(a, []any{"required", "body", pointer},
		[]any{fault["code"], fault["in"], fault["pointer"]})
}

func (s *server) balance() object {
	s.Helper()
	s.catchUp()
	return s.get(payerPath + "/balance?on=2018-04-12").is(200).json()
}

// sum gives a figure of the payer's balance on the day of the tests.
func (s *server) sum(name string) string {
	s.Helper()
	return s.balance()[name].(string)
}

// Every figure of a balance is explained by REST: in total, of each fund, of each month's part,
// what the lists of a treasury have in suspense, and estimates.
func TestEveryAmountOfABalanceIsExplainedByREST(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	const on = "2018-11-12" // ПУ-3 of two quarters are missed then
	explained := func(payer, query string) string {
		x := s.get("/v1/payers/" + payer + "/balance/explain?on=" + on + "&" + query).is(200).json()
		return x["explanation"].(object)["amount"].(string)
	}
	s.catchUp()
	b := s.get(payerPath + "/balance?on=" + on).is(200).json()
	for _, figure := range settlement.Figures() {
		switch figure {
		case settlement.FigureUnpaid, settlement.FigureEstimate, // sums of others
			settlement.FigureAwaiting:
			continue
		}
		require.Equal(t, b[figure], explained("200988541", "figure="+figure), figure)
		if figure == settlement.FigureSuspended {
			continue
		}
		for _, f := range b["funds"].([]any) {
			fund := f.(object)
			require.Equal(t, fund[figure], explained("200988541", fmt.Sprintf("figure=%s&fund=%s",
				figure, fund["fund"])), "%s %s", fund["fund"], figure)
		}
	}
	for _, m := range b["months"].([]any) {
		month := m.(object)
		for _, p := range month["parts"].([]any) {
			part := p.(object)
			for _, figure := range []string{"assessed", "offset", "paid", "unpaid", "penalty"} {
				require.Equal(t, part[figure], explained("200988541", fmt.Sprintf(
					"figure=%s&fund=%s&month=%s", figure, part["fund"], month["month"])))
			}
		}
	}
	var estimates money.Amount
	for _, e := range b["estimates"].([]any) {
		estimates += money.MustParse(e.(object)["amount"].(string))
	}
	require.Positive(t, int64(estimates))
	require.Equal(t, estimates.String(), explained("200988541", "figure=estimate"))
	require.Equal(t, "30.00", explained(treasury, "figure=suspended"))
	own := s.get("/v1/payers/" + treasury + "/balance?on=" + on).is(200).json()
	require.Equal(t, "30.00", own["suspended"])
	require.Equal(t, "X-1", own["suspense"].([]any)[0].(object)["bank_ref"])
}

const justified = `"reason":"paid twice","ground":"Instruction 45"}`

func TestRefundByREST(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	ask := func(payer, amount string) answer {
		return s.post(petrova, "/v1/payers/"+payer+"/refunds",
			`{"fund":"occupational","amount":"`+amount+`"}`)
	}
	ask("200988542", "1.00").problem(404, "payer_unknown")
	ask("200988541", "0.00").problem(422, "amount_invalid")
	ask("200988541", "one").problem(422, "request_invalid")
	ask("200988541", "100.01").problem(409, "overpayment_short")
	refund := ask("200988541", "60.00").is(200).id()
	require.Equal(t, refund, ask("200988541", "60.00").is(200).id())

	one := payerPath + "/refunds/" + refund
	s.post(petrova, one+"/proposal", `{"reason":"paid twice"}`).lacks("/ground")
	proposal := s.post(petrova, one+"/proposal", "{"+justified).is(200).id()
	pay := func() answer { return s.post(petrova, one+"/payment", `{"bank_ref":"F-1"}`) }
	pay().problem(409, "refund_not_approved")
	approval := payerPath + "/proposals/" + proposal + "/approval"
	s.post(ivanova, approval, `{"ground":"Decree 1"}`).lacks("/reason")
	s.post(petrova, approval, "{"+justified).problem(403, "SPF-905")
	s.post(ivanova, payerPath+"/proposals/"+strings.Repeat("0", 8)+proposal[8:]+"/approval",
		"{"+justified).problem(404, "proposal_unknown")
	golden(t, "approveProposal", s.post(ivanova, approval, "{"+justified).is(200).body)
	require.Equal(t, "60.00", s.sum("refunded"))
	pay().is(200)
	refunds := s.balance()["refunds"].([]any)
	require.Equal(t, "paid", refunds[0].(object)["state"])

	s.post(petrova, one+"/return", `{"ground":"Instruction 45"}`).lacks("/reason")
	s.post(petrova, one+"/return", `{"reason":"account closed","ground":"Instruction 45"}`).is(200)
	require.Equal(t, "0.00", s.sum("refunded"))
	list := s.get(payerPath + "/decisions").is(200)
	steps := list.json()["items"].([]any)[0].(object)["steps"].([]any)
	require.Len(t, steps, 5)
	for i, want := range [][]any{{"requested", "petrova", nil, nil},
		{"proposed", "petrova", "paid twice", "Instruction 45"},
		{"approved", "ivanova", "paid twice", "Instruction 45"}, {"paid", "petrova", nil, nil},
		{"returned", "petrova", "account closed", "Instruction 45"}} {
		x := steps[i].(object)
		require.Equal(t, want, []any{x["state"], x["by"], x["reason"], x["ground"]})
	}
	golden(t, "listPayerDecisions", list.body)
}

func TestOffsetAndRefusedExpenseByREST(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	move := func(to, amount string) answer {
		return s.post(petrova, payerPath+"/offsets", `{"from":"occupational","to":"`+to+
			`","amount":"`+amount+`","month":"2018-01"}`)
	}
	move("social", "100.01").problem(409, "overpayment_short")
	move("occupational", "40.00").problem(422, "fund_same")
	before := s.sum("overpayment")
	move("social", "40.00").is(200)
	require.Equal(t, []string{"100.00", "60.00"}, []string{before, s.sum("overpayment")})

	require.Equal(t, "140.00", s.sum("offset"))
	refuse := func(quarter, amount string) answer {
		return s.post(petrova, payerPath+"/expenses/2018/"+quarter+"/refusal",
			`{"amount":"`+amount+`",`+justified)
	}
	refuse("2", "1.00").problem(404, "expense_unknown")
	refuse("1", "140.01").problem(422, "amount_invalid")
	refuse("1", "15.00").is(200)
	require.Equal(t, "125.00", s.sum("offset"))
}

func TestDefermentAndWaiverByREST(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	arrears := s.sum("arrears")
	propose := func(amount string) answer {
		return s.post(petrova, payerPath+"/deferments",
			`{"instalments":[{"due":"2018-06-10","amount":"`+amount+`"}],`+justified)
	}
	propose("1.00").problem(422, "instalments_sum")
	deferment := propose(arrears).is(200).id()
	approval := payerPath + "/proposals/" + deferment + "/approval"
	s.post(petrova, approval, "{"+justified).problem(403, "SPF-905")
	s.post(ivanova, approval, "{"+justified).is(200)
	require.Equal(t, []string{"0.00", arrears}, []string{s.sum("arrears"), s.sum("deferred")})
	revocation := payerPath + "/deferments/" + deferment + "/revocation"
	blank := s.post(ivanova, revocation, `{"reason":"x","ground":" "}`)
	blank.problem(422, "ground_missing")
	blank.lacks("/ground")
	s.post(ivanova, revocation, "{"+justified).is(200)
	require.Equal(t, arrears, s.sum("arrears"))

	require.NotEqual(t, "0.00", s.sum("penalty"))
	waive := `{"from":"%s","until":"2018-04-12",` + justified
	s.post(petrova, payerPath+"/waivers", fmt.Sprintf(waive, "2018-04-13")).problem(422,
		"period_invalid")
	waiver := s.post(petrova, payerPath+"/waivers", fmt.Sprintf(waive, "2018-02-01")).is(200).id()
	s.post(petrova, payerPath+"/proposals/"+waiver+"/approval", "{"+justified).problem(403, "SPF-905")
	s.post(ivanova, payerPath+"/proposals/"+waiver+"/approval", "{"+justified).is(200)
	require.Equal(t, "0.00", s.sum("penalty"))
}

func TestSuspenseExplainAndBalancesByREST(t *testing.T) {
	t.Parallel()
	s := dealt(t)
	waiting := s.get("/v1/suspense").is(200)
	require.Equal(t, "30.00", waiting.items()[0]["amount"])
	golden(t, "listSuspense", waiting.body)
	match := func(ref, payer, amount string) answer {
		return s.post(petrova, "/v1/suspense/matches", `{"treasury":"`+treasury+
			`","bank_ref":"`+ref+`","parts":[{"payer":"`+payer+`","kind":"pension","amount":"`+
			amount+`"}],`+justified)
	}
	match("X-2", "200988541", "30.00").problem(404, "suspense_unknown")
	match("X-1", "200988541", "29.99").problem(422, "SPF-804")
	match("X-1", "200988542", "30.00").problem(404, "payer_unknown")
	before := s.sum("paid")
	match("X-1", "200988541", "30.00").is(200)
	require.NotEqual(t, before, s.sum("paid"))
	s.catchUp()
	require.Empty(t, s.get("/v1/suspense").is(200).items())

	figure := s.get(payerPath + "/balance/explain?figure=arrears&fund=social&on=2018-04-12").is(200)
	fund := s.balance()["funds"].([]any)[1].(object)
	require.Equal(t, fund["arrears"], figure.json()["explanation"].(object)["amount"])
	golden(t, "explainBalance", figure.body)
	s.get(payerPath+"/balance/explain?figure=weather").problem(404, "explain_empty")
	s.get("/v1/payers/200988542/balance/explain?figure=arrears").problem(404, "payer_unknown")

	debts := s.get("/v1/balances?kind=arrears&on=2018-04-12").is(200)
	require.Equal(t, s.sum("arrears"), debts.items()[0]["arrears"])
	golden(t, "listDebts", debts.body)
	require.Empty(t, s.get("/v1/balances?kind=arrears&office=101&on=2018-04-12").is(200).items())
	s.get("/v1/balances?kind=weather").problem(422, "request_invalid")
}
