package settlement_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
	"github.com/stazh/stazh/ledger/settlement"
)

// requireSums checks that parts add up to their node, all the way down, and that each node
// has a text.
func requireSums(t require.TestingT, n settlement.Node) {
	require.NotEmpty(t, n.Label.EN, n.Code)
	if len(n.Parts) == 0 {
		return
	}
	var sum money.Amount
	for _, p := range n.Parts {
		requireSums(t, p)
		sum += p.Amount
	}
	require.Equal(t, n.Amount, sum, n.Code)
}

// figures gives what a balance says of each figure.
func figures(s *settlement.Sums) map[string]money.Amount {
	return map[string]money.Amount{"assessed": s.Assessed, "offset": s.Offset, "paid": s.Paid,
		"refunded": s.Refunded, "arrears": s.Arrears, "deferred": s.Deferred,
		"not_due": s.NotDue, "overpayment": s.Overpayment, "penalty": s.Penalty,
		"penalty_paid": s.PenaltyPaid, "penalty_unpaid": s.PenaltyUnpaid,
		"unpaid": s.Unpaid(), "refundable": s.Refundable}
}

// Every figure of any balance, of any fund and of any month is the sum of its parts.
func TestEveryFigureIsExplained(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	rapid.Check(t, func(t *rapid.T) {
		b := settlement.Of(anyPayer(t), law, onOf(t))
		check := func(scope settlement.Scope, want map[string]money.Amount) {
			for figure, amount := range want {
				n, err := b.Explain(law, figure, scope, nil)
				require.NoError(t, err)
				require.Equal(t, amount, n.Amount, "%s %+v", figure, scope)
				requireSums(t, n)
			}
		}
		check(settlement.Scope{}, figures(&b.Sums))
		var awaiting money.Amount
		for _, m := range b.Months {
			if m.Awaiting != nil {
				awaiting += m.Awaiting.Earnings
			}
		}
		check(settlement.Scope{}, map[string]money.Amount{"suspended": b.Suspended,
			"awaiting": awaiting})
		for _, f := range b.Funds {
			check(settlement.Scope{Fund: f.Fund}, figures(&f.Sums))
		}
		for _, m := range b.Months {
			var all money.Amount
			for _, p := range m.Parts {
				check(settlement.Scope{Fund: p.Fund, Month: m.Month}, map[string]money.Amount{
					"assessed": p.Assessed, "offset": p.Offset, "paid": p.Paid,
					"penalty": p.Penalty, "unpaid": p.Unpaid})
				all += p.Assessed
			}
			check(settlement.Scope{Month: m.Month}, map[string]money.Amount{"assessed": all})
			var open money.Amount
			for _, figure := range []string{"arrears", "deferred", "not_due"} {
				n, err := b.Explain(law, figure, settlement.Scope{Month: m.Month}, nil)
				require.NoError(t, err)
				requireSums(t, n)
				open += n.Amount
			}
			require.Equal(t, m.Unpaid, open)
		}
	})
}

func TestNoSuchFigure(t *testing.T) {
	t.Parallel()
	b := settlement.Of(payer(quarter()), lawOf(t), day("2018-12-01"))
	for _, c := range []struct {
		figure string
		scope  settlement.Scope
	}{
		{"profit", settlement.Scope{}},
		{"assessed", settlement.Scope{Fund: "health"}},
		{"assessed", settlement.Scope{Month: period.MustMonth("2019-01")}},
		{"overpayment", settlement.Scope{Month: period.MustMonth("2018-01")}},
		{"suspended", settlement.Scope{Fund: "pension"}},
		{"awaiting", settlement.Scope{Fund: "pension"}},
		{"estimate", settlement.Scope{}},
	} {
		_, err := b.Explain(lawOf(t), c.figure, c.scope, nil)
		require.ErrorIs(t, err, settlement.ErrNoFigure, c.figure)
	}
}

// A month's assessment leads down to the reports of its persons.
func TestAssessmentIsExplainedByPersons(t *testing.T) {
	t.Parallel()
	law := lawOf(t)
	for _, x := range [][2]string{{rules.InsuredRate, "0.01"}, {rules.EmployerPensionRate, "0.28"},
		{rules.EmployerSocialRate, "0.06"}, {rules.ContributionCeilingMultiple, "5"}} {
		require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: x[0], Value: x[1],
			From: day("1900-01-01"), Act: "Law 138-XIII"}))
	}
	require.NoError(t, law.Parameters.Publish(rules.Parameter{Name: rules.NationalAverageWage,
		Value: "859.00", From: day("2017-12-01"), Act: "Belstat"}))
	january := period.MustMonth("2018-01")
	worker := func(n byte, earnings ...money.Amount) *account.Person {
		p := account.NewPerson(uuid.UUID{n})
		for i, sum := range earnings {
			p.Suppose(account.Slot{
				Slot:    event.Slot{Payer: unp, Category: "01", Year: 2018, Quarters: "1"},
				Version: 1, Receipt: "R", DocNo: i + 1, Position: 7,
				Months: []event.MonthFact{{Month: january, Earnings: sum}}})
		}
		return p
	}
	// 5,000.00 is above the ceiling of 5 × 859.00 = 4,295.00.
	persons := []*account.Person{worker(1, 800_00, 59_00), worker(2, 5000_00)}
	m := account.LiabilityMonth{Position: 9, LiabilityAssessed: event.LiabilityAssessed{
		Month: january, Persons: 2, Earnings: 5859_00, Base: 5154_00, Withheld: 51_54,
		Pension: 1443_12, Social: 309_24}}
	b := settlement.Of(payer([]account.LiabilityMonth{m}), law, day("2018-12-01"))
	n, err := b.Explain(law, "assessed", settlement.Scope{Month: january, Fund: "pension"}, persons)
	require.NoError(t, err)
	requireSums(t, n)
	withheld := n.Parts[0].Parts[0].Parts[0]
	require.Equal(t, "withheld", withheld.Code)
	require.Len(t, withheld.Parts, 2)
	first, second := withheld.Parts[0], withheld.Parts[1]
	require.EqualValues(t, 8_59, first.Amount)
	require.EqualValues(t, 42_95, second.Amount)
	require.EqualValues(t, 4295_00, second.Basis[0].Amount, "the base is the ceiling")
	require.Equal(t, "CO-1", first.Rule.ID)
	require.Equal(t, "Law 138-XIII", first.Rule.Numbers[0].Act)
	require.Equal(t, "859.00", first.Rule.Numbers[2].Value)
	require.Equal(t, settlement.Fact{Type: "individual_data.reported.v1", Position: 7, Receipt: "R",
		Document: 2, Version: 1}, first.Basis[1].Parts[1].Facts[0])
	employer := n.Parts[0].Parts[0].Parts[1]
	require.Equal(t, "CO-2", employer.Rule.ID)
	require.EqualValues(t, 5154_00, employer.Basis[0].Amount)

	n, err = b.Explain(law, "assessed", settlement.Scope{Month: january}, persons[:1])
	require.NoError(t, err)
	requireSums(t, n) // whom the accounts do not show is named as not explained
}

// Every code that stands in the source has its text.
func TestLabelsAreWhole(t *testing.T) {
	t.Parallel()
	labels, err := os.ReadFile("explain.json")
	require.NoError(t, err)
	for _, file := range []string{"explain.go", "explain_money.go", "explain_month.go",
		"explain_beside.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			name, isName := call.Fun.(*ast.Ident)
			code, isText := call.Args[0].(*ast.BasicLit)
			if isName && isText && (name.Name == "node" || name.Name == "leaf") {
				require.Contains(t, string(labels), code.Value+": {", file)
			}
			return true
		})
	}
	for _, figure := range settlement.Figures() {
		require.True(t, strings.Contains(string(labels), `"`+figure+`": {`), figure)
	}
}
