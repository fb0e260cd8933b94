package api_test

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/api"
)

var update = flag.Bool("update", false, "write openapi.json and golden files anew")

// TestSpecIsCommitted finds a change of the interface that nobody meant.
func TestSpecIsCommitted(t *testing.T) {
	t.Parallel()
	made, err := api.Spec()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", made, 0o644))
	}
	committed, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.Equal(t, string(committed), string(made),
		"the description of the API changed: look at it, then run go test ./api -update")
}

type object = map[string]any

func spec(t *testing.T) object {
	t.Helper()
	made, err := api.Spec()
	require.NoError(t, err)
	var s object
	require.NoError(t, json.Unmarshal(made, &s))
	return s
}

// operations hands out every operation with its name.
func operations(t *testing.T, s object, each func(name string, op object)) {
	t.Helper()
	n := 0
	for path, item := range s["paths"].(object) {
		for method, op := range item.(object) {
			n++
			each(strings.ToUpper(method)+" "+path, op.(object))
		}
	}
	require.Greater(t, n, 25)
}

func TestSpecOperations(t *testing.T) {
	t.Parallel()
	s := spec(t)
	require.Equal(t, "3.1.0", s["openapi"])
	ids := map[string]bool{}
	operations(t, s, func(name string, op object) {
		id, _ := op["operationId"].(string)
		require.Regexp(t, "^[a-z]+[a-zA-Z]+$", id, name)
		require.False(t, ids[id], "%s: operationId twice", name)
		ids[id] = true
		for _, key := range []string{"summary", "description"} {
			require.NotEmpty(t, op[key], "%s has no %s", name, key)
		}
		require.Len(t, op["tags"], 1, name)
		require.NotEmpty(t, op["security"], name)
		for _, p := range list(op["parameters"]) {
			p := p.(object)
			require.NotEmpty(t, p["description"], "%s: parameter %s", name, p["name"])
			if p["in"] != "header" {
				require.Regexp(t, "^[a-z0-9_]+$", p["name"], name)
			}
		}
		if strings.HasPrefix(name, "POST") && !strings.HasSuffix(name, "search") &&
			!strings.HasSuffix(name, "checks") && !strings.HasSuffix(name, "previews") && id != "calculate" {
			i := slices.IndexFunc(list(op["parameters"]), func(p any) bool {
				return p.(object)["name"] == "Idempotency-Key"
			})
			require.GreaterOrEqual(t, i, 0, "%s takes no Idempotency-Key", name)
			require.Equal(t, id == "submitFiling",
				list(op["parameters"])[i].(object)["required"] == true, name)
		}
		responses := op["responses"].(object)
		require.Contains(t, responses, "500", name)
		require.Contains(t, responses, "401", name)
		ok := false
		for status, r := range responses {
			content := r.(object)["content"].(object)
			if status[0] == '2' {
				ok = true
				continue
			}
			require.Len(t, content, 1, "%s %s", name, status)
			problem := content["application/problem+json"].(object)
			require.Equal(t, object{"$ref": "#/components/schemas/Problem"}, problem["schema"],
				"%s %s", name, status)
		}
		require.True(t, ok, "%s describes no success", name)
	})
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// amountNames are properties that are sums of money.
var amountNames = regexp.MustCompile(`^(earnings|benefits|contributions|paid|assessed|` +
	`payments|base|insured|pension|social|total|arrears|not_due|overpayment|amount|rest|` +
	`unpaid|withheld|ceiling|for_pensions|for_social|own_pension|own_social|self_[a-z]+|` +
	`claimed|refunded|deferred|uncovered|penalty|penalty_(un)?paid)$`)

func TestSpecSchemas(t *testing.T) {
	t.Parallel()
	schemas := spec(t)["components"].(object)["schemas"].(object)
	require.NotContains(t, schemas, "ErrorModel")
	var missing []string
	for name, schema := range schemas {
		for property, p := range properties(schema.(object)) {
			where := name + "." + property
			require.NotEqual(t, "$schema", property, where)
			require.Regexp(t, "^[a-z0-9_]+$", property, where)
			if d, _ := p["description"].(string); d == "" {
				missing = append(missing, where)
			}
			if kinds, many := p["type"].([]any); many {
				require.NotContains(t, kinds, "null", "%s can be null", where)
			}
			if property == "self_employed" || p["$ref"] != nil ||
				p["type"] == "array" || p["type"] == "boolean" {
				continue
			}
			if amountNames.MatchString(property) {
				require.Equal(t, "string", p["type"], where)
				require.NotEmpty(t, p["pattern"], where)
			}
		}
	}
	slices.Sort(missing)
	require.Empty(t, missing, "describe these in glossary.json or with a doc tag")
}

func properties(schema object) map[string]object {
	all := map[string]object{}
	props, _ := schema["properties"].(object)
	for name, p := range props {
		all[name] = p.(object)
	}
	return all
}

// TestGlossaryIsUsed finds descriptions of properties that are gone.
func TestGlossaryIsUsed(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("glossary.json")
	require.NoError(t, err)
	var glossary map[string]string
	require.NoError(t, json.Unmarshal(data, &glossary))
	schemas := spec(t)["components"].(object)["schemas"].(object)
	used := map[string]bool{}
	for name, schema := range schemas {
		for property := range properties(schema.(object)) {
			used[property], used[name+"."+property] = true, true
		}
	}
	for key, text := range glossary {
		require.True(t, used[key], "glossary.json: %s is no property", key)
		require.True(t, strings.HasSuffix(text, "."), "glossary.json: %s ends without a stop", key)
	}
}
