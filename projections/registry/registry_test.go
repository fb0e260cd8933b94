package registry_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/pgtest"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
	"github.com/stazh/stazh/projections/projectiontest"
	"github.com/stazh/stazh/projections/registry"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const unp = "100000001"

// people are surnames, names and patronymics; the number is the place in the list.
var people = [][3]string{
	{"ИВАНОВ", "ПЁТР", "СЕРГЕЕВИЧ"},
	{"ИВАНОВА", "АННА", "ПЕТРОВНА"},
	{"СОЛОВЬЁВ", "АРТЁМ", "ИГОРЕВИЧ"},
	{"ПЯТРОЎ", "АЛЕСЬ", "ЯЎГЕНАВІЧ"},
	{"ГРЫНЬКІВ", "МАР'ЯНА", ""},
	{"КОТ", "ЛЕВ", "ИЛЬИЧ"},
	{"МОРОЗ-ЗИМИНА", "ЗОЯ", "ИВАНОВНА"},
	{"ЛИ", "ЮН", ""},
	{"SMITH", "JOHN", ""},
	{"МАЙСЕЙ", "ЙОСИФ", "ПЕТРОВИЧ"},
}

func numberOf(i int) string { return fmt.Sprintf("30101%02dA001PB1", i) }

func registered(t *testing.T) (*projectiontest.History, *pgxpool.Pool, []ledger.PersonID) {
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	var ids []ledger.PersonID
	for i, p := range people {
		ids = append(ids, h.RegisterPerson(unp, event.PersonalData{InsuranceNo: numberOf(i),
			Surname: p[0], Name: p[1], Patronymic: p[2], Sex: "М",
			BirthDate: period.MustDate("1960-02-29").AddDays(i)}))
	}
	projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
	return h, pool, ids
}

func TestTolerantSearch(t *testing.T) {
	t.Parallel()
	_, pool, _ := registered(t)
	queries := registry.NewQueries(pool)
	for text, want := range map[string][]string{
		"ИВАНОВ":       {"ИВАНОВ", "ИВАНОВА", "МОРОЗ-ЗИМИНА"}, // last by ИВАНОВНА
		"иванов пётр":  {"ИВАНОВ", "ИВАНОВА"},
		"Иванов Петр":  {"ИВАНОВ", "ИВАНОВА"},
		"петр иванов":  {"ИВАНОВ", "ИВАНОВА"}, // any order
		"ванов":        {"ИВАНОВ"},            // the first letter left out
		"Ив Пет":       {"ИВАНОВ", "ИВАНОВА"},
		"Ив":           {"ИВАНОВ", "ИВАНОВА"},
		"Ива Пет":      {"ИВАНОВ", "ИВАНОВА"},
		"иванов п с":   {"ИВАНОВ"},   // initials
		"Соловьев":     {"СОЛОВЬЁВ"}, // ё and е
		"соловьёв":     {"СОЛОВЬЁВ"},
		"Соловеёв":     {"СОЛОВЬЁВ"}, // ь mistyped
		"Соловъев":     {"СОЛОВЬЁВ"},
		"ПЯТРОУ":       {"ПЯТРОЎ"}, // ў and у
		"пятроў алесь": {"ПЯТРОЎ"},
		"Пятроу Алесь Яугенавич": {"ПЯТРОЎ"},   // і and и
		"грынькив марьяна":       {"ГРЫНЬКІВ"}, // і and и, ь for the apostrophe: one letter
		"ГРЫНЬКІВ МАРЯНА":        {"ГРЫНЬКІВ"}, // apostrophe left out
		"Грынькiв Мар’яна":       {"ГРЫНЬКІВ"}, // Latin i, another apostrophe
		"KOT":                    {"КОТ"},      // Latin look-alikes
		"кит":                    {"КОТ"},      // one wrong letter of three
		"окт":                    {"КОТ"},      // two letters swapped
		"коот":                   {"КОТ"},      // one letter too many
		"мороз":                  {"МОРОЗ-ЗИМИНА"},
		"зимина зоя":             {"МОРОЗ-ЗИМИНА"}, // second half of a double name
		"Мороз Зимина":           {"МОРОЗ-ЗИМИНА"},
		"Ли":                     {"ЛИ"},
		"ЛИ Ю":                   {"ЛИ"},
		"smith":                  {"SMITH"},
		"JOHN SMIHT":             {"SMITH"},
		"Майсей":                 {"МАЙСЕЙ"},
		"Маи\u0306сей Йосиф":     {"МАЙСЕЙ"}, // й written in two characters
		"Иванофф":                nil,        // two letters wrong
		"Неизвестный":            nil,
	} {
		t.Run(text, func(t *testing.T) {
			page, err := queries.FindPersons(t.Context(), text, "", 0)
			require.NoError(t, err)
			var got []string
			for _, p := range page.Items {
				got = append(got, p.Surname)
			}
			require.ElementsMatch(t, want, got)
			if len(want) > 0 {
				require.Equal(t, want[0], got[0], "the best comes first")
			}
			require.EqualValues(t, len(people), page.Position)
		})
	}
	for _, text := range []string{"", "И", " - ", "а б"} {
		_, err := queries.FindPersons(t.Context(), text, "", 0)
		require.ErrorIs(t, err, registry.ErrSearch, text)
	}
}

// Every name is found with any one letter left out, changed, added or swapped.
func TestEveryTypoOfOneLetterIsFound(t *testing.T) {
	t.Parallel()
	_, pool, _ := registered(t)
	queries := registry.NewQueries(pool)
	find := func(text string) (surnames []string) {
		page, err := queries.FindPersons(t.Context(), text, "", 0)
		require.NoError(t, err, text)
		for _, p := range page.Items {
			surnames = append(surnames, p.Surname)
		}
		return surnames
	}
	for _, name := range []string{"ИВАНОВА", "КОТ", "СОЛОВЬЁВ"} {
		letters := []rune(name)
		for i := range letters {
			head, rest := string(letters[:i]), string(letters[i+1:])
			require.Contains(t, find(head+rest), name)
			require.Contains(t, find(head+"Щ"+rest), name)
			require.Contains(t, find(head+"Щ"+string(letters[i:])), name)
			if i > 0 {
				swapped := string(letters[:i-1]) + string([]rune{letters[i], letters[i-1]}) + rest
				require.Contains(t, find(swapped), name)
			}
		}
	}
}

func TestTheBestComeFirstInPages(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	for i, p := range [][2]string{
		{"ПЕТРОВ", "ИВАН"}, {"ИВАН", "ОЛЕГ"}, {"ИВАНОВ", "ОЛЕГ"}, {"ИБАН", "ОЛЕГ"},
		{"ИВАН", "ПАВЕЛ"}, {"ИВАНЮК", "ОЛЕГ"}, {"СИДОРОВ", "ИВАНКО"}, {"ДИВАН", "ОЛЕГ"},
	} {
		h.RegisterPerson(unp,
			event.PersonalData{InsuranceNo: numberOf(i), Surname: p[0], Name: p[1]})
	}
	projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
	queries := registry.NewQueries(pool)
	var got []string
	for cursor := ""; ; {
		page, err := queries.FindPersons(t.Context(), "иван", cursor, 3)
		require.NoError(t, err)
		for _, p := range page.Items {
			got = append(got, p.Surname+" "+p.Name)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
		require.NotContains(t, cursor, "ИВАН")
	}
	require.Len(t, got, 8)
	require.Equal(t, []string{"ИВАН ОЛЕГ", "ИВАН ПАВЕЛ", "ИВАНОВ ОЛЕГ", "ИВАНЮК ОЛЕГ"}, got[:4])
	require.ElementsMatch(t, []string{"ПЕТРОВ ИВАН", "СИДОРОВ ИВАНКО"}, got[4:6])
	require.ElementsMatch(t, []string{"ИБАН ОЛЕГ", "ДИВАН ОЛЕГ"}, got[6:])
}

func TestByNumberAndIdentifier(t *testing.T) {
	t.Parallel()
	h, pool, ids := registered(t)
	queries := registry.NewQueries(pool)
	// Spaces, small letters and Cyrillic letters of the same look are forgiven.
	for _, text := range []string{numberOf(2), "3010102 А001РВ1", "3010102a001pb1"} {
		p, position, err := queries.PersonByNumber(t.Context(), text)
		require.NoError(t, err)
		require.EqualValues(t, len(people), position)
		require.Equal(t, registry.Person{ID: ids[2], Known: true, InsuranceNo: numberOf(2),
			Surname: "СОЛОВЬЁВ", Name: "АРТЁМ", Patronymic: "ИГОРЕВИЧ", Sex: "М",
			BirthDate: period.MustDate("1960-03-02"), RegisteredAt: p.RegisteredAt}, p)
		require.Equal(t, 2025, p.RegisteredAt.Year())
	}
	page, err := queries.FindPersons(t.Context(), numberOf(5), "", 0)
	require.NoError(t, err)
	require.Equal(t, "КОТ", page.Items[0].Surname)
	page, err = queries.FindPersons(t.Context(), "3999999A001PB1", "", 0)
	require.NoError(t, err)
	require.Empty(t, page.Items)
	for _, text := range []string{"", "3999999A001PB1", "ИВАНОВ"} {
		_, _, err = queries.PersonByNumber(t.Context(), text)
		require.ErrorIs(t, err, projections.ErrNotFound)
	}
	list, _, err := queries.Persons(t.Context(), []ledger.PersonID{ids[3], ids[1], h.ID("none")})
	require.NoError(t, err)
	require.Len(t, list, 2)
}

// A change replaces the name; the registration keeps its time; a person whose key is
// destroyed before the projection reads keeps an empty row.
func TestChangeAndDestroyedKey(t *testing.T) {
	t.Parallel()
	h, pool, ids := registered(t)
	queries := registry.NewQueries(pool)
	before, _, err := queries.Persons(t.Context(), ids[:2])
	require.NoError(t, err)
	h.Append(ledger.PersonStream(ids[0]), &event.PersonalDataChanged{
		Personal: h.Seal(ids[0], event.PersonalData{InsuranceNo: numberOf(0), Surname: "ПТИЦЫН"})})
	h.Append(ledger.PersonStream(ids[1]), &event.PersonalDataChanged{
		Personal: h.Seal(ids[1], event.PersonalData{InsuranceNo: numberOf(1), Surname: "НЕТ"})})
	h.Vault.Destroy(ids[1])
	projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))

	changed, _, err := queries.PersonByNumber(t.Context(), numberOf(0))
	require.NoError(t, err)
	require.Equal(t, "ПТИЦЫН", changed.Surname)
	require.Contains(t, []any{before[0].RegisteredAt, before[1].RegisteredAt}, changed.RegisteredAt)
	page, err := queries.FindPersons(t.Context(), "Иванов Пётр", "", 0)
	require.NoError(t, err)
	require.Empty(t, page.Items)

	_, _, err = queries.PersonByNumber(t.Context(), numberOf(1))
	require.ErrorIs(t, err, projections.ErrNotFound)
	list, _, err := queries.Persons(t.Context(), ids[1:2])
	require.NoError(t, err)
	require.Equal(t, registry.Person{ID: ids[1], RegisteredAt: list[0].RegisteredAt}, list[0])
}

func TestPayers(t *testing.T) {
	t.Parallel()
	pool := projectiontest.Open(t, pgtest.DB(t))
	h := projectiontest.New(t)
	since := period.MustDate("2019-04-01")
	h.RegisterPayer("100000001", "101", `ОАО «Брестский электроламповый завод»`, since)
	h.RegisterPayer("200000002", "102", `ЧУП "Ромашка-2"`, since)
	h.RegisterPayer("300000003", "501", `ООО «Минский ламповый завод»`, since)
	h.Append(ledger.PayerStream("400000004"), &event.PayerDeregistered{On: since})
	h.Append(ledger.PayerStream("200000002"),
		&event.PayerDeregistered{On: period.MustDate("2026-01-31")})
	projectiontest.CatchUp(t, pool, h, registry.New(h.Keys))
	queries := registry.NewQueries(pool)
	p, position, err := queries.Payer(t.Context(), "200000002")
	require.NoError(t, err)
	require.EqualValues(t, 5, position)
	require.Equal(t, registry.Payer{UNP: "200000002", Name: `ЧУП "Ромашка-2"`,
		FundNo: "102000002", Office: "102", Kind: "employer", Since: since,
		DeregisteredOn: period.MustDate("2026-01-31")}, p)
	_, _, err = queries.Payer(t.Context(), "400000004")
	require.ErrorIs(t, err, projections.ErrNotFound)

	for name, x := range map[string]struct {
		filter registry.PayerFilter
		want   []string
	}{
		"all":          {registry.PayerFilter{}, []string{"100000001", "200000002", "300000003"}},
		"region":       {registry.PayerFilter{Region: "1"}, []string{"100000001", "200000002"}},
		"office":       {registry.PayerFilter{Office: "501"}, []string{"300000003"}},
		"word":         {registry.PayerFilter{Text: "завод"}, []string{"100000001", "300000003"}},
		"word, region": {registry.PayerFilter{Text: "завод", Region: "5"}, []string{"300000003"}},
		"typo":         {registry.PayerFilter{Text: "ромошка"}, []string{"200000002"}},
		"beginning":    {registry.PayerFilter{Text: "электро бре"}, []string{"100000001"}},
		"digit":        {registry.PayerFilter{Text: "Ромашка 2"}, []string{"200000002"}},
		"UNP":          {registry.PayerFilter{Text: "300000003"}, []string{"300000003"}},
		"fund number":  {registry.PayerFilter{Text: "102 000002"}, []string{"200000002"}},
		"none":         {registry.PayerFilter{Text: "колхоз"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for cursor := ""; ; {
				page, err := queries.FindPayers(t.Context(), x.filter, cursor, 1)
				require.NoError(t, err)
				for _, p := range page.Items {
					got = append(got, p.UNP)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			require.Equal(t, x.want, got)
		})
	}
}
