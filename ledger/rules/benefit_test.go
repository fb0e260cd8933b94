package rules_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

// variation changes fields of a base question (null removes one) and says what the answer
// has in some of its fields, or which error comes: "code field".
type variation struct {
	change, want string
	err          string
}

// vary asks a rule the base question with each of the changes.
func vary(t *testing.T, id, base string, variations []variation) {
	t.Helper()
	law := recordedLaw(t)
	for _, v := range variations {
		question := fields(t, base)
		for name, value := range fields(t, "{"+v.change+"}") {
			if question[name] = value; value == nil {
				delete(question, name)
			}
		}
		input, err := json.Marshal(question)
		require.NoError(t, err)
		output, err := rules.Run(law, id, input)
		if v.err != "" {
			require.Error(t, err, "%s %s", id, v.change)
			refused := rules.AsError(err)
			require.Equal(t, v.err, refused.Code+" "+refused.Field, "%s %s", id, v.change)
			continue
		}
		require.NoError(t, err, "%s %s", id, v.change)
		got, want := fields(t, string(output)), fields(t, "{"+v.want+"}")
		maps.DeleteFunc(got, func(name string, _ any) bool {
			_, asked := want[name]
			return !asked
		})
		require.Equal(t, want, got, "%s %s", id, v.change)
	}
}

func fields(t *testing.T, object string) map[string]any {
	t.Helper()
	var f map[string]any
	require.NoError(t, json.Unmarshal([]byte(object), &f), object)
	return f
}

func TestOtherNumbersOfBenefitsAreDataOnly(t *testing.T) {
	t.Parallel()
	law := recordedLaw(t)
	for name, value := range map[string]string{
		"maternity_days": "130", "child_age_years": "19", "survivor_rate": "0.45",
		"unemployment_covered_first_rate": "0.90", "child_allowance_first_rate": "0.36",
	} {
		require.NoError(t, law.Publish(parameter(name, value, "2018-07-01", "")))
	}
	for _, c := range []struct{ id, before, after, field, old, now string }{
		{"MA-1", `{"kind":"birth","expected_birth_date":"2018-06-30"}`,
			`{"kind":"birth","expected_birth_date":"2018-07-01"}`, "days", `126`, `130`},
		{"FA-5", `{"child_birth_date":"2000-06-30","on_date":"2018-06-30"}`,
			`{"child_birth_date":"2000-07-01","on_date":"2018-07-01"}`, "eligible", `false`, `true`},
		{"SU-2", `{"last_covered_earnings":"1000.00","on_date":"2018-06-30",
			"survivors":[{"person_id":"a","full_orphan":false}]}`,
			`{"last_covered_earnings":"1000.00","on_date":"2018-07-01",
			"survivors":[{"person_id":"a","full_orphan":false}]}`, "amount", `"400.00"`, `"450.00"`},
		{"UN-2", `{"track":"covered","week":1,"on_date":"2018-06-30"}`,
			`{"track":"covered","week":1,"on_date":"2018-07-01"}`, "amount", `"24.50"`, `"22.05"`},
		{"FA-1", `{"child_birth_date":"2018-01-01","on_date":"2018-06-30","child_order":1,
			"child_disabled":false}`, `{"child_birth_date":"2018-01-01","on_date":"2018-07-01",
			"child_order":1,"child_disabled":false}`, "rate", `"0.35"`, `"0.36"`},
	} {
		for input, want := range map[string]string{c.before: c.old, c.after: c.now} {
			output, err := rules.Run(law, c.id, []byte(input))
			require.NoError(t, err, c.id)
			got, err := json.Marshal(fields(t, string(output))[c.field])
			require.NoError(t, err)
			require.Equal(t, want, string(got), "%s %s", c.id, input)
		}
	}
}
