package control

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Rule is one control rule as the public catalogue shows it.
type Rule struct {
	Code string `json:"code"`
	// Severity is the rule's weight once it is enforced; a rule pack may give another.
	Severity Severity `json:"severity"`
	// Essential rules guard what cannot be recorded rightly otherwise: a rule pack must
	// have them, at their severity, from its first day.
	Essential bool `json:"essential"`
	// Personal rules speak of personal data: got and expected are masked.
	Personal bool `json:"personal"`
	// Message says what is wrong; "{field}" stands for the name of the field.
	Message Text    `json:"message"`
	Remedy  Text    `json:"remedy"`
	Basis   string  `json:"basis"`
	Example Example `json:"example"`
	// From is the day on which the rule begins in the pack that comes with the program; zero
	// for a rule that holds from the beginning.
	From period.Date `json:"from,omitzero"`
}

// Example shows a wrong value and the right one, of invented persons and payers.
type Example struct {
	Wrong string `json:"wrong"`
	Right string `json:"right"`
}

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// texts is the catalogue in memory, read once and never changed.
type texts struct {
	rules  []*Rule // by code
	byCode map[string]*Rule
	fields map[string]Text // field names by the last part of their pointer
	// repairs say what the readers mended, by the kind of repair.
	repairs map[string]Text
}

// loaded reads the embedded catalogue. A fault in it is one of the build, which the tests
// catch; so it panics.
var loaded = sync.OnceValue(func() *texts {
	t := &texts{byCode: map[string]*Rule{}}
	bases := map[string]string{}
	read("bases.json", &bases)
	read("fields.json", &t.fields)
	read("repairs.json", &t.repairs)
	entries, err := catalogueFiles.ReadDir("catalogue")
	if err != nil {
		panic(fmt.Sprintf("control: catalogue: %v", err))
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "spf-") {
			continue
		}
		var rules []*Rule
		read(e.Name(), &rules)
		for _, r := range rules {
			basis, ok := bases[r.Basis]
			if !ok {
				panic(fmt.Sprintf("control: catalogue: %s has the unknown basis %q",
					r.Code, r.Basis))
			}
			r.Basis = basis
			t.rules = append(t.rules, r)
			t.byCode[r.Code] = r
		}
	}
	slices.SortFunc(t.rules, func(a, b *Rule) int { return strings.Compare(a.Code, b.Code) })
	return t
})

func read(name string, to any) {
	data, err := catalogueFiles.ReadFile("catalogue/" + name)
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		panic(fmt.Sprintf("control: catalogue: %s: %v", name, err))
	}
}

// Catalogue gives all rules in the order of their codes.
func Catalogue() []Rule {
	all := loaded().rules
	rules := make([]Rule, len(all))
	for i, r := range all {
		rules[i] = *r
	}
	return rules
}

// DefaultPackVersion is the version of DefaultPack.
const DefaultPackVersion = "2026.1"

// DefaultPack is the rule pack that the program brings along: every rule of the
// catalogue, enforced since the format of individual reporting took effect, so that
// filings of any year can be checked; those that would surprise everybody begin later. A
// new rule enters a later pack with a warn-from and a later enforce-from date.
func DefaultPack() event.RulePackPublished {
	from := period.MustDate("2009-01-01")
	pack := event.RulePackPublished{Version: DefaultPackVersion, From: from}
	for _, r := range loaded().rules {
		pack.Rules = append(pack.Rules, event.RuleSeverity{
			Code: r.Code, Severity: string(r.Severity), WarnFrom: max(from, r.From),
			EnforceFrom: max(from, r.From),
		})
	}
	return pack
}

// message fills in the name of the field that a pointer leads to.
func (t *texts) message(m Text, pointer string) Text {
	if !strings.Contains(m.RU, fieldMark) {
		return m
	}
	name, ok := t.fields[lastPart(pointer)]
	if !ok {
		name = t.fields[""]
	}
	return Text{
		RU: strings.Replace(m.RU, fieldMark, name.RU, 1),
		BE: strings.Replace(m.BE, fieldMark, name.BE, 1),
		EN: strings.Replace(m.EN, fieldMark, name.EN, 1),
	}
}

// fieldMark is replaced in messages by the name of the field.
const fieldMark = "{field}"
