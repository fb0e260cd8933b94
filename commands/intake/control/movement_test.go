package control_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
)

func first(d *document.Document) *document.Movement { return &d.Movements[0] }

// hireCases are about ПУ-2 with a hire.
var hireCases = []ruleCase{
	{"107 no movements", func(_ *world, d *document.Document) {
		d.Movements, d.DeclaredMovements = nil, -1
	}, []string{"E SPF-107 /movements:5 [] want []"}, ""},
	{"303 count", func(_ *world, d *document.Document) { d.DeclaredMovements = 2 },
		[]string{"E SPF-303 /declared_movements:5 [2] want [1]"}, ""},
	{"107 dates", func(_ *world, d *document.Document) { first(d).HiredOn = 0 },
		[]string{"E SPF-107 /movements/0/hired_on:30 [] want []"}, ""},
	{"107 contract", func(_ *world, d *document.Document) { first(d).Contract = "" },
		[]string{"E SPF-107 /movements/0/contract:30 [] want []"}, ""},
	{"a civil contract has no dates", func(_ *world, d *document.Document) {
		first(d).HiredOn, first(d).Contract = 0, "03"
	}, nil, control.Accepted},
	{"older writers call it Р", func(_ *world, d *document.Document) { d.Type = "Р" },
		nil, control.Accepted},
	{"113 for a pension", func(_ *world, d *document.Document) { d.Type = "П" },
		[]string{"E SPF-113 /type:5 [П] want [И, К, О]"}, ""},
	{"208 contract", func(_ *world, d *document.Document) { first(d).Contract = "99" },
		[]string{"E SPF-208 /movements/0/contract:30 [99] want []"}, ""},
	{"213 future hire", func(w *world, d *document.Document) {
		first(d).HiredOn = day("2018-04-21")
	}, []string{"E SPF-213 /movements/0/hired_on:30 [2018-04-21] want [≤ 2018-04-20]"}, ""},
	{"501 unknown", func(_ *world, d *document.Document) { first(d).Insurance = stranger },
		[]string{"P SPF-501 /movements/0/insurance_no:30 [3••••••••••••2] want [ПУ-1 Р]"},
		control.Parked},
	{"507 hired twice", func(_ *world, d *document.Document) {
		first(d).Contract, first(d).ContractNo = "01", ""
	}, []string{"E SPF-507 /movements/0/hired_on:30 [2018-04-18] want [open since 2010-01-01]"}, ""},
	{"507 twice in one form", func(_ *world, d *document.Document) {
		d.Movements, d.DeclaredMovements = append(d.Movements, d.Movements[0]), 2
	}, []string{"E SPF-507 /movements/1/hired_on:31 [2018-04-18] want [open since 2018-04-18]"}, ""},
	{"hired again after the end", func(w *world, d *document.Document) {
		w.employment().EndedOn = day("2018-04-17")
		first(d).Contract, first(d).ContractNo = "01", ""
	}, nil, control.Accepted},
	{"703 late hire", func(w *world, d *document.Document) {
		first(d).HiredOn = day("2018-04-14")
	}, []string{"W SPF-703 /movements/0/hired_on:30 [2018-04-20] want [≤ 2018-04-19]"},
		control.Accepted},
	{"the fifth day is in time", func(w *world, d *document.Document) {
		first(d).HiredOn = day("2018-04-15")
	}, nil, control.Accepted},
	{"the fifth day is a Sunday", func(w *world, d *document.Document) {
		w.facts.Arrived = day("2018-04-16")
		first(d).HiredOn = day("2018-04-10")
	}, nil, control.Accepted},
	{"703 after the Monday", func(w *world, d *document.Document) {
		w.facts.Arrived = day("2018-04-17")
		first(d).HiredOn = day("2018-04-10")
	}, []string{"W SPF-703 /movements/0/hired_on:30 [2018-04-17] want [≤ 2018-04-16]"},
		control.Accepted},
	{"in time by its arrival", func(w *world, d *document.Document) {
		w.facts.Arrived = day("2018-04-19")
		first(d).HiredOn = day("2018-04-14")
	}, nil, control.Accepted},
	{"308 dismissed before the hire", func(_ *world, d *document.Document) {
		first(d).DismissedOn, first(d).Reason = day("2018-04-17"), "1.3"
	}, []string{"E SPF-308 /movements/0/dismissed_on:30 [2018-04-17] want [≥ 2018-04-18]",
		"W SPF-703 /movements/0/dismissed_on:30 [2018-04-20] want [≤ 2018-04-17]"}, ""},
}

// dismissalCases are about ПУ-2 with a dismissal.
var dismissalCases = []ruleCase{
	{"107 reason", func(_ *world, d *document.Document) { first(d).Reason = "" },
		[]string{"E SPF-107 /movements/0/reason:30 [] want []"}, ""},
	{"107 date of the reason", func(_ *world, d *document.Document) {
		first(d).HiredOn, first(d).DismissedOn = day("2018-04-18"), 0
		first(d).Contract = "02"
	}, []string{"E SPF-107 /movements/0/dismissed_on:30 [] want []"}, ""},
	{"216 reason", func(_ *world, d *document.Document) { first(d).Reason = "99" },
		[]string{"E SPF-216 /movements/0/reason:30 [99] want []"}, ""},
	{"703 the day after", func(w *world, d *document.Document) {
		first(d).DismissedOn = day("2018-04-19")
	}, []string{"W SPF-703 /movements/0/dismissed_on:30 [2018-04-20] want [≤ 2018-04-19]"},
		control.Accepted},
	{"406 nobody was hired", func(w *world, _ *document.Document) {
		w.employee().Employments = nil
	}, []string{"P SPF-406 /movements/0/dismissed_on:30 [2018-04-20] want [ПУ-2]"},
		control.Parked},
	{"507 dismissed already", func(w *world, _ *document.Document) {
		w.employment().EndedOn = day("2018-04-20")
	}, []string{"E SPF-507 /movements/0/dismissed_on:30 [2018-04-20] want []"}, ""},
	{"506 which of two", func(w *world, _ *document.Document) {
		p := w.employee()
		p.Employments = append(p.Employments, account.Employment{Payer: unp, Contract: "02",
			HiredOn: day("2015-01-01")})
	}, []string{"P SPF-506 /movements/0/dismissed_on:30 [2018-04-20] want []"},
		control.Parked},
	{"the contract code tells which", func(w *world, d *document.Document) {
		p := w.employee()
		p.Employments = append(p.Employments, account.Employment{Payer: unp, Contract: "02",
			HiredOn: day("2015-01-01")})
		first(d).Contract = "01"
	}, nil, control.Accepted},
	{"412 service after it", func(w *world, d *document.Document) {
		w.report(2018, "2", "800.00")
	}, []string{"E SPF-412 /movements/0/dismissed_on:30 [2018-04-20] want [≥ 2018-06-30]"}, ""},
}

func TestMovements(t *testing.T) {
	t.Parallel()
	runCases(t, pu2, hireCases)
	runCases(t, dismissal, dismissalCases)
}

func TestMatchesOfMovements(t *testing.T) {
	t.Parallel()
	match := func(w *world, d *document.Document) []control.Match {
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		require.Equal(t, control.Accepted, v.Outcome, "%v", show(v.Findings))
		for i := range v.Matches {
			require.Equal(t, personID(known), v.Matches[i].Person)
			v.Matches[i].Person = control.Match{}.Person
		}
		return v.Matches
	}
	require.Equal(t, []control.Match{{New: true, Movement: -1, Contract: "02"}},
		match(newWorld(t), pu2()))
	require.Equal(t, []control.Match{{Employment: employmentID, Movement: -1, Contract: "01"}},
		match(newWorld(t), dismissal()))

	both := pu2()
	both.Movements[0].DismissedOn, both.Movements[0].Reason = day("2018-04-20"), "1.3"
	require.Equal(t, []control.Match{{New: true, Movement: -1, Contract: "02"}},
		match(newWorld(t), both), "hired and dismissed in one movement")

	known := dismissal()
	known.Movements[0].HiredOn, known.Movements[0].Contract = day("2010-01-01"), "01"
	w := newWorld(t)
	w.facts.Arrived = day("2018-04-20")
	require.Equal(t, []control.Match{{Employment: employmentID, Movement: -1, Contract: "01"}},
		match(w, known), "the hire that is repeated beside the dismissal opens nothing")

	apart := pu2()
	end := apart.Movements[0]
	end.HiredOn, end.DismissedOn, end.Reason = 0, day("2018-04-20"), "1.3"
	apart.Movements, apart.DeclaredMovements = append(apart.Movements, end), 2
	require.Equal(t, []control.Match{{New: true, Movement: -1, Contract: "02"},
		{Movement: 0, Contract: "02"}}, match(newWorld(t), apart),
		"a hire and its dismissal in one form")

	civil := pu2()
	civil.Movements[0].Contract = "03"
	w = newWorld(t)
	*w.employment() = account.Employment{ID: employmentID, Payer: unp, Contract: "03",
		ContractNo: "17", Form: "ПУ-3"}
	require.Equal(t, []control.Match{{Employment: employmentID, Movement: -1, Contract: "03"}},
		match(w, civil), "a relationship that a ПУ-3 opened is not opened again")
}

// learned gives the employee relationships that only ПУ-3 has told of: one a category.
func (w *world) learned(categories ...string) {
	p := w.employee()
	p.Employments = nil
	for i, category := range categories {
		p.Employments = append(p.Employments, account.Employment{
			ID: uuid.UUID{15: byte(i + 1)}, Payer: unp, Contract: category, Form: "ПУ-3"})
	}
}

// TestHireCompletesWhatWasLearned goes through the categories whose code is not the
// contract's: ПУ-3 comes first, then the hire, then ПУ-3 of the next quarter.
func TestHireCompletesWhatWasLearned(t *testing.T) {
	t.Parallel()
	for category, contract := range map[string]string{"01": "02", "02": "04", "04": "01",
		"06": "03", "07": "01", "08": "02", "09": "01", "11": "03", "30": "02", "03": "03"} {
		for _, number := range []string{"", "17"} {
			w, d := newWorld(t), pu2()
			w.learned(category)
			first(d).Contract, first(d).ContractNo = contract, number
			v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
			require.Empty(t, show(v.Findings))
			require.Equal(t, []control.Match{{Person: personID(known), Movement: -1,
				Employment: uuid.UUID{15: 1}, Contract: contract}}, v.Matches,
				"category %s, contract %s", category, contract)

			// The recorder gives the relationship the movement's contract and dates.
			*w.employment() = account.Employment{ID: uuid.UUID{15: 1}, Payer: unp,
				Contract: contract, ContractNo: number, HiredOn: first(d).HiredOn, Form: "ПУ-2"}
			next := pu3()
			next.Data.Category = category
			next.Data.Service[0] = document.Service{
				From: first(d).HiredOn, To: day("2018-04-19")}
			v = w.engine(t).Document(&w.facts, newPack(next.Form), next)
			require.Len(t, v.Matches, 1, "%v", show(v.Findings))
			require.Equal(t, uuid.UUID{15: 1}, v.Matches[0].Employment)
		}
	}
}

// learnedCases are hires into relationships that only ПУ-3 has told of.
var learnedCases = []ruleCase{
	{"506 two fit", func(w *world, d *document.Document) {
		w.learned("02", "04")
		first(d).Contract = "04"
	}, []string{"P SPF-506 /movements/0/hired_on:30 [2018-04-18] want []"}, control.Parked},
	{"506 two fit a civil contract", func(w *world, d *document.Document) {
		w.learned("06", "11")
		first(d).HiredOn, first(d).Contract = 0, "03"
	}, []string{"P SPF-506 /movements/0/contract:30 [03] want []"}, control.Parked},
	{"507 hired already under this contract", func(w *world, d *document.Document) {
		w.learned("02", "04")
		w.employment().Contract, w.employment().Form = "04", "ПУ-2"
		w.employment().HiredOn = day("2018-04-10")
		first(d).Contract, first(d).ContractNo = "04", ""
	}, []string{"E SPF-507 /movements/0/hired_on:30 [2018-04-18] want " +
		"[open since 2018-04-10]"}, ""},
	{"507 completed by this form already", func(w *world, d *document.Document) {
		w.learned("02")
		d.Movements, d.DeclaredMovements = append(d.Movements, d.Movements[0]), 2
	}, []string{"E SPF-507 /movements/1/hired_on:31 [2018-04-18] want " +
		"[open since 2018-04-18]"}, ""},
}

// learnedEndCases are dismissals from them.
var learnedEndCases = []ruleCase{
	{"of another code", func(w *world, d *document.Document) {
		w.learned("02")
		first(d).Contract = "04"
	}, nil, control.Accepted},
	{"406 the contract does not fit", func(w *world, d *document.Document) {
		w.learned("03")
		first(d).Contract = "04"
	}, []string{"P SPF-406 /movements/0/dismissed_on:30 [2018-04-20] want [ПУ-2]"},
		control.Parked},
	{"506 two fit", func(w *world, d *document.Document) {
		w.learned("02", "04")
		first(d).Contract = "04"
	}, []string{"P SPF-506 /movements/0/dismissed_on:30 [2018-04-20] want []"}, control.Parked},
	{"the announced one is meant", func(w *world, d *document.Document) {
		w.learned("02", "04")
		w.employment().Contract, w.employment().Form = "04", "ПУ-2"
		first(d).Contract = "04"
	}, nil, control.Accepted},
	{"hired and dismissed at once", func(w *world, d *document.Document) {
		w.learned("02")
		first(d).HiredOn, first(d).Contract = day("2018-04-18"), "04"
	}, nil, control.Accepted},
}

func TestMovementsOfWhatWasLearned(t *testing.T) {
	t.Parallel()
	runCases(t, pu2, learnedCases)
	runCases(t, dismissal, learnedEndCases)
}

// TestWhatWasLearnedIsCompletedOnce has two movements of one form that could both be
// about a relationship learned from a ПУ-3.
func TestWhatWasLearnedIsCompletedOnce(t *testing.T) {
	t.Parallel()
	match := func(change func(a, b *document.Movement)) []control.Match {
		w, d := newWorld(t), pu2()
		w.learned("02")
		d.Movements, d.DeclaredMovements = append(d.Movements, d.Movements[0]), 2
		change(&d.Movements[0], &d.Movements[1])
		v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
		require.Equal(t, control.Accepted, v.Outcome, "%v", show(v.Findings))
		return v.Matches
	}
	person, id := personID(known), uuid.UUID{15: 1}
	require.Equal(t, []control.Match{
		{Person: person, Employment: id, Movement: -1, Contract: "02"},
		{Person: person, New: true, Movement: -1, Contract: "04"},
	}, match(func(_, b *document.Movement) { b.Contract, b.ContractNo = "04", "18" }),
		"a second hire is a relationship of its own")
	require.Equal(t, []control.Match{
		{Person: person, Employment: id, Movement: -1, Contract: "02"},
		{Person: person, Employment: id, Movement: -1, Contract: "02"},
	}, match(func(_, b *document.Movement) {
		b.HiredOn, b.DismissedOn, b.Reason = 0, day("2018-04-20"), "1.3"
	}), "the hire and its end")
	require.Equal(t, []control.Match{
		{Person: person, Employment: id, Movement: -1, Contract: "02"},
		{Person: person, New: true, Movement: -1, Contract: "02"},
	}, match(func(a, b *document.Movement) {
		a.DismissedOn, a.Reason = day("2018-04-18"), "1.3"
		b.HiredOn = day("2018-04-20")
	}), "hired again after the end")
}
