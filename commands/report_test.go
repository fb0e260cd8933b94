package commands_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/reconciliation"
)

// fund4 makes a 4-фонд of 2018 from line codes and amounts.
func fund4(kind string, quarter int, lines ...string) document.Document {
	d := document.Document{Type: kind, Year: 2018, Quarters: fmt.Sprint(quarter),
		FilledOn: period.MustDate("2018-04-10"), Report: &document.PayerReport{}}
	for i := 0; i < len(lines); i += 2 {
		d.Report.Lines = append(d.Report.Lines, document.ReportLine{Line: lines[i],
			Amount: money.MustParse(lines[i+1])})
	}
	return d
}

func (k *kit) fund4(d document.Document) account.Filing {
	k.t.Helper()
	return k.file(report(k.t, pack(document.Fund4), d))
}

// withEarnings is a payer with one worker who earned 800.00 in each month of a quarter.
func withEarnings(t *testing.T) (*kit, worker) {
	t.Helper()
	k := newKit(t, nil)
	_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: clerk,
		Parameters: []event.ParameterPublished{{Name: "national_average_wage", Value: "900.00",
			From: period.MustDate("2018-02-01"), Until: period.MustDate("2018-02-28"),
			Act: "test", Source: "test"}}})
	require.NoError(t, err)
	w := workerNo(t, 1)
	k.file(report(t, pack(document.PU1), registration(w)))
	k.file(report(t, pack(document.PU2), hire(w, "2018-01-02")))
	f := k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, k.findings(f))
	return k, w
}

// Pay 2400.00; pensions of 29 %: 696.00; social insurance of 6 %: 144.00.
var agreeing = []string{"04", "2400.00", "05", "0.00", "06", "2400.00", "11", "840.00",
	"12", "144.00", "211", "1"}

func (k *kit) told(f account.Filing) []string {
	k.t.Helper()
	list := []string{}
	for _, x := range k.findings(f) {
		list = append(list, string(x.Severity)+" "+x.Code+" "+x.Pointer+" "+x.Got)
	}
	slices.Sort(list)
	return list
}

func (k *kit) mismatches() []string {
	k.t.Helper()
	payer, _ := k.payer(unp)
	b := k.balance()
	unpaid, _ := reconciliation.Paid(payer, &b)
	list := []string{}
	for _, m := range reconciliation.Sorted(reconciliation.Of(payer), unpaid) {
		list = append(list, fmt.Sprintf("%s %d %s %s", m.Kind, m.Quarter, m.Difference, m.State))
	}
	return list
}

func TestReportThatAgrees(t *testing.T) {
	t.Parallel()
	k, _ := withEarnings(t)
	f := k.fund4(fund4(document.Original, 1, agreeing...))
	require.Equal(t, event.Accepted, f.Processed.Outcome)
	require.Empty(t, k.told(f))
	payer, _ := k.payer(unp)
	head, ok := payer.ReportHead(2018, 1)
	require.True(t, ok)
	require.Equal(t, event.ReportSums{Earnings: 2400_00, Contributions: 696_00}, head.Sums)
	require.Equal(t, "04", head.Lines[0].Line)
	require.Equal(t, period.MustDate("2018-04-12"), head.ArrivedOn)
	require.Equal(t, []string{"payments 1 -840.00 unexplained"}, k.mismatches())
	require.Equal(t, account.ReportedQuarter{Year: 2018, Quarter: 1, Persons: 1, Earnings: 2400_00,
		Contributions: 24_00, Receipt: payer.Individual[0].Receipt,
		ArrivedOn: period.MustDate("2018-04-12"), Position: payer.Individual[0].Position},
		payer.Individual[0])
}

func TestReportThatDiffersIsToldOnceAFilingAndHealedByItsCorrection(t *testing.T) {
	t.Parallel()
	k, w := withEarnings(t)
	wrong := []string{"06", "2500.00", "11", "840.00", "12", "140.00", "24", "120.00",
		"28", "50.00"}
	content := report(t, pack(document.Fund4), fund4(document.Original, 1, wrong...))
	want := []string{"W SPF-401  2018-1: 4-фонд 2500.00, ПУ-3 2400.00",
		"W SPF-402  2018-1: 4-фонд 120.00, ПУ-3 0.00", "W SPF-403  2018-1: 4-фонд 50.00, ПУ-3 0.00",
		"W SPF-404  2018-1: 4-фонд 700.00, ПУ-3 696.00"}
	require.Equal(t, want, k.told(account.Filing{Findings: []ledger.Hash{k.checked(content)}}))
	f := k.file(content)
	require.Equal(t, event.Accepted, f.Processed.Outcome)
	require.Equal(t, want, k.told(f), "what the check said is what filing says")
	require.Equal(t, []string{"earnings 1 100.00 unexplained", "benefits 1 120.00 unexplained",
		"allowances 1 50.00 unexplained", "contributions 1 4.00 unexplained",
		"payments 1 -696.00 unexplained"}, k.mismatches(),
		"of 170.00 of benefits 144.00 are the quarter's social contributions, 26.00 are kept")
	require.Equal(t, []string{"2018-1 170.00"}, k.expenses())

	f = k.fund4(fund4(document.Correction, 1, agreeing...))
	require.Empty(t, k.told(f))
	require.Equal(t, []string{"payments 1 -840.00 unexplained"}, k.mismatches())
	require.Equal(t, []string{"2018-1 170.00", "2018-1 0.00"}, k.expenses())

	// The next ПУ-3 says of the same quarter that a second worker was there.
	second := workerNo(t, 2)
	k.file(report(t, pack(document.PU1), registration(second)))
	k.file(report(t, pack(document.PU2), hire(second, "2018-01-03")))
	f = k.file(report(t, pack(document.PU3), quarter(second, "100.00")))
	require.Equal(t, []string{"W SPF-401  2018-1: 4-фонд 2400.00, ПУ-3 2700.00",
		"W SPF-404  2018-1: 4-фонд 696.00, ПУ-3 783.00"}, k.told(f))
	require.NotEqual(t, w, second)
}

// checked keeps the findings of a check as those of a filing are kept.
func (k *kit) checked(content []byte) ledger.Hash {
	k.t.Helper()
	var found []control.Finding
	_, err := k.bus.CheckReport(k.t.Context(), commands.CheckReport{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(content), SHA256: sha256.Sum256(content)},
		func(f control.Finding) error {
			found = append(found, f)
			return nil
		})
	require.NoError(k.t, err)
	var lines bytes.Buffer
	for _, f := range found {
		require.NoError(k.t, json.NewEncoder(&lines).Encode(f))
	}
	name, _, err := k.bus.Archive.Put(k.t.Context(), &lines)
	require.NoError(k.t, err)
	return name
}

func (k *kit) expenses() (list []string) {
	for e, err := range k.log.ReadStreams(k.t.Context(), ledger.PayerStream(unp)) {
		require.NoError(k.t, err)
		payload, err := event.Decode(e)
		require.NoError(k.t, err)
		if x, ok := payload.(*event.BenefitExpenseClaimed); ok {
			list = append(list, fmt.Sprintf("%d-%d %s", x.Year, x.Quarter, x.Amount))
		}
	}
	return list
}

func TestVersionsOfAReport(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	refused := func(d document.Document, code string) {
		f := k.fund4(d)
		require.Equal(t, event.Refused, f.Processed.Outcome)
		require.Len(t, k.told(f), 1)
		require.Contains(t, k.told(f)[0], code)
	}
	refused(fund4(document.Correction, 1, "06", "1.00"), "SPF-602")
	require.Empty(t, k.told(k.fund4(fund4(document.Original, 1, "06", "1.00"))))
	refused(fund4(document.Original, 1, "06", "2.00"), "SPF-601")
	require.Empty(t, k.told(k.fund4(fund4(document.Correction, 1, "06", "3.00"))))
	refused(fund4(document.Cancellation, 1, "06", "3.00"), "SPF-108")
	require.Empty(t, k.told(k.fund4(fund4(document.Cancellation, 1))))
	again := fund4(document.Cancellation, 1)
	again.Phone = "1" // other bytes
	refused(again, "SPF-602")
	require.Empty(t, k.told(k.fund4(fund4(document.Original, 1, "06", "4.00"))))
	// An original and its correction may come in one file.
	f := k.file(report(t, pack(document.Fund4), fund4(document.Cancellation, 1),
		fund4(document.Original, 1), fund4(document.Correction, 1, "06", "5.00")))
	require.Equal(t, 3, f.Processed.Accepted, k.told(f))
	payer, _ := k.payer(unp)
	var kinds string
	for i, v := range payer.Report(2018, 1).Versions {
		require.Equal(t, i+1, v.Version)
		kinds += v.Type
	}
	require.Equal(t, "ИКОИОИК", kinds)
}

func TestLinesOfAReport(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	for code, d := range map[string]document.Document{
		"E SPF-311 /payer_report/lines/2/amount 9.00": fund4(document.Original, 1, "04", "10.00",
			"05", "2.00", "06", "9.00"),
		"E SPF-314 /payer_report/lines/0/line 99":      fund4(document.Original, 1, "99", "1.00"),
		"E SPF-315 /payer_report/lines/1/line 06":      fund4(document.Original, 1, "06", "1.00", "06", "1.00"),
		"E SPF-307 /payer_report/lines/0/amount -1.00": fund4(document.Original, 1, "06", "-1.00"),
		"E SPF-111 /payer_report/lines/0/amount 1.50":  fund4(document.Original, 1, "211", "1.50"),
		"E SPF-213 /quarters 3":                        fund4(document.Original, 3, "06", "1.00"),
	} {
		f := k.fund4(d)
		require.Equal(t, event.Refused, f.Processed.Outcome)
		require.Equal(t, []string{code}, k.told(f))
	}
}

// Expenses are cumulative in the form and claimed for each quarter alone.
func TestExpensesAreClaimedByQuarter(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	*k.now = time.Date(2018, 7, 12, 9, 0, 0, 0, time.UTC)
	k.fund4(fund4(document.Original, 1, "24", "100.00"))
	k.fund4(fund4(document.Original, 2, "24", "150.00", "26", "30.00", "27", "30.00"))
	k.fund4(fund4(document.Correction, 1, "24", "110.00"))
	k.fund4(fund4(document.Cancellation, 1))
	require.Equal(t, []string{"2018-1 100.00", "2018-2 80.00", "2018-1 110.00", "2018-2 70.00",
		"2018-1 0.00", "2018-2 180.00"}, k.expenses())
}

func TestStandingNilReport(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	declare := func(from, until, reason string) error {
		_, err := k.bus.DeclareNil(t.Context(), commands.DeclareNil{Actor: clerk, Payer: unp,
			From: period.MustMonth(from), Until: period.MustMonth(until), Reason: reason})
		return err
	}
	requireCode(t, declare("2018-05", "2018-09", "seasonal"), "nil_quarters_invalid")
	requireCode(t, declare("2018-04", "2020-06", "seasonal"), "nil_quarters_invalid")
	requireCode(t, declare("2018-04", "2018-09", "tired"), "nil_reason_unknown")
	requireCode(t, declare("2018-04", "2018-03", "other"), "nil_unknown")
	require.NoError(t, declare("2018-04", "2018-09", "seasonal"))
	require.NoError(t, declare("2018-04", "2018-09", "seasonal"), "the same again does nothing")
	require.NoError(t, declare("2018-04", "2018-06", "seasonal"), "it ends earlier")
	payer, _ := k.payer(unp)
	require.EqualValues(t, 2, payer.Revision)
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	var states []string
	for _, x := range obligation.Of(payer, law, period.MustDate("2018-10-25")) {
		states = append(states, fmt.Sprintf("%s %d %s %v %s", x.Form, x.Quarter, x.State, x.Nil,
			x.DueOn))
	}
	require.Equal(t, []string{"4-фонд 2 met true 2018-07-20", "ПУ-3 2 met true 2018-07-31",
		"4-фонд 3 missed false 2018-10-22", "ПУ-3 3 open false 2018-10-31"}, states)
}

func TestExplanationHoldsForTheDifferenceAsItStood(t *testing.T) {
	t.Parallel()
	k, _ := withEarnings(t)
	k.fund4(fund4(document.Original, 1, "06", "2500.00", "11", "840.00", "12", "144.00"))
	explain := func(kind, text string) error {
		_, err := k.bus.ExplainMismatch(t.Context(), commands.ExplainMismatch{Actor: clerk,
			Payer: unp, Year: 2018, Quarter: 1, Kind: kind, Text: text})
		return err
	}
	requireCode(t, explain("earnings", "  "), "explanation_invalid")
	requireCode(t, explain("weather", "rain"), "mismatch_kind_unknown")
	requireCode(t, explain("benefits", "none"), "mismatch_unknown")
	require.NoError(t, explain("earnings", "a bonus that is no pay"))
	require.NoError(t, explain("earnings", "a bonus that is no pay"))
	require.Equal(t, []string{"earnings 1 100.00 explained", "payments 1 -840.00 unexplained"},
		k.mismatches())
	k.fund4(fund4(document.Correction, 1, "06", "2450.00", "11", "840.00", "12", "144.00"))
	require.Equal(t, []string{"earnings 1 50.00 outdated", "payments 1 -840.00 unexplained"},
		k.mismatches())
}

func TestOutageExtendsADeadlineByTwoOfficers(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	*k.now = time.Date(2018, 4, 23, 9, 0, 0, 0, time.UTC)
	declare := commands.DeclareOutage{Actor: ledger.Actor{Subject: "one", Role: "officer"},
		Ground: "order 7", From: period.MustDate("2018-04-20"), To: period.MustDate("2018-04-20"),
		Extended: period.MustDate("2018-04-24"), Forms: []string{"4-фонд"}, Reason: "portal"}
	bad := declare
	bad.Ground = ""
	_, _, err := k.bus.DeclareOutage(t.Context(), bad)
	requireCode(t, err, "ground_missing")
	id, _, err := k.bus.DeclareOutage(t.Context(), declare)
	require.NoError(t, err)
	late := k.fund4(fund4(document.Original, 1, "06", "1.00"))
	require.Equal(t, []string{"I SPF-702  2018-04-23"}, k.told(late), "one working day late")

	extend := commands.ExtendDeadline{Actor: declare.Actor, Ground: "order 8", Outage: id,
		Reason: "the portal was down"}
	_, err = k.bus.ExtendDeadline(t.Context(), extend)
	requireCode(t, err, "SPF-905")
	extend.Actor.Subject = "two"
	for range 2 { // the second time it does nothing
		_, err = k.bus.ExtendDeadline(t.Context(), extend)
		require.NoError(t, err)
	}
	k.fund4(fund4(document.Cancellation, 1))
	again := k.fund4(fund4(document.Original, 1, "06", "2.00"))
	require.Equal(t, []string{"I SPF-705  2018-04-23"}, k.told(again))
	payer, _ := k.payer(unp)
	law, err := k.bus.Law.Current(t.Context())
	require.NoError(t, err)
	x, ok := law.Outage(id)
	require.True(t, ok)
	require.Equal(t, []string{"one", "two"}, []string{x.DeclaredBy, x.ExtendedBy})
	for _, o := range obligation.Of(payer, law, period.MustDate("2018-05-01")) {
		require.Equal(t, o.Form == account.FormFund4, o.Extended, o)
		require.False(t, o.Late)
	}
}

// With a rule pack that enforces it, a ПУ-3 waits for the 4-фонд of its quarter and is taken
// by itself when that comes.
func TestIndividualDataWaitForTheReport(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	strict := control.DefaultPack()
	strict.Version, strict.From = "2018.2", period.MustDate("2018-01-01")
	for i := range strict.Rules {
		strict.Rules[i].WarnFrom, strict.Rules[i].EnforceFrom = strict.From, strict.From
	}
	_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: clerk,
		RulePacks: []event.RulePackPublished{strict}})
	require.NoError(t, err)
	w := workerNo(t, 1)
	k.file(report(t, pack(document.PU1), registration(w)))
	k.file(report(t, pack(document.PU2), hire(w, "2018-01-02")))
	f := k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	require.Equal(t, 1, f.Processed.Parked, k.told(f))
	_, filings := k.payer(unp)
	require.Equal(t, "SPF-405", filings.Parked[0].Awaits)
	require.Equal(t, period.MustDate("2018-04-22"), filings.Parked[0].Until)

	require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	_, filings = k.payer(unp)
	require.Len(t, filings.Parked, 1, "it still waits")
	besideClerk(t, k, &workList{k: k}, func() {
		k.receive(unp, report(t, pack(document.Fund4), fund4(document.Original, 1, agreeing...)))
		require.Eventually(t, func() bool {
			_, filings := k.payer(unp)
			return len(filings.Parked) == 0
		}, 20*time.Second, 20*time.Millisecond)
	})
	// March waits for the wage of February.
	require.Equal(t, []string{"payments 1 -560.00 unexplained"}, k.mismatches())
	payer, _ := k.payer(unp)
	require.Empty(t, payer.Work)
	require.Equal(t, period.MustDate("2018-04-12"), payer.Individual[0].ArrivedOn)
}
