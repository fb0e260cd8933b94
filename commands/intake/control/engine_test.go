package control_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// raisedByOthers are the codes that readers and the pipeline around them raise.
var raisedByOthers = []string{"SPF-001", "SPF-002", "SPF-003", "SPF-008", "SPF-009", "SPF-010",
	"SPF-011", "SPF-101", "SPF-103", "SPF-104", "SPF-110", "SPF-114", "SPF-509",
	"SPF-401", "SPF-402", "SPF-403", "SPF-404", "SPF-407"}

func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	basis := map[string]bool{}
	last := ""
	for _, r := range control.Catalogue() {
		require.Regexp(t, `^SPF-[0-8]\d\d$`, r.Code)
		require.Greater(t, r.Code, last)
		last = r.Code
		require.Contains(t, "FEPWI", string(r.Severity))
		require.NotEmpty(t, r.Basis)
		basis[r.Basis] = true
		require.NotEmpty(t, r.Example.Wrong, r.Code)
		require.NotEmpty(t, r.Example.Right, r.Code)
		for _, text := range []control.Text{r.Message, r.Remedy} {
			for _, s := range []string{text.RU, text.BE, text.EN} {
				require.Greater(t, len(s), 15, r.Code)
				require.True(t, strings.HasSuffix(s, "."), "%s: %s", r.Code, s)
				require.True(t, unicode.IsUpper([]rune(s)[0]), "%s: %s", r.Code, s)
				require.LessOrEqual(t, strings.Count(s, "{field}"), 1)
			}
			require.NotEqual(t, text.RU, text.BE, r.Code)
			require.False(t, strings.ContainsAny(text.RU, "іўІЎ"), "%s: %s", r.Code, text.RU)
			// A capital И is a form's type.
			require.False(t, strings.ContainsAny(text.BE, "ищъЩЪ"), "%s: %s", r.Code, text.BE)
			require.Equal(t, strings.Contains(text.RU, "{field}"),
				strings.Contains(text.EN, "{field}"), r.Code)
			require.Equal(t, strings.Contains(text.RU, "{field}"),
				strings.Contains(text.BE, "{field}"), r.Code)
		}
	}
	require.Greater(t, len(basis), 5)
}

func TestEveryCodeOfTheSourcesIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, r := range control.Catalogue() {
		listed[r.Code] = true
	}
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, code := range regexp.MustCompile(`"(SPF-\d{3})"`).FindAllSubmatch(source, -1) {
			used[string(code[1])] = true
		}
	}
	for code := range used {
		require.True(t, listed[code], "%s is raised but has no texts", code)
	}
	for code := range listed {
		require.True(t, used[code] || slices.Contains(raisedByOthers, code),
			"%s has texts but nobody raises it", code)
	}
	for _, r := range control.DefaultPack().Rules {
		require.True(t, listed[r.Code])
	}
	require.Len(t, control.DefaultPack().Rules, len(listed))
}

func TestWarnFromAndEnforceFrom(t *testing.T) {
	t.Parallel()
	check := func(warn, enforce, today string) (control.Outcome, []string) {
		w, d := newWorld(t), pu3()
		for i := range w.pack.Rules {
			if r := &w.pack.Rules[i]; r.Code == "SPF-303" {
				r.WarnFrom, r.EnforceFrom = day(warn), day(enforce)
			}
		}
		w.facts.Today, d.Data.DeclaredMonths = day(today), 4
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		return v.Outcome, show(v.Findings)
	}
	const warn, enforce = "2018-05-01", "2018-06-01"
	finding := " SPF-303 /individual_data/declared_months:5 [4] want [3]"

	outcome, findings := check(warn, enforce, "2018-04-30")
	require.Equal(t, control.Accepted, outcome)
	require.Empty(t, findings)
	for _, today := range []string{"2018-05-01", "2018-05-31"} {
		outcome, findings = check(warn, enforce, today)
		require.Equal(t, control.Accepted, outcome)
		require.Equal(t, []string{"W" + finding}, findings)
	}
	outcome, findings = check(warn, enforce, "2018-06-01")
	require.Equal(t, control.Rejected, outcome)
	require.Equal(t, []string{"E" + finding}, findings)
}

func TestRulePacks(t *testing.T) {
	t.Parallel()
	change := func(f func(*event.RulePackPublished)) error {
		p := control.DefaultPack()
		f(&p)
		_, err := control.NewEngine(p)
		return err
	}
	without := func(code string) func(*event.RulePackPublished) {
		return func(p *event.RulePackPublished) {
			p.Rules = slices.DeleteFunc(p.Rules, func(r event.RuleSeverity) bool {
				return r.Code == code
			})
		}
	}
	require.NoError(t, change(func(*event.RulePackPublished) {}))
	require.NoError(t, change(without("SPF-303")))
	require.ErrorContains(t, change(without("SPF-501")), "SPF-501 must be in it")
	require.ErrorContains(t, change(func(p *event.RulePackPublished) {
		p.Rules = append(p.Rules, event.RuleSeverity{Code: "SPF-999", Severity: "E"})
	}), "SPF-999 is unknown")
	require.ErrorContains(t, change(func(p *event.RulePackPublished) {
		p.Rules = append(p.Rules, p.Rules[0])
	}), "listed twice")
	require.ErrorContains(t, change(func(p *event.RulePackPublished) {
		p.Rules[0].Severity = "X"
	}), `severity "X"`)
	require.ErrorContains(t, change(func(p *event.RulePackPublished) {
		i := slices.IndexFunc(p.Rules, func(r event.RuleSeverity) bool { return r.Code == "SPF-601" })
		p.Rules[i].EnforceFrom = day("2030-01-01")
	}), "SPF-601 must be in it with severity E")

	w, d := newWorld(t), pu3()
	without("SPF-303")(&w.pack)
	w.pack.Version = "2027.1"
	d.Data.DeclaredMonths, d.Data.Surname = 4, "РЫБКИН"
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, []string{"E SPF-502 /individual_data/surname:5 [Р••••Н] want [К•••••Н]"},
		show(v.Findings), "a rule that the pack lacks is off")
	require.Equal(t, "2027.1", v.Findings[0].RuleVersion)
	require.Equal(t, "2027.1", w.engine(t).Version())
}

func TestFaultsOfFilesAndOfThePipeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.engine(t)
	place := document.Place{Line: 3, File: "a.txt"}
	findings := e.File(w.facts.Today,
		document.Fault{Code: control.CodeArchive},
		document.Fault{Code: control.CodeSameFile, Got: "R-1"},
		document.Fault{Code: "SPF-102", Place: place, Got: "ДВИЖ", Expected: "ЗГЛВ"},
		document.Fault{Code: "SPF-102", Got: "КУЛЁМИН;ПЁТР"},
		document.Fault{Code: "SPF-302", Pointer: "/declared/totals/paid", Got: "10", Expected: "11"},
		document.Fault{Code: "SPF-999"})
	require.Equal(t, []string{"F SPF-001 :0 [] want []", "I SPF-011 :0 [R-1] want []",
		"F SPF-102 :3 [ДВИЖ] want [ЗГЛВ]", "F SPF-102 :0 [К•••••Н] want []",
		"F SPF-302 /declared/totals/paid:0 [10] want [11]", "F SPF-999 :0 [] want []"},
		show(findings))
	require.Equal(t, "a.txt", findings[2].File)
	require.NotEmpty(t, findings[5].Message.EN)
	require.Contains(t, findings[4].Message.EN, "“paid”")

	f, ok := e.Fault(w.facts.Today, 4, document.Fault{Code: control.CodeWaitExpired, Place: place})
	require.True(t, ok)
	require.Equal(t, control.Refuse, f.Severity)
	require.Equal(t, 4, f.Document)
	f, ok = e.Fault(w.facts.Today, 4, document.Fault{Code: control.CodeTooLarge})
	require.True(t, ok)
	require.Equal(t, control.Refuse, f.Severity, "one document does not refuse the file")
	_, ok = e.Fault(day("2001-01-01"), 4, document.Fault{Code: "SPF-303"})
	require.False(t, ok, "the pack is not in force yet")
}

func TestDocumentsWithoutSubstanceAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, form := range []document.Form{"", "ПУ-6", document.PU1, document.PU3, document.Payments} {
		d := &document.Document{No: 7, Form: form, Type: "И"}
		v := w.engine(t).Document(&w.facts, newPack(form), d)
		require.Equal(t, control.Rejected, v.Outcome, "%q", form)
		require.NotEmpty(t, v.Findings, "%q", form)
	}
	w.facts.Payer = nil
	for _, d := range []*document.Document{pu1(), pu2(), pu3()} {
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		require.Equal(t, control.Rejected, v.Outcome)
		require.Equal(t, "E SPF-012 :5 [] want []", show(v.Findings)[0])
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), pu3()
	d.Data.Months = nil
	for range 14 {
		d.Data.Months = append(d.Data.Months, document.Month{Number: 5})
	}
	d.Data.Declared, d.Data.DeclaredMonths, d.Data.Initial = nil, -1, "А"
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	groups := control.GroupFindings(v.Findings)
	require.Equal(t, "SPF-212", groups[0].Code)
	require.Equal(t, 14, groups[0].Count)
	require.Equal(t, 14, groups[0].Lines)
	require.Len(t, groups[0].First, 3)
	require.Equal(t, "14 lines: the month is outside the quarters that the document is about.",
		groups[0].Summary.EN)
	require.Equal(t, "14 строк: месяц не входит в кварталы, за которые подан документ.",
		groups[0].Summary.RU)
	require.True(t, strings.HasPrefix(groups[0].Summary.BE, "14 радкоў: "))
	at := slices.IndexFunc(groups, func(g control.Group) bool { return g.Code == "SPF-502" })
	require.Positive(t, at)
	last := groups[at]
	require.Equal(t, control.Warn, last.Severity)
	require.True(t, strings.HasPrefix(last.Summary.RU, "1 строка: "))
	require.Empty(t, control.GroupFindings(nil))
	for n, want := range map[int]string{1: "строка", 2: "строки", 5: "строк", 11: "строк",
		21: "строка", 22: "строки", 112: "строк"} {
		var many []control.Finding
		for i := range n {
			f := v.Findings[0]
			f.Line = i + 1
			many = append(many, f)
		}
		require.Contains(t, control.GroupFindings(many)[0].Summary.RU, " "+want+": ")
	}
}

// The canary: every personal value of the documents and of the account is unlike any
// other text, and none may be found in any finding.
func TestNoPersonalDataLeavesUnmasked(t *testing.T) {
	t.Parallel()
	canaries := []string{"КУЛЁМИН", "ПЁТР", "СЕРГЕЕВИЧ", "САДОВСКИЙ", "ИЛЬЯ", "ОЛЕГОВИЧ", "РЫБКИН",
		known, stranger, woman, "3041088A042PB", "1234567", "1988-10-04", "1988-04-10", "04/10/1988",
		"1987-02-27", "2013-05-06", "220004", "ЛЕСНАЯ", "2219-01-02", "CАДОВCКИЙ", "375291234567"}
	var findings []control.Finding
	for _, d := range []*document.Document{pu1(), change(), pu2(), dismissal(), pu3()} {
		for _, spoil := range spoilers {
			w, d := newWorld(t), clone(t, d)
			spoil(w, d)
			findings = append(findings,
				w.engine(t).Document(&w.facts, newPack(d.Form), d).Findings...)
		}
	}
	require.Greater(t, len(findings), 50)
	text, err := json.Marshal(findings)
	require.NoError(t, err)
	for _, c := range canaries {
		require.NotContains(t, string(text), c)
	}
}

// clone copies a document so that a spoiler cannot reach the next one.
func clone(t *testing.T, d *document.Document) *document.Document {
	t.Helper()
	data, err := json.Marshal(d)
	require.NoError(t, err)
	c := &document.Document{}
	require.NoError(t, json.Unmarshal(data, c))
	c.Locate = d.Locate
	return c
}

// names gives the places where a document names its person.
func namesOf(d *document.Document) *document.Names {
	switch {
	case d.Data != nil:
		return &d.Data.Names
	case len(d.Movements) > 0:
		return &d.Movements[0].Names
	}
	return &document.Names{}
}

var spoilers = []func(*world, *document.Document){
	func(w *world, d *document.Document) { w.facts.Today = day("2010-01-01") },
	func(w *world, d *document.Document) { delete(w.persons, personID(known)) },
	func(w *world, d *document.Document) { w.employee().Employments = nil },
	func(_ *world, d *document.Document) {
		namesOf(d).Surname, namesOf(d).Initial = "РЫБКИН", "Ы"
		if r := d.Registration; r != nil {
			r.Surname, r.Previous.Surname = "РЫБКИН", "РЫБКИН"
		}
	},
	func(_ *world, d *document.Document) {
		namesOf(d).Insurance = stranger[:13]
		if r := d.Registration; r != nil {
			r.PersonalNo, r.InsuranceNo = stranger[:13], stranger[:13]
		}
	},
	func(_ *world, d *document.Document) {
		if r := d.Registration; r != nil {
			r.PersonalNo, r.BirthDate, r.Sex = woman, day("1988-10-04"), "М"
			r.DocumentDate, r.Surname = day("2219-01-02"), "CАДОВCКИЙ"
		}
	},
	func(_ *world, d *document.Document) {
		if r := d.Registration; r != nil {
			r.InsuranceNo, r.PersonalNo = known, stranger
		}
	},
	func(_ *world, d *document.Document) {
		d.Phone = "375291234567"
		for _, f := range [][2]string{
			{"/registration/birth_date", "04/10/1988"}, {"/registration/address", "УЛ. ЛЕСНАЯ"},
			{"/registration/phone", d.Phone}, {"/phone", d.Phone}, {"", "КУЛЁМИН=ПЁТР"},
			{"/individual_data/surname", "КУЛЁМИН"}, {"/movements/0/insurance_no", known},
			{"/registration/document_no", "1234567"}, {"/registration/postcode", "220004"},
			{"/year", "САДОВСКИЙ"}, {"/individual_data/months/0/earnings", known},
			{"/registration/unknown_field", "ИЛЬЯ"}, {"/unread/0/value", "ОЛЕГОВИЧ"},
		} {
			for _, code := range []string{"SPF-102", "SPF-110", "SPF-111", "SPF-112"} {
				d.Faults = append(d.Faults, document.Fault{Code: code, Pointer: f[0], Got: f[1]})
			}
		}
	},
}

func BenchmarkCleanDocument(b *testing.B) {
	w, d := newWorld(b), pu3()
	w.report(2017, "1234", "800.00")
	e, p := w.engine(b), newPack(d.Form)
	id := personID(known)
	w.facts.PersonID = func(string) ledger.PersonID { return id } // the pseudonym is the caller's cost
	b.ReportAllocs()
	for b.Loop() {
		if v := e.Document(&w.facts, p, d); v.Outcome != control.Accepted {
			b.Fatal(show(v.Findings))
		}
	}
}
