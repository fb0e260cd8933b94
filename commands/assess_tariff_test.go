package commands_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// february2018 has the ceiling 5 × 859.00 = 4295.00.
var february2018 = period.MustMonth("2018-02")

const farmUNP, farmFundNo = "100000007", "102000007"

// atTariff gives the month of a report another tariff and the contributions by its rate.
func atTariff(d document.Document, code, rate string) document.Document {
	m := &d.Data.Months[0]
	m.Tariff, m.Contributions = code, m.Earnings.Times(money.MustParseRate(rate))
	m.Paid = m.Contributions
	sum := d.Data.Sum()
	d.Data.Declared = &sum
	return d
}

// TestTariffsOfTheirOwn: one person has 4000.00 by the general rates and 1000.00 by those
// of agriculture, of which the ceiling leaves 295.00; another one 100.00 of the latter.
//
//	pension 4000.00 × 28 % + 395.00 × 24 % = 1120.00 + 94.80
//	social  4395.00 × 6 %, in two parts    =  240.00 + 23.70
func TestTariffsOfTheirOwn(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.hireFrom2016(3)
	k.register(farmUNP, farmFundNo, "farm")
	head := pack(document.PU3)
	head.UNP, head.FundNo = farmUNP, farmFundNo
	file := func(d document.Document) {
		f := k.fileBy(farmUNP, report(t, head, d))
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
		require.NotContains(t, codes(k.findings(f)), "SPF-211")
	}
	file(oneMonth(workerNo(t, 0), february2018, "03", "1", 400_000))
	file(atTariff(oneMonth(workerNo(t, 0), february2018, "03", "2", 100_000), "25", "0.25"))
	file(atTariff(oneMonth(workerNo(t, 1), february2018, "03", "3", 10_000), "25", "0.25"))
	payer, _ := k.payer(farmUNP)
	m, _ := payer.Month(february2018)
	require.Equal(t, 2, m.Persons)
	require.Equal(t, "4395.00", m.Base.String())
	require.Equal(t, "43.95", m.Withheld.String())
	require.Equal(t, "1214.80", m.Pension.String())
	require.Equal(t, "263.70", m.Social.String())
	require.Equal(t, []event.TariffBase{{Tariff: "25", Base: 395_00, Pension: 94_80,
		Social: 23_70}}, m.Tariffs)
}

// TestTariffOfAnotherKindOfPayer is warned of, and the general rates hold; a category can
// have rates of its own as well: the spouse of a diplomat has none for social insurance.
func TestTariffOfAnotherKindOfPayer(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.hireFrom2016(2)
	f := k.file(report(t, pack(document.PU3),
		atTariff(oneMonth(workerNo(t, 0), february2018, "01", "", 100_000), "25", "0.25")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	require.Contains(t, codes(k.findings(f)), "SPF-211")
	k.file(report(t, pack(document.PU3), oneMonth(workerNo(t, 1), february2018, "20", "", 50_000)))
	payer, _ := k.payer(unp)
	m, _ := payer.Month(february2018)
	require.Equal(t, "420.00", m.Pension.String())
	require.Equal(t, "60.00", m.Social.String())
	require.Equal(t, []event.TariffBase{{Tariff: "category 20", Base: 500_00,
		Pension: 140_00}}, m.Tariffs)
}

func codes(found []control.Finding) (list []string) {
	for _, f := range found {
		list = append(list, f.Code)
	}
	return list
}
