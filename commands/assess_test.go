package commands_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// june2016 is a month whose ceiling is known, as the wage of May is published, while the
// minimum wage that the self-employed need is not.
var june2016 = period.MustMonth("2016-06")

// oneMonth makes a ПУ-3 with one month of earnings, under a contract of its own.
func oneMonth(w worker, m period.Month, category, contract string, pay money.Amount,
) document.Document {
	d := document.Document{Type: document.Original, Year: m.Year(),
		Quarters: fmt.Sprint(m.Quarter()), FilledOn: m.Last(),
		Data: &document.IndividualData{Names: names(w), Category: category,
			ContractNo: contract, DeclaredMonths: 1, DeclaredService: 1}}
	if contract != "" {
		d.Data.ContractDate = m.First()
	}
	share := pay.Times(money.MustParseRate("0.01"))
	sum := document.Totals{Earnings: pay, Contributions: share, Paid: share}
	d.Data.Declared = &sum
	d.Data.Months = []document.Month{{Number: m.Number(), Totals: sum, Tariff: "1"}}
	d.Data.Service = []document.Service{{From: m.First(), To: m.Last()}}
	return d
}

func (k *kit) publishValue(name, value, from, until string) error {
	_, err := k.bus.PublishLaw(k.t.Context(), commands.PublishLaw{Actor: clerk,
		Parameters: []event.ParameterPublished{{Name: name, Value: value,
			From: period.MustDate(from), Until: period.MustDate(until), Act: "test",
			Source: "test"}}})
	return err
}

// TestOnlyThoseWaitWhoseNumberIsMissing mixes employees, who can be assessed, with a
// self-employed person, who cannot yet.
func TestOnlyThoseWaitWhoseNumberIsMissing(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.hireFrom2016(3)
	file := func(docs ...document.Document) {
		f := k.file(report(t, pack(document.PU3), docs...))
		require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	}
	file(oneMonth(workerNo(t, 0), june2016, "01", "", 50_000))
	file(oneMonth(workerNo(t, 1), june2016, "10", "", 30_000))
	file(oneMonth(workerNo(t, 0), june2016, "03", "7", 20_000))
	payer, _ := k.payer(unp)
	m, _ := payer.Month(june2016)
	require.Equal(t, 1, m.Persons)
	require.Equal(t, money.MustParse("700.00"), m.Base)
	require.Equal(t, money.MustParse("196.00"), m.Pension)
	require.Equal(t, "minimum_wage", m.Awaits)
	require.Len(t, m.Earnings, 1)

	require.NoError(t, k.publishValue("minimum_wage", "230.00", "2016-01-01", "2016-12-31"))
	require.NoError(t, k.bus.AssessAwaiting(t.Context(), clerk, unp))
	payer, _ = k.payer(unp)
	m, _ = payer.Month(june2016)
	require.Empty(t, m.Awaits)
	require.Empty(t, m.Earnings)
	require.Equal(t, 2, m.Persons)
	require.Equal(t, money.MustParse("1000.00"), m.LiabilityAssessed.Earnings)
	require.Equal(t, money.MustParse("700.00"), m.Base)
	require.Equal(t, money.MustParse("87.00"), m.SelfPension)
	require.Equal(t, money.MustParse("18.00"), m.SelfSocial)
}

// hireFrom2016 registers and hires n workers early enough for the reports.
func (k *kit) hireFrom2016(n int) {
	k.t.Helper()
	var forms, hires []document.Document
	for i := range n {
		forms = append(forms, registration(workerNo(k.t, i)))
		hires = append(hires, hire(workerNo(k.t, i), "2016-01-01"))
	}
	f := k.file(report(k.t, pack(document.PU1), forms...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	f = k.file(report(k.t, pack(document.PU2), hires...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
}

// TestLiabilityDoesNotDependOnTheOrder files the same reports in any order, in any
// portions, with the missing number published at any time in between: in the end the
// month is what it is when all is known from the beginning and comes at once.
func TestLiabilityDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var docs []document.Document
		for i := range rapid.IntRange(1, 6).Draw(rt, "reports") {
			category := rapid.SampledFrom([]string{"01", "03", "10", "20"}).Draw(rt, "category")
			contract := ""
			if category == "03" {
				contract = fmt.Sprint(i + 1)
			}
			w := workerNo(t, rapid.IntRange(0, 2).Draw(rt, "worker"))
			pay := money.Amount(rapid.Int64Range(0, 500_000).Draw(rt, "pay"))
			d := oneMonth(w, june2016, category, contract, pay)
			if !slices.ContainsFunc(docs, func(x document.Document) bool {
				return x.Data.Insurance == w.number && x.Data.Category == category &&
					x.Data.ContractNo == contract
			}) {
				docs = append(docs, d)
			}
		}
		publish := func(k *kit) {
			require.NoError(rt,
				k.publishValue("minimum_wage", "230.00", "2016-01-01", "2016-12-31"))
			require.NoError(rt, k.bus.AssessAwaiting(t.Context(), clerk, unp))
		}
		final := func(k *kit) event.LiabilityAssessed {
			payer, _ := k.payer(unp)
			m, _ := payer.Month(june2016)
			require.Empty(rt, m.Earnings)
			return m.LiabilityAssessed
		}
		once := newKit(t, nil)
		once.hireFrom2016(3)
		publish(once)
		f := once.file(report(t, pack(document.PU3), slices.Clone(docs)...))
		require.Equal(rt, len(docs), f.Processed.Accepted, "%+v", once.findings(f))

		parts := newKit(t, nil)
		parts.hireFrom2016(3)
		at := rapid.IntRange(0, len(docs)).Draw(rt, "published after")
		for i, d := range rapid.Permutation(docs).Draw(rt, "order") {
			if i == at {
				publish(parts)
			}
			parts.file(report(t, pack(document.PU3), d))
		}
		if at == len(docs) {
			publish(parts)
		}
		require.Empty(rt, cmp.Diff(final(once), final(parts)))
	})
}

func TestPublishedValueCannotBeReplaced(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	err := k.publishValue("national_average_wage", "1000.00", "2018-01-01", "2018-01-31")
	var refused *commands.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "parameter_recorded", refused.Code)
	require.Equal(t, commands.Conflict, refused.Kind)
}

func TestKeyOfKnownBytesStandsForThem(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	receive := func(key string, content []byte) (commands.Receipt, error) {
		return k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk,
			Payer: unp, Key: key, Content: bytes.NewReader(content), Channel: "api"})
	}
	a := report(t, pack(document.PU1), registration(workerNo(t, 1)))
	b := report(t, pack(document.PU1), registration(workerNo(t, 2)))
	first, err := receive("one", a)
	require.NoError(t, err)
	for range 2 {
		again, err := receive("two", a)
		require.NoError(t, err)
		require.Equal(t, first.Number, again.Number)
	}
	_, err = receive("two", b)
	var refused *commands.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "SPF-010", refused.Code)
	again, err := receive("two", a)
	require.NoError(t, err)
	require.Equal(t, first.Number, again.Number)
}

func TestFileWithoutDocumentsIsRefusedWithAFinding(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	f := k.file(report(t, pack(document.PU3)))
	require.Equal(t, event.Refused, f.Processed.Outcome)
	found := k.findings(f)
	require.Len(t, found, 1)
	require.Equal(t, "SPF-101", found[0].Code)
}
