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
