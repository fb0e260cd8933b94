package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	runCases(t, pu3, []ruleCase{
		{"501 unknown person", func(_ *world, d *document.Document) { d.Data.Insurance = stranger },
			[]string{"P SPF-501 /individual_data/insurance_no:5 [3••••••••••••2] want [ПУ-1 Р]"},
			control.Parked},
		{"502 one letter", func(_ *world, d *document.Document) { d.Data.Surname = "КУЛЁМЕН" },
			[]string{"W SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"},
			control.Accepted},
		{"502 swapped letters", func(_ *world, d *document.Document) { d.Data.Surname = "КУЁЛМИН" },
			[]string{"W SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"},
			control.Accepted},
		{"Ё and Е are one", func(_ *world, d *document.Document) { d.Data.Surname = "КУЛЕМИН" },
			nil, control.Accepted},
		{"502 another surname", func(_ *world, d *document.Document) { d.Data.Surname = "РЫБКИН" },
			[]string{"E SPF-502 /individual_data/surname:5 [Р••••Н] want [К•••••Н]"}, ""},
		{"502 initial", func(_ *world, d *document.Document) { d.Data.Initial = "А" },
			[]string{"W SPF-502 /individual_data/initial:5 [•] want [П••Р]"}, control.Accepted},
		{"502 letter and initial", func(_ *world, d *document.Document) {
			d.Data.Surname, d.Data.Initial2 = "КУЛЁМЕН", "А"
		}, []string{"E SPF-502 /individual_data/surname:5 [К•••••Н] want [К•••••Н]"}, ""},
		{"406 employee without hire", func(w *world, _ *document.Document) {
			w.employee().Employments = nil
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"406 another payer's employee", func(w *world, _ *document.Document) {
			w.employment().Payer = otherUNP
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"406 hired later", func(w *world, _ *document.Document) {
			w.employment().HiredOn = day("2018-04-01")
		}, []string{"P SPF-406 /individual_data/insurance_no:5 [] want [ПУ-2]"}, control.Parked},
		{"413 civil contract only warns", func(_ *world, d *document.Document) {
			d.Data.Category, d.Data.ContractNo, d.Data.ContractDate = "03", "17", day("2018-01-01")
		}, []string{"W SPF-413 /individual_data/category:5 [03] want [ПУ-2]"}, control.Accepted},
		{"no hire is needed of a sole proprietor", func(_ *world, d *document.Document) {
			d.Data.Category = "10"
		}, nil, control.Accepted},
		{"506 two employments", func(w *world, _ *document.Document) {
			p := w.employee()
			p.Employments = append(p.Employments, account.Employment{Payer: unp, Contract: "02",
				HiredOn: day("2015-01-01"), Form: "ПУ-2"})
		}, []string{"P SPF-506 /individual_data/contract_no:5 [] want []"}, control.Parked},
	})
}

func TestParkedDocumentSaysWhomItAwaits(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), pu3()
	w.facts.Arrived = day("2018-04-17")
	d.Data.Insurance = stranger
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Parked, v.Outcome)
	require.Equal(t, "SPF-501", v.Awaits)
	require.Equal(t, day("2018-04-27"), v.Until, "ten days from the arrival, not from today")
	require.Equal(t, personID(stranger), v.Person)
	require.Contains(t, v.Persons, personID(stranger))

	d.Year, d.Data.Category = 0, ""
	v = w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Rejected, v.Outcome, "an error outweighs the waiting")
	require.Empty(t, v.Awaits)
	require.Empty(t, v.Persons)
	require.Zero(t, v.Until)
}

func TestMatchOfIndividualData(t *testing.T) {
	t.Parallel()
	second := account.Employment{ID: personID("second"), Payer: unp, Contract: "02",
		ContractNo: "17", HiredOn: day("2018-03-01"), Form: "ПУ-2"}
	cases := map[string]struct {
		change func(*world, *document.Document)
		want   control.Match
	}{
		"the only one": {func(*world, *document.Document) {},
			control.Match{Employment: employmentID, Contract: "01"}},
		"covers all days": {func(w *world, _ *document.Document) {
			w.employee().Employments = append(w.employee().Employments, second)
		}, control.Match{Employment: employmentID, Contract: "01"}},
		"contract number decides": {func(w *world, d *document.Document) {
			w.employee().Employments = append(w.employee().Employments, second)
			d.Data.ContractNo = "17"
		}, control.Match{Employment: second.ID, Contract: "02"}},
		"paid after the dismissal": {func(w *world, d *document.Document) {
			w.employment().EndedOn = day("2017-12-29")
			addService(d)
		}, control.Match{Employment: employmentID, Contract: "01"}},
		"civil contract opens": {func(_ *world, d *document.Document) {
			d.Data.Category, d.Data.ContractNo, d.Data.ContractDate = "03", "5", day("2018-01-01")
		}, control.Match{New: true, Contract: "03"}},
		"learned from a ПУ-3": {func(w *world, d *document.Document) {
			*w.employment() = account.Employment{ID: employmentID, Payer: unp, Contract: "10",
				Form: "ПУ-3"}
			d.Data.Category = "10"
		}, control.Match{Employment: employmentID, Contract: "10"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, d := newWorld(t), pu3()
			c.change(w, d)
			v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
			require.Equal(t, control.Accepted, v.Outcome, "%v", show(v.Findings))
			c.want.Person, c.want.Movement = personID(known), -1
			require.Equal(t, []control.Match{c.want}, v.Matches)
		})
	}
}
