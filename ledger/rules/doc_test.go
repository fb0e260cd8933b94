package rules_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger/rules"
)

const rulesPage = "../../docs/rules.md"

// TestDocOfRules finds rules and fields that the page does not show as they are.
func TestDocOfRules(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	head, err := os.ReadFile("testdata/rules-head.md")
	require.NoError(t, err)
	b.Write(head)
	b.WriteString("| rule | gives | question | answer | rests on |\n|---|---|---|---|---|\n")
	used := map[string]bool{}
	for _, r := range rules.All() {
		fmt.Fprintf(&b, "| %s | %s (%s) | %s | %s | %s |\n", r.ID, r.Title.EN, r.Title.RU,
			fieldList(r.Inputs, used), fieldList(r.Outputs, used), r.Act)
	}
	b.WriteString("\n## Fields\n| field | meaning | по-русски |\n|---|---|---|\n")
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		term := rules.Term(name)
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, term.EN, term.RU)
	}
	b.WriteString("\n## Numbers of the law\nTheir values, days and acts: " +
		"`fixtures/law/parameters.json`, `stazh law show`.\n\n" +
		"| number | in formulas | meaning |\n|---|---|---|\n")
	for _, name := range rules.ParameterNames() {
		term := rules.ParameterTerm(name)
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", name, term, rules.Term(term).EN)
	}
	if *update {
		require.NoError(t, os.WriteFile(rulesPage, []byte(b.String()), 0o644))
	}
	page, err := os.ReadFile(rulesPage)
	require.NoError(t, err)
	require.Equal(t, b.String(), string(page), "run: go test ./ledger/rules -run Doc -update")
}

func fieldList(fields []rules.Field, used map[string]bool) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		used[f.Name] = true
		mark := ""
		if f.Optional || f.Absent {
			mark = "?"
		}
		form := string(f.Type)
		switch {
		case f.Type == rules.TypeEnum:
			form = strings.Join(f.Words, `\|`)
		case f.Type == rules.TypeList && f.Items[0].Name != "":
			form = "[{" + fieldList(f.Items, used) + "}]"
		case f.Type == rules.TypeList && f.Items[0].Type == rules.TypeEnum:
			form = "[" + strings.Join(f.Items[0].Words, `\|`) + "]"
		case f.Type == rules.TypeList:
			form = "[" + string(f.Items[0].Type) + "]"
		case f.Type == rules.TypeInt && f.Least > 0:
			form = fmt.Sprintf("%d–%d", f.Least, f.Most)
		}
		texts[i] = fmt.Sprintf("`%s`%s %s", f.Name, mark, form)
	}
	return strings.Join(texts, ", ")
}
