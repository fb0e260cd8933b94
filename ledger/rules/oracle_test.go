package rules_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// drawQuestion makes a question of a rule from its description. Dates lie around those
// that the law has numbers for, and birth dates around the ages that matter.
func drawQuestion(t *rapid.T, r rules.Rule) map[string]any {
	question := map[string]any{}
	for _, f := range r.Inputs {
		if f.Optional && rapid.Bool().Draw(t, f.Name+" is absent") {
			continue
		}
		question[f.Name] = drawValue(t, f, f.Name)
	}
	return question
}

func drawValue(t *rapid.T, f rules.Field, name string) any {
	switch f.Type {
	case rules.TypeAmount:
		most := rapid.SampledFrom([]int64{100, 100_000, 1_000_000, int64(money.Max)}).Draw(t, "scale")
		return money.Amount(rapid.Int64Range(0, most).Draw(t, name)).String()
	case rules.TypeRate:
		return money.Rate(rapid.Int64Range(0, 150_000_000).Draw(t, name)).String()
	case rules.TypeDate:
		return drawDate(t, name).String()
	case rules.TypeMonth:
		return rapid.SampledFrom([]string{"2017-09", "2018-02", "2018-06", "2018-07"}).Draw(t, name)
	case rules.TypeInt:
		return rapid.IntRange(f.Least, min(f.Most, f.Least+30)).Draw(t, name)
	case rules.TypeBool:
		return rapid.Bool().Draw(t, name)
	case rules.TypeEnum:
		return rapid.SampledFrom(f.Words).Draw(t, name)
	case rules.TypeCoverage:
		return map[string]int{"years": rapid.IntRange(0, 50).Draw(t, name),
			"months": rapid.IntRange(0, 11).Draw(t, "m"), "days": rapid.IntRange(0, 29).Draw(t, "d")}
	case rules.TypeList:
		list := make([]any, rapid.IntRange(1, 4).Draw(t, name))
		for i := range list {
			list[i] = drawItem(t, f, i)
		}
		return list
	case rules.TypeText:
		return rapid.StringMatching("[a-z]{12}").Draw(t, name)
	case rules.TypeAge:
	}
	panic("no question has the type " + string(f.Type))
}

func drawItem(t *rapid.T, f rules.Field, i int) any {
	at := fmt.Sprintf("%s[%d]", f.Name, i)
	if f.Items[0].Name == "" {
		return drawValue(t, f.Items[0], at)
	}
	item := map[string]any{}
	for _, field := range f.Items {
		item[field.Name] = drawValue(t, field, at+"."+field.Name)
	}
	return item
}

func drawDate(t *rapid.T, name string) period.Date {
	from, to := "2018-01-01", "2018-10-31"
	switch {
	case strings.HasPrefix(name, "child_birth_date"):
		from, to = "1998-01-01", "2018-01-01"
	case strings.Contains(name, "birth_date"):
		from, to = "1932-01-01", "2018-01-01"
	}
	first, last := period.MustDate(from), period.MustDate(to)
	return first.AddDays(rapid.IntRange(0, first.DaysUntil(last)).Draw(t, name))
}

// answered asks a drawn question; ok is false where the rule refuses it.
func answered(t *rapid.T, law *rules.Law, r rules.Rule) (input []byte, a answer, ok bool) {
	input, err := json.Marshal(drawQuestion(t, r))
	require.NoError(t, err)
	output, err := rules.Run(law, r.ID, input)
	if err != nil {
		require.Contains(t, codes, rules.AsError(err).Code)
		return input, a, false
	}
	require.NoError(t, json.Unmarshal(output, &a.fields))
	require.NoError(t, json.Unmarshal(output, &a))
	return input, a, true
}

type answer struct {
	Steps []struct {
		Step, Formula, Value, Act string
		Label                     rules.Text
		Inputs                    map[string]string
	}
	fields map[string]any
}

// TestFormulasGiveTheirValues computes every formula of every explanation anew, with
// rationals, from the values that it shows beside it. So the arithmetic is exact, and an
// explanation says what was really computed.
func TestFormulasGiveTheirValues(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			computed := map[string]bool{}
			// The example reaches the amount; drawn questions may all be refused.
			var a answer
			require.NoError(t, json.Unmarshal(exampleOf(t, r.ID).Output, &a))
			computeAnew(t, a, computed)
			rapid.Check(t, func(t *rapid.T) {
				if _, a, ok := answered(t, law, r); ok {
					computeAnew(t, a, computed)
				}
			})
			for _, f := range r.Outputs {
				if f.Type == rules.TypeAmount && f.Name == "amount" {
					require.True(t, computed[f.Name], "no formula gives %s", f.Name)
				}
			}
		})
	}
}

// computeAnew evaluates the formulas of an answer and notes which steps have one.
func computeAnew(t require.TestingT, a answer, computed map[string]bool) {
	for _, s := range a.Steps {
		name, _, _ := strings.Cut(s.Step, " ")
		want, err := evaluate(s.Formula, s.Inputs)
		if err != nil {
			sums := strings.Contains(s.Formula, "Σ") // over the items of a list
			require.True(t, sums || !strings.HasPrefix(s.Formula, "round("), s.Step)
			continue
		}
		computed[name] = true
		require.Zero(t, want.Cmp(valueOf(s.Value)), "%s: %s and not %s with %v",
			s.Step, s.Value, want, s.Inputs)
	}
}

// valueOf is the number of a step's value; a length counts in months.
func valueOf(text string) *big.Rat {
	if strings.HasSuffix(text, "d") {
		return months(text)
	}
	return number(text)
}

func TestMassRunsAndExplanationsAgree(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				input, explained, ok := answered(t, law, r)
				plain, err := rules.Answer(law, r.ID, input, rules.Brief)
				require.Equal(t, ok, err == nil)
				if !ok {
					return
				}
				var fields map[string]any
				require.NoError(t, json.Unmarshal(plain, &fields))
				for _, other := range []string{"parameters_used", "steps"} {
					require.Contains(t, explained.fields, other)
					delete(explained.fields, other)
				}
				require.Equal(t, explained.fields, fields)
			})
		})
	}
}

func TestEveryNameIsExplainedInThreeLanguages(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	known := func(name string) {
		term := rules.Term(name)
		for _, text := range []string{term.RU, term.BE, term.EN} {
			require.NotEmpty(t, text, name)
			require.NotEqual(t, name, text, "no entry in the glossary")
		}
		require.NotEqual(t, term.RU, term.EN)
	}
	var fields func(list []rules.Field)
	fields = func(list []rules.Field) {
		for _, f := range list {
			if f.Name != "" && f.Name != "amount" && f.Name != "rate" {
				require.NotEqual(t, rules.Text{RU: f.Name, BE: f.Name, EN: f.Name}, f.Doc(), f.Name)
			}
			fields(f.Items)
		}
	}
	for _, r := range rules.All() {
		fields(r.Inputs)
		fields(r.Outputs)
		require.NotEmpty(t, r.Act)
		require.NotEqual(t, r.Title.RU, r.Title.EN)
		output, err := rules.Run(law, r.ID, exampleOf(t, r.ID).Input)
		require.NoError(t, err)
		var a answer
		require.NoError(t, json.Unmarshal(output, &a))
		require.NotEmpty(t, a.Steps, r.ID)
		for _, s := range a.Steps {
			name, _, _ := strings.Cut(s.Step, " ")
			require.NotEqual(t, rules.Text{RU: name, BE: name, EN: name}, s.Label, name)
			require.NotEmpty(t, s.Act, "%s: %s", r.ID, s.Step)
		}
	}
	for _, name := range rules.ParameterNames() {
		known(rules.ParameterTerm(name))
	}
}
