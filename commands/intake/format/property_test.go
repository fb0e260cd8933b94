package format_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Generators of contents that every format can hold: upper-case texts in letters of all
// three encodings, no blanks at the ends.
var (
	genText   = rapid.StringMatching(`([А-ЯЁЎA-Z0-9]([А-ЯЁЎA-Z0-9 .;,"№/-]{0,8}[А-ЯЁЎA-Z0-9."])?)?`)
	genCode   = rapid.StringMatching(`([0-9]{2})?`)
	genNumber = rapid.StringMatching(`([1-7][0-9]{6}[ABCEHKM][0-9]{3}(PB)[0-9])?`)
	genPhone  = rapid.StringMatching(`(\+?[1-9][0-9]{5,9})?`)
	genDate   = rapid.Custom(func(t *rapid.T) period.Date {
		if rapid.Bool().Draw(t, "blank") {
			return 0
		}
		return period.MustDate("1905-03-01").AddDays(rapid.IntRange(0, 60_000).Draw(t, "day"))
	})
	genAmount = rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount(rapid.OneOf(
			rapid.Int64Range(-100_000, 100_000),
			rapid.Int64Range(-int64(money.Max), int64(money.Max)),
			rapid.Just(int64(0)),
		).Draw(t, "kopecks"))
	})
)

func genTotals(t *rapid.T) document.Totals {
	a := func(name string) money.Amount { return genAmount.Draw(t, name) }
	return document.Totals{
		Earnings: a("earnings"), Benefits: a("benefits"), Contributions: a("contr"), Paid: a("paid"),
	}
}

func genNames(t *rapid.T) document.Names {
	return document.Names{
		Surname: genText.Draw(t, "surname"), Initial: genText.Draw(t, "initial"),
		Initial2: genText.Draw(t, "initial2"), Insurance: genNumber.Draw(t, "insurance"),
	}
}

func genDocument(t *rapid.T, p *document.Pack) *document.Document {
	text := func(name string) string { return genText.Draw(t, name) }
	date := func(name string) period.Date { return genDate.Draw(t, name) }
	d := &document.Document{
		Form: p.Form, FundNo: p.FundNo, FilledOn: date("filled"),
		Type: rapid.SampledFrom([]string{"И", "К", "О", "П", "В"}).Draw(t, "type"),
	}
	if p.Form != document.PU1 && p.Form != document.Payments {
		d.Phone = genPhone.Draw(t, "phone")
		d.Year = rapid.IntRange(2017, 2030).Draw(t, "year")
		d.Quarters = rapid.SampledFrom([]string{"", "1", "12", "234"}).Draw(t, "quarters")
	}
	count := func(name string) int { return rapid.IntRange(-1, 20).Draw(t, name) }
	switch p.Form {
	case document.PU1:
		d.Registration = genRegistration(t)
	case document.PU2:
		d.DeclaredMovements = count("movements")
		d.Movements = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) document.Movement {
			m := document.Movement{
				Names: genNames(t), HiredOn: genDate.Draw(t, "hired"),
				Contract: genCode.Draw(t, "contract"), DismissedOn: genDate.Draw(t, "dismissed"),
				Reason: genText.Draw(t, "reason"),
			}
			m.Surname = "П" + m.Surname
			return m
		}), 1, 4).Draw(t, "movements")
	case document.PU3:
		d.Data = genData(t)
		d.Data.DeclaredMonths, d.Data.DeclaredService = count("months"), count("service")
	case document.PU6:
		d.Data = genOccupational(t)
		d.Data.DeclaredMonths, d.Data.DeclaredService = count("months"), count("service")
	case document.Payments:
		d.FundNo = ""
		d.Payment = &document.Payment{
			BankRef: "A-" + genNumber.Draw(t, "ref"), PayerUNP: genNumber.Draw(t, "unp"),
			ValueDate: date("value"), BookedOn: date("booked"), Amount: genAmount.Draw(t, "amount"),
			Kind:    rapid.SampledFrom([]string{"", "pension", "social"}).Draw(t, "kind"),
			Purpose: text("purpose"),
		}
		if rapid.Bool().Draw(t, "month given") {
			d.Payment.Month = period.MustMonth("2018-03").Add(rapid.IntRange(0, 99).Draw(t, "month"))
		}
	}
	return d
}

func genRegistration(t *rapid.T) *document.Registration {
	text := func(name string) string { return genText.Draw(t, name) }
	return &document.Registration{
		PersonalData: document.PersonalData{
			InsuranceNo: genNumber.Draw(t, "insurance"), PersonalNo: genNumber.Draw(t, "personal"),
			Surname: "И" + text("surname"), Name: text("name"), Patronymic: text("patronymic"),
			Sex: text("sex"), Citizenship: rapid.StringMatching(`([0-9]{3})?`).Draw(t, "citizenship"),
			BirthDate: genDate.Draw(t, "birth"), BirthSettlement: text("settlement"),
			BirthDistrict: text("district"), BirthRegion: text("region"), BirthCountry: text("country"),
			DocumentSeries: text("series"), DocumentNo: text("no"),
			DocumentDate: genDate.Draw(t, "issued"), DocumentIssuer: text("issuer"),
			Postcode: text("postcode"), Address: text("address"),
			Phone: genPhone.Draw(t, "phone"), Phone2: genPhone.Draw(t, "phone2"),
		},
		Previous: document.PreviousNames{
			Surname: text("p surname"), Name: text("p name"), Patronymic: text("p patronymic"),
			BirthDate: genDate.Draw(t, "p birth"),
		},
	}
}

func genData(t *rapid.T) *document.IndividualData {
	d := &document.IndividualData{
		Names: genNames(t), Category: genCode.Draw(t, "category"),
		ContractNo: genText.Draw(t, "contract"), ContractDate: genDate.Draw(t, "contract date"),
	}
	if rapid.Bool().Draw(t, "declared") {
		sums := genTotals(t)
		d.Declared = &sums
	}
	d.Months = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) document.Month {
		return document.Month{
			Number: rapid.IntRange(1, 12).Draw(t, "number"), Totals: genTotals(t),
			Tariff: genText.Draw(t, "tariff"),
		}
	}), 0, 12).Draw(t, "months")
	d.Service = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) document.Service {
		return document.Service{
			From: period.MustDate("2018-01-01").AddDays(rapid.IntRange(0, 999).Draw(t, "from")),
			To:   genDate.Draw(t, "to"), Occupation: genText.Draw(t, "occupation"),
			Activity: genText.Draw(t, "activity"), Indicator1: genText.Draw(t, "indicator1"),
			Indicator2: genText.Draw(t, "indicator2"),
		}
	}), 0, 5).Draw(t, "service")
	if len(d.Months) == 0 {
		d.Months = nil
	}
	if len(d.Service) == 0 {
		d.Service = nil
	}
	return d
}

func genOccupational(t *rapid.T) *document.IndividualData {
	d := &document.IndividualData{Names: genNames(t),
		HighestTariff: rapid.SampledFrom([]string{"9", "9,0", "4,5"}).Draw(t, "tariff")}
	sums := func(t *rapid.T) document.Totals {
		return document.Totals{Earnings: genAmount.Draw(t, "earnings"),
			Contributions: genAmount.Draw(t, "contributions")}
	}
	if rapid.Bool().Draw(t, "declared") {
		declared := sums(t)
		declared.Paid = genAmount.Draw(t, "paid")
		d.Declared = &declared
	}
	d.Months = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) document.Month {
		return document.Month{Number: rapid.IntRange(1, 12).Draw(t, "number"), Totals: sums(t)}
	}), 0, 3).Draw(t, "months")
	d.Occupations = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) document.Occupation {
		text := func(name string) string { return genText.Draw(t, name) }
		return document.Occupation{
			From: period.MustDate("2018-01-01").AddDays(rapid.IntRange(0, 999).Draw(t, "from")),
			To:   genDate.Draw(t, "to"), Occupation: text("occupation"), SubCode: text("sub"),
			DerivedCode: text("derived"), Classifier: text("classifier"),
			Activity: text("activity"), ListPosition: text("position"), TeamCode: text("team"),
			Indicator: text("indicator"),
			Share:     rapid.SampledFrom([]string{"", "1", "0,5"}).Draw(t, "share"),
		}
	}), 0, 5).Draw(t, "occupations")
	if len(d.Months) == 0 {
		d.Months = nil
	}
	if len(d.Occupations) == 0 {
		d.Occupations = nil
	}
	return d
}

// The same content in any format gives the same documents.
func TestAnyFormatGivesTheSameDocuments(t *testing.T) {
	t.Parallel()
	forms := []document.Form{document.PU1, document.PU2, document.PU3, document.PU6,
		document.Payments}
	for _, form := range forms {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				p := &document.Pack{
					Form: form, UNP: "200988541", FundNo: "602000017",
					Name: "ООО" + genText.Draw(r, "name"), PackNo: genText.Draw(r, "pack"),
				}
				if form == document.Payments {
					p.UNP, p.FundNo = "", ""
				}
				docs := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) *document.Document {
					return genDocument(r, p)
				}), 1, 4).Draw(r, "documents")
				for i, d := range docs {
					d.No = i + 1
				}
				checkFormats(t, r, p, docs)
			})
		})
	}
}

// amended adds what only tables and JSON can say of a correction.
func amended(t *rapid.T, d *document.Document) {
	if d.Form == document.PU3 {
		d.Supersedes = rapid.StringMatching(`([A-Z0-9]{4}-[A-Z0-9]{4})?`).Draw(t, "supersedes")
		d.Restores = rapid.IntRange(0, 99).Draw(t, "restores")
		d.Data.ClaimedOn = genDate.Draw(t, "claimed")
	}
	for i := range d.Movements {
		d.Movements[i].Corrects = genDate.Draw(t, "corrects")
	}
}

// What a correction cites is the same in all formats that can hold it, and text packs
// refuse to drop it.
func TestCitationsOfCorrectionsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, form := range []document.Form{document.PU2, document.PU3} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				p := &document.Pack{Form: form, UNP: "200988541", FundNo: "602000017",
					Name: "ООО", PackNo: "1"}
				d := genDocument(r, p)
				d.No = 1
				amended(r, d)
				docs := []*document.Document{d}
				for _, name := range slices.Sorted(maps.Keys(writers)) {
					var b bytes.Buffer
					require.NoError(r, writers[name](&b, p, docs), name)
					got := read(t, b.Bytes())
					require.Empty(r, got.faults, name)
					require.Len(r, got.docs, 1, name)
					require.Equal(r, d, bare(got.docs[0]), "%s\n%s", name, b.Bytes())
				}
				says := d.Supersedes != "" || d.Restores > 0 ||
					d.Data != nil && !d.Data.ClaimedOn.IsZero() ||
					slices.ContainsFunc(d.Movements, func(m document.Movement) bool {
						return !m.Corrects.IsZero()
					})
				err := textWriter("1.5", format.UTF8)(new(bytes.Buffer), p, docs)
				require.Equal(r, says, err != nil, "%v", err)
			})
		})
	}
}

func checkFormats(t *testing.T, r *rapid.T, p *document.Pack, docs []*document.Document) {
	write := maps.Clone(writers)
	if p.Form != document.Payments {
		write["text 1251"] = textWriter("1.5", format.Windows1251)
		write["text 866"] = textWriter("1.4", format.CP866)
		write["text utf-8"] = textWriter("1.7", format.UTF8)
	}
	for _, name := range slices.Sorted(maps.Keys(write)) {
		var b bytes.Buffer
		require.NoError(r, write[name](&b, p, docs), name)
		got := read(t, b.Bytes())
		require.Empty(r, got.faults, name)
		require.Len(r, got.packs, 1, name)
		pack := barePack(got.packs[0])
		pack.Version = ""
		require.Equal(r, p, pack, name)
		require.Len(r, got.docs, len(docs), name)
		for i := range docs {
			require.Equal(r, docs[i], bare(got.docs[i]), fmt.Sprintf("%s\n%s", name, b.Bytes()))
		}
	}
}

// What the head declares goes through all formats that have a head.
func TestPackHeadRoundTrips(t *testing.T) {
	t.Parallel()
	for _, declared := range []*document.PackTotals{
		nil, {Documents: 2}, {Documents: 0}, pu3Pack().Declared,
		{Documents: 1, Totals: &document.Totals{}, Nominal: true},
	} {
		p := pu3Pack()
		p.Declared = declared
		write := map[string]func(*bytes.Buffer, *document.Pack, []*document.Document) error{
			"text": textWriter("1.5", format.Windows1251), "json": writers["json"],
			"ndjson": writers["ndjson"],
		}
		for name, w := range write {
			var b bytes.Buffer
			require.NoError(t, w(&b, p, []*document.Document{pu3Document()}))
			got := read(t, b.Bytes())
			require.Empty(t, got.faults, name)
			require.Equal(t, p, barePack(got.packs[0]), name)
		}
	}
}
