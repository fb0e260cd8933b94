package control_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
)

var update = flag.Bool("update", false, "write the tables of docs/controls.md anew")

const controlsPage = "../../../docs/controls.md"

// hundreds are the headings of the groups of rules, by the first digit of their number.
var hundreds = []string{"The file and who files it", "Structure and fields",
	"Numbers, codes and dates", "Sums and periods", "Hire, service and sums together", // 4
	"The person and the employment", "What was reported before", "Due dates", "Payments"}

// basesInEnglish are the acts of catalogue/bases.json by their keys.
var basesInEnglish = map[string]string{
	"format": "Instruction on the format of the documents of individual (personalised) " +
		"accounting, resolution of the Fund's board 10/2009 as amended",
	"fund4": "How the 4-фонд is filled in and filed: by the 20th of the month after the quarter",
	"note":  "Explanatory note to ПУ-3, resolution of the Fund's board 11/2023: columns 2 to 5",
	"electronic": "Filing of those documents in electronic form, resolution of the Fund's " +
		"board 2/2021",
	"unp": "Assignment of payer numbers, resolution of the Ministry of Taxes 127/2003",
	"personal": "How the personal number of a natural person is made (kind of number and " +
		"check digit)",
	"registry": "Rules of individual accounting: registration of payers and insured persons",
	"pu2": "Due date of ПУ-2: hire within five calendar days, dismissal on its day (from " +
		"1 April 2022)",
	"pu3": "Due date of ПУ-3: within the month after the quarter",
	"due": "Due dates of reports to the Fund, as they are set for each form",
	"delay": "Code of Administrative Offences, note to article 24.11: a delay of up to " +
		"three working days",
	"contributions": "Payment of compulsory contributions: rates, and the ceiling of five " +
		"average wages of the month before payment",
	"payments": "Accounting for payments of compulsory contributions",
	"ledger":   "The Fund's own accounting: records never change, a document counts once",
}

// The page lists the rules of the catalogue as they are.
func TestControlsOfTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(controlsPage)
	require.NoError(t, err)
	block := regexp.MustCompile(`(?s)(<!-- rules -->\n)(.*?)(<!-- end -->)`)
	at := block.FindStringSubmatchIndex(string(page))
	require.NotNil(t, at, "the page lacks the block of rules")
	want := string(page[:at[3]]) + rulesTables(t) + string(page[at[6]:])
	if *update {
		require.NoError(t, os.WriteFile(controlsPage, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(page),
		"run: go test ./commands/intake/control -run Documentation -update")
}

func rulesTables(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("catalogue/bases.json")
	require.NoError(t, err)
	var bases map[string]string
	require.NoError(t, json.Unmarshal(data, &bases))
	keyOf := map[string]string{}
	keys := make([]string, 0, len(bases))
	for key, text := range bases {
		require.NotEmpty(t, basesInEnglish[key], key)
		keyOf[text] = key
		keys = append(keys, key)
	}
	require.Len(t, basesInEnglish, len(bases))
	var b strings.Builder
	group := -1
	for _, r := range control.Catalogue() {
		if n := int(r.Code[len("SPF-")] - '0'); n != group {
			group = n
			fmt.Fprintf(&b, "\n### SPF-%d: %s\n", n, hundreds[n])
			b.WriteString("| code | severity | message | remedy | basis |\n|---|---|---|---|---|\n")
		}
		severity := string(r.Severity)
		if r.Essential {
			severity += " !"
		}
		if r.Personal {
			severity += " •"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Code, severity, r.Message.EN,
			r.Remedy.EN, keyOf[r.Basis])
	}
	slices.Sort(keys)
	b.WriteString("\n### Basis\n| word | act | as findings cite it |\n|---|---|---|\n")
	for _, key := range keys {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", key, basesInEnglish[key], bases[key])
	}
	return b.String()
}
