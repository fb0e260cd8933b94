package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

func asWoman(d *document.Document) {
	r := d.Registration
	r.PersonalNo, r.Sex, r.BirthDate = woman, "Ж", day("2001-06-16")
	d.FilledOn = 0
}

func TestRegistrationFields(t *testing.T) {
	t.Parallel()
	runCases(t, pu1, []ruleCase{
		{"107 citizen", func(_ *world, d *document.Document) {
			d.Registration.PersonalData = event.PersonalData{PersonalNo: stranger,
				Citizenship: "112", Patronymic: "О", Postcode: "1"}
		}, []string{"E SPF-107 /registration/surname:5 [] want []",
			"E SPF-107 /registration/name:5 [] want []",
			"E SPF-107 /registration/sex:5 [] want []",
			"E SPF-107 /registration/birth_date:5 [] want []",
			"E SPF-107 /registration/document_no:5 [] want []",
			"E SPF-107 /registration/document_series:5 [] want []"}, ""},
		{"107 citizen without personal number", func(_ *world, d *document.Document) {
			d.Registration.PersonalNo = ""
		}, []string{"E SPF-107 /registration/personal_no:5 [] want []"}, ""},
		{"a foreigner needs a country of birth and some number", func(_ *world, d *document.Document) {
			r := d.Registration
			r.Citizenship, r.PersonalNo, r.DocumentSeries, r.Patronymic = "643", "", "", ""
		}, []string{"E SPF-107 /registration/birth_country:5 [] want []",
			"E SPF-107 /registration/insurance_no:5 [] want []"}, ""},
		{"a foreigner with an insurance number", func(_ *world, d *document.Document) {
			r := d.Registration
			r.Citizenship, r.PersonalNo, r.DocumentSeries, r.Patronymic = "643", "", "", ""
			r.InsuranceNo, r.BirthCountry = stranger, "643"
		}, nil, control.Accepted},
		{"108 former names in a registration", func(_ *world, d *document.Document) {
			d.Registration.Previous = document.PreviousNames{Surname: "РЫБКИН",
				BirthDate: day("1988-10-04")}
		}, []string{"E SPF-108 /registration/previous/surname:5 [Р••••Н] want []",
			"E SPF-108 /registration/previous/birth_date:5 [1••••••••4] want []"}, ""},
		{"109 patronymic and postcode", func(_ *world, d *document.Document) {
			d.Registration.Patronymic, d.Registration.Postcode = "", ""
		}, []string{"W SPF-109 /registration/patronymic:5 [] want []",
			"W SPF-109 /registration/postcode:5 [] want []"}, control.Accepted},
		{"111 sex in Latin", func(_ *world, d *document.Document) { d.Registration.Sex = "M" },
			[]string{"E SPF-111 /registration/sex:5 [M (U+004D)] want [М, Ж]"}, ""},
		{"112 names", func(_ *world, d *document.Document) {
			d.Registration.Name, d.Registration.Patronymic = "ИЛЬ9", "0ЛЕГОВИЧ"
		}, []string{"W SPF-112 /registration/name:5 [•••9 (U+0039)] want [•••? (U+003F)]",
			"W SPF-112 /registration/patronymic:5 [0••••••• (U+0030)] want [О••••••• (U+041E)]"},
			control.Accepted},
		{"112 wholly Latin look-alikes", func(_ *world, d *document.Document) {
			d.Registration.Surname = "COBA"
		}, []string{"W SPF-112 /registration/surname:5 [COBA (U+0043)] want [СОВА (U+0421)]"},
			control.Accepted},
		{"a Latin name is one", func(_ *world, d *document.Document) {
			d.Registration.Surname = "GREEN"
		}, nil, control.Accepted},
		{"113 restoring", func(_ *world, d *document.Document) { d.Type = "В" },
			[]string{"E SPF-113 /type:5 [В] want [Р, И]"}, ""},
		{"204 personal number", func(_ *world, d *document.Document) {
			d.Registration.PersonalNo = "3041088A042PB"
		}, []string{"E SPF-204 /registration/personal_no:5 [3•••••••••••B] want [3DDMMYYA999PB9]"}, ""},
		{"205 personal number", func(_ *world, d *document.Document) {
			d.Registration.PersonalNo = "3041088A042PB3"
		}, []string{"E SPF-205 /registration/personal_no:5 [3] want [2]"}, ""},
		{"206 birth date and sex", func(_ *world, d *document.Document) {
			d.Registration.BirthDate, d.Registration.Sex = day("1988-04-10"), "Ж"
		}, []string{"E SPF-206 /registration/birth_date:5 [1••••••••0] want [1••••••••4]",
			"E SPF-206 /registration/sex:5 [Ж] want [М]"}, ""},
		{"213 birth and issue", func(w *world, d *document.Document) {
			d.Registration.DocumentDate = day("2018-05-06")
		}, []string{"E SPF-213 /registration/document_date:5 [2••••••••6] want [≤ 2018-04-20]"}, ""},
		{"214 too young", func(w *world, d *document.Document) {
			asWoman(d)
			w.facts.Today = day("2015-06-15") // the day before her 14th birthday
		}, []string{"W SPF-214 /registration/birth_date:5 [2••••••••6] want [14–100]"},
			control.Accepted},
		{"old enough", func(w *world, d *document.Document) {
			asWoman(d)
			w.facts.Today = day("2015-06-16")
		}, nil, control.Accepted},
		{"217 unusual letters", func(_ *world, d *document.Document) {
			no, err := control.PersonalNo("М", day("1988-10-04"), 'Z', 42, "PB")
			if err != nil {
				panic(err)
			}
			d.Registration.PersonalNo = no
		}, []string{"W SPF-217 /registration/personal_no:5 [Z] want []"}, control.Accepted},
		{"218 country", func(_ *world, d *document.Document) {
			d.Registration.Citizenship, d.Registration.BirthCountry = "999", "999"
		}, []string{"W SPF-218 /registration/citizenship:5 [999] want []"}, control.Accepted},
	})
}

func TestRegistrationIdentity(t *testing.T) {
	t.Parallel()
	asKnown := func(d *document.Document) {
		d.Registration.PersonalNo, d.Registration.BirthDate = known, day("1987-02-27")
		d.Registration.Surname = "КУЛЁМИН"
	}
	runCases(t, pu1, []ruleCase{
		{"508 registered already", func(_ *world, d *document.Document) { asKnown(d) },
			[]string{"W SPF-508 /registration/personal_no:5 [3••••••••••••2] want []"},
			control.Accepted},
		{"502 registered under another name", func(_ *world, d *document.Document) {
			asKnown(d)
			d.Registration.Surname = "РЫБКИН"
		}, []string{"E SPF-502 /registration/surname:5 [Р••••Н] want [К•••••Н]",
			"W SPF-508 /registration/personal_no:5 [3••••••••••••2] want []"}, ""},
		{"503 number of somebody else", func(_ *world, d *document.Document) {
			d.Registration.InsuranceNo = known
		}, []string{"E SPF-503 /registration/personal_no:5 [3••••••••••••2] want " +
			"[3••••••••••••2]"}, ""},
		{"505 two accounts", func(w *world, d *document.Document) {
			w.register(stranger, event.PersonalData{})
			d.Registration.InsuranceNo = known
		}, []string{"P SPF-505 /registration/personal_no:5 [3••••••••••••2] want []"},
			control.Parked},
	})
	runCases(t, change, []ruleCase{
		{"501 change of an unknown person", func(w *world, _ *document.Document) {
			delete(w.persons, personID(known))
		}, []string{"P SPF-501 /registration/insurance_no:5 [3••••••••••••2] want [ПУ-1 Р]"},
			control.Parked},
		{"107 change without insurance number", func(_ *world, d *document.Document) {
			d.Registration.InsuranceNo = ""
		}, []string{"E SPF-107 /registration/insurance_no:5 [] want []"}, ""},
		{"502 former surname", func(_ *world, d *document.Document) {
			d.Registration.Previous.Surname = "РЫБКИН"
		}, []string{"E SPF-502 /registration/previous/surname:5 [Р••••Н] want [К•••••Н]"}, ""},
		{"the new surname may differ", func(_ *world, d *document.Document) {
			d.Registration.Previous.Surname = ""
		}, nil, control.Accepted},
	})
	w, d := newWorld(t), pu1()
	asKnown(d)
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.True(t, v.Known)
	require.Equal(t, personID(known), v.Person)
	d = pu1()
	v = w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.False(t, v.Known)
	require.Equal(t, personID(stranger), v.Person)
}

func TestMovements(t *testing.T) {
	t.Parallel()
	first := func(d *document.Document) *document.Movement { return &d.Movements[0] }
	runCases(t, pu2, []ruleCase{
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
		{"113 correction", func(_ *world, d *document.Document) { d.Type = "О" },
			[]string{"E SPF-113 /type:5 [О] want [И]"}, ""},
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
		}, []string{"E SPF-507 /movements/0/hired_on:30 [2010-01-01] want []"}, ""},
		{"507 twice in one form", func(_ *world, d *document.Document) {
			d.Movements, d.DeclaredMovements = append(d.Movements, d.Movements[0]), 2
		}, []string{"E SPF-507 /movements/1/hired_on:31 [2018-04-18] want []"}, ""},
		{"hired again after the end", func(w *world, d *document.Document) {
			w.employment().EndedOn = day("2018-04-17")
			first(d).Contract, first(d).ContractNo = "01", ""
		}, nil, control.Accepted},
		{"703 late hire", func(w *world, d *document.Document) {
			first(d).HiredOn = day("2018-04-14")
		}, []string{"W SPF-703 /movements/0/hired_on:30 [2018-04-14] want [≤ 2018-04-19]"},
			control.Accepted},
		{"the fifth day is in time", func(w *world, d *document.Document) {
			first(d).HiredOn = day("2018-04-15")
		}, nil, control.Accepted},
		{"in time by its arrival", func(w *world, d *document.Document) {
			w.facts.Arrived = day("2018-04-19")
			first(d).HiredOn = day("2018-04-14")
		}, nil, control.Accepted},
		{"308 dismissed before the hire", func(_ *world, d *document.Document) {
			first(d).DismissedOn, first(d).Reason = day("2018-04-17"), "1.3"
		}, []string{"E SPF-308 /movements/0/dismissed_on:30 [2018-04-17] want [≥ 2018-04-18]",
			"W SPF-703 /movements/0/dismissed_on:30 [2018-04-17] want [≤ 2018-04-17]"}, ""},
	})
	runCases(t, dismissal, []ruleCase{
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
		}, []string{"W SPF-703 /movements/0/dismissed_on:30 [2018-04-19] want [≤ 2018-04-19]"},
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
	})
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

func TestPayments(t *testing.T) {
	t.Parallel()
	runCases(t, payment, []ruleCase{
		{"107 fields", func(_ *world, d *document.Document) {
			d.Payment = &document.Payment{Amount: rubles("1.00")}
		}, []string{"E SPF-107 /payment/bank_ref:5 [] want []",
			"E SPF-107 /payment/value_date:5 [] want []",
			"E SPF-107 /payment/payer_unp:5 [] want []"}, ""},
		{"201 UNP", func(_ *world, d *document.Document) { d.Payment.PayerUNP = "200988542" },
			[]string{"E SPF-201 /payment/payer_unp:5 [200988542] want [1]"}, ""},
		{"202 UNP", func(_ *world, d *document.Document) { d.Payment.PayerUNP = "900988542" },
			[]string{"E SPF-202 /payment/payer_unp:5 [900988542] want []"}, ""},
		{"801 unknown payer", func(_ *world, d *document.Document) { d.Payment.PayerUNP = "KE7810709" },
			[]string{"E SPF-801 /payment/payer_unp:5 [KE7810709] want []"}, ""},
		{"802 kind", func(_ *world, d *document.Document) { d.Payment.Kind = "fine" },
			[]string{"E SPF-802 /payment/kind:5 [fine] want [pension, social]"}, ""},
		{"a payment for both kinds", func(_ *world, d *document.Document) { d.Payment.Kind = "" },
			nil, control.Accepted},
		{"803 in the account", func(w *world, _ *document.Document) {
			w.payers[unp].Payments = []account.Payment{
				{PaymentReceived: event.PaymentReceived{BankRef: "BY18-000123"}}}
		}, []string{"E SPF-803 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"803 in the same file", func(w *world, _ *document.Document) { w.refs["BY18-000123"] = true },
			[]string{"E SPF-803 /payment/bank_ref:5 [BY18-000123] want []"}, ""},
		{"307 amount", func(_ *world, d *document.Document) { d.Payment.Amount = 0 },
			[]string{"E SPF-307 /payment/amount:5 [0.00] want [> 0.00]"}, ""},
		{"213 value date", func(_ *world, d *document.Document) {
			d.Payment.ValueDate = day("2018-04-21")
		}, []string{"E SPF-213 /payment/value_date:5 [2018-04-21] want [≤ 2018-04-20]"}, ""},
		{"an unread payer says no more", func(_ *world, d *document.Document) {
			d.Payment.PayerUNP = ""
			d.Faults = []document.Fault{{Code: "SPF-112", Pointer: "/payment/payer_unp",
				Got: "=A1", Place: document.Place{Cell: "B17", Sheet: "Лист1", Line: 17}}}
		}, []string{"E SPF-112 /payment/payer_unp:17 [=A1] want []"}, ""},
	})
}

func TestPack(t *testing.T) {
	t.Parallel()
	declared := func(p *document.Pack, n int, earnings string) {
		p.Declared = &document.PackTotals{Documents: n, Totals: &document.Totals{
			Earnings: rubles(earnings), Contributions: rubles("24.00"), Paid: rubles("24.00")}}
	}
	cases := map[string]struct {
		change func(*world, *document.Pack)
		want   []string
	}{
		"clean":  {func(*world, *document.Pack) {}, nil},
		"no UNP": {func(_ *world, p *document.Pack) { p.UNP = "" }, []string{"F SPF-107 /unp:5 [] want []"}},
		"201":    {func(_ *world, p *document.Pack) { p.UNP = "200988542" }, []string{"E SPF-201 /unp:5 [200988542] want [1]"}},
		"202":    {func(_ *world, p *document.Pack) { p.UNP = "2009" }, []string{"E SPF-202 /unp:5 [2009] want []"}},
		"look-alikes": {func(w *world, p *document.Pack) {
			w.facts.Payer, p.UNP = w.payers[otherUNP], "МА1953684"
			p.FundNo = ""
			p.Form = document.Payments
		}, nil},
		"007": {func(_ *world, p *document.Pack) { p.UNP = otherUNP }, []string{"F SPF-007 /unp:5 [MA1953684] want [200988541]"}},
		"007 payments by an employer": {func(_ *world, p *document.Pack) { p.Form = document.Payments },
			[]string{"F SPF-007 /form:5 [ПЛАТЕЖИ] want []"}},
		"012": {func(w *world, _ *document.Pack) { w.facts.Payer = account.NewPayer(unp) },
			[]string{"F SPF-012 /unp:5 [200988541] want []"}},
		"012 nobody": {func(w *world, _ *document.Pack) { w.facts.Payer = nil },
			[]string{"F SPF-012 /unp:5 [200988541] want []"}},
		"012 deregistered": {func(w *world, _ *document.Pack) { w.payers[unp].DeregisteredOn = day("2018-04-20") },
			[]string{"F SPF-012 /unp:5 [200988541] want [2018-04-20]"}},
		"deregistered from tomorrow": {func(w *world, _ *document.Pack) { w.payers[unp].DeregisteredOn = day("2018-04-21") }, nil},
		"013": {func(_ *world, p *document.Pack) { p.FundNo = "602000018" },
			[]string{"F SPF-013 /fund_no:5 [602000018] want [602000017]"}},
		"207": {func(_ *world, p *document.Pack) { p.FundNo = "600000018" },
			[]string{"E SPF-207 /fund_no:5 [600000018] want [602000017]"}},
		"declared": {func(_ *world, p *document.Pack) { declared(p, 1, "2400.00") }, nil},
		"105": {func(_ *world, p *document.Pack) { declared(p, 2, "4800.00") },
			[]string{"F SPF-105 /declared/documents:5 [2] want [1]"}},
		"105 nominal": {func(_ *world, p *document.Pack) { declared(p, 2, "0.00"); p.Declared.Nominal = true },
			[]string{"W SPF-105 /declared/documents:5 [2] want [1]"}},
		"302": {func(_ *world, p *document.Pack) { declared(p, 1, "2400.01") },
			[]string{"E SPF-302 /declared/totals/earnings:5 [2400.01] want [2400.00]"}},
		"302 nominal": {func(_ *world, p *document.Pack) {
			declared(p, 1, "0.00")
			p.Declared.Totals = &document.Totals{Contributions: rubles("24.00"), Paid: rubles("24.00")}
			p.Declared.Nominal = true
		}, []string{"W SPF-302 /declared/totals/earnings:5 [0.00] want [2400.00]"}},
		"701": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-05-15") },
			[]string{"I SPF-701 :5 [2018-05-15] want [≤ 2018-04-30]"}},
		"702 two working days": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-05-03") },
			[]string{"I SPF-702 :5 [2018-05-03] want [≤ 2018-04-30]"}},
		"in time": {func(w *world, _ *document.Pack) { w.facts.Arrived = day("2018-04-30") }, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := newWorld(t), newPack(document.PU3)
			var seen control.PackCounts
			seen.Count(pu3())
			c.change(w, p)
			want := c.want
			if want == nil {
				want = []string{}
			}
			require.Equal(t, want, show(w.engine(t).Pack(&w.facts, p, seen)))
		})
	}
}

func TestPackCounts(t *testing.T) {
	t.Parallel()
	w, p := newWorld(t), newPack(document.PU3)
	e := w.engine(t)
	p.Declared = &document.PackTotals{Documents: 1, Totals: &document.Totals{}}
	var broken control.PackCounts
	d := pu3()
	d.Faults = []document.Fault{{Code: "SPF-111", Pointer: "/individual_data/months/1/paid"}}
	broken.Count(d)
	require.Empty(t, e.Pack(&w.facts, p, broken), "sums that were not read cannot be compared")

	p.Declared.Totals = &document.Totals{Earnings: rubles("2400.00"),
		Contributions: rubles("24.00"), Paid: rubles("24.00")}
	var wrongHead control.PackCounts
	d = pu3()
	d.Data.Declared.Earnings = rubles("9.99") // SPF-301 of its own
	wrongHead.Count(d)
	require.Empty(t, e.Pack(&w.facts, p, wrongHead))

	var many control.PackCounts
	p.Declared = nil
	for range 201 {
		many.Count(pu3())
	}
	require.Equal(t, []string{"W SPF-106 :5 [201] want [≤ 200]"}, show(e.Pack(&w.facts, p, many)))
	p.Version = ""
	require.Empty(t, e.Pack(&w.facts, p, many), "only text packs have that limit")
}

func TestEndlessServiceIsChecked(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), pu3()
	d.Data.Service[0].From, d.Data.Service[0].To = day("0001-01-01"), period.MustDate("9999-12-31")
	v := w.engine(t).Document(&w.facts, newPack(d.Form), d)
	require.Equal(t, control.Rejected, v.Outcome)
}
