package control_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
)

func asWoman(d *document.Document) {
	r := d.Registration
	r.PersonalNo, r.Sex, r.BirthDate = woman, "Ж", day("2001-06-16")
	d.FilledOn = 0
}

// registrationCases are about the fields of a ПУ-1.
var registrationCases = []ruleCase{
	{"107 type and all else", func(_ *world, d *document.Document) {
		d.Type, d.Registration.Surname = "", ""
		d.Registration.Previous.Surname = "КУЛЁМИН"
	}, []string{"E SPF-107 /type:5 [] want [Р, И, В]",
		"E SPF-107 /registration/surname:5 [] want []"}, ""},
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
	}, []string{"W SPF-112 /registration/surname:5 [C••• (U+0043; 2–4)] want [С••• (U+0421)]"},
		control.Accepted},
	{"a Latin name is one", func(_ *world, d *document.Document) {
		d.Registration.Surname = "GREEN"
	}, nil, control.Accepted},
	{"113 correction", func(_ *world, d *document.Document) { d.Type = "К" },
		[]string{"E SPF-113 /type:5 [К] want [Р, И, В]"}, ""},
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
}

func TestRegistrationFields(t *testing.T) {
	t.Parallel()
	runCases(t, pu1, registrationCases)
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
