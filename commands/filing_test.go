package commands_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/logtest"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// staff registers and hires n workers from the beginning of 2018.
func (k *kit) staff(n int) []worker {
	k.t.Helper()
	workers := make([]worker, n)
	var forms, hires []document.Document
	for i := range workers {
		workers[i] = workerNo(k.t, i)
		forms = append(forms, registration(workers[i]))
		hires = append(hires, hire(workers[i], "2018-01-01"))
	}
	f := k.file(report(k.t, pack(document.PU1), forms...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	f = k.file(report(k.t, pack(document.PU2), hires...))
	require.Equal(k.t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	return workers
}

func TestReportBecomesAccountsAndLiability(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	workers := k.staff(2)
	f := k.file(report(t, pack(document.PU3),
		quarter(workers[0], "800.00"), quarter(workers[1], "5000.00")))
	require.Equal(t, event.Accepted, f.Processed.Outcome, "%+v", k.findings(f))
	require.Equal(t, 2, f.Processed.Accepted)

	p := k.person(workers[0].number)
	require.Len(t, p.Employments, 1)
	require.Len(t, p.Slots(), 1)
	require.Equal(t, p.Employments[0].ID, p.Slots()[0].Employment)
	require.Equal(t, f.Receipt, p.Slots()[0].Receipt)
	require.Len(t, p.Slots()[0].Months, 3)
	require.Equal(t, money.MustParse("800.00"), p.Slots()[0].Months[0].Earnings)

	// February 2018: ceiling 5 × 859.00 = 4295.00; 800 and 4295 are the bases.
	payer, _ := k.payer(unp)
	m, ok := payer.Month(period.MustMonth("2018-02"))
	require.True(t, ok)
	require.Empty(t, m.Awaits)
	want := event.LiabilityAssessed{Month: period.MustMonth("2018-02"), Persons: 2,
		Earnings: money.MustParse("5800.00"), Base: money.MustParse("5095.00"),
		Withheld: money.MustParse("50.95"), Pension: money.MustParse("1426.60"),
		Social: money.MustParse("305.70"), Ceiling: money.MustParse("4295.00")}
	require.Empty(t, cmp.Diff(want, m.LiabilityAssessed))

	// March needs the average wage of February 2018, which no source gives.
	m, ok = payer.Month(period.MustMonth("2018-03"))
	require.True(t, ok)
	require.Equal(t, "national_average_wage", m.Awaits)
	require.Equal(t, period.MustMonth("2018-02"), m.AwaitsFor)
	require.Len(t, m.Earnings, 2)
	require.Zero(t, m.Total())
}

func TestMonthIsAssessedWhenItsParameterIsPublished(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	workers := k.staff(2)
	k.file(report(t, pack(document.PU3), quarter(workers[0], "800.00")))
	k.file(report(t, pack(document.PU3), quarter(workers[1], "5000.00")))
	_, err := k.bus.PublishLaw(t.Context(), commands.PublishLaw{Actor: clerk,
		Parameters: []event.ParameterPublished{{Name: "national_average_wage", Value: "900.00",
			From:  period.MustDate("2018-02-01"),
			Until: period.MustDate("2018-02-28"), Act: "test", Source: "test"}}})
	require.NoError(t, err)
	for range 2 { // the second time there is nothing left to do
		require.NoError(t, k.bus.AssessAwaiting(t.Context(), clerk, unp))
	}
	payer, _ := k.payer(unp)
	m, _ := payer.Month(period.MustMonth("2018-03"))
	require.Empty(t, m.Awaits)
	require.Empty(t, m.Earnings)
	require.Equal(t, 2, m.Persons)
	require.Equal(t, money.MustParse("5300.00"), m.Base) // 800 + 5 × 900
	require.Equal(t, money.MustParse("53.00"), m.Withheld)
	require.Equal(t, money.MustParse("1484.00"), m.Pension)
}

func TestSameBytesAndSameKeyGiveTheSameReceipt(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	content := report(t, pack(document.PU1), registration(workerNo(t, 1)))
	receive := func(key string, b []byte) (commands.Receipt, error) {
		return k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk,
			Payer: unp, Key: key, Content: bytes.NewReader(b), Channel: "api"})
	}
	one, err := receive("key-1", content)
	require.NoError(t, err)
	require.False(t, one.Repeated)
	require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$`, one.Number)
	for _, key := range []string{"key-1", "key-2", ""} {
		again, err := receive(key, content)
		require.NoError(t, err)
		require.True(t, again.Repeated)
		again.Repeated = false
		require.Equal(t, one, again)
	}
	_, err = receive("key-1", append(content, ' '))
	var refused *commands.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "SPF-010", refused.Code)
	require.Equal(t, commands.Conflict, refused.Kind)
}

func TestParallelSubmissionsOfOneFileAreOneFiling(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	content := report(t, pack(document.PU1), registration(workerNo(t, 1)))
	receipts := make(chan commands.Receipt, 20)
	for range cap(receipts) {
		go func() {
			r, err := k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk,
				Payer: unp, Key: "same", Content: bytes.NewReader(content), Channel: "api"})
			if err == nil {
				err = k.bus.ProcessFiling(t.Context(), unp, r.Filing)
			}
			if err != nil {
				t.Error(err)
			}
			r.Repeated = false
			receipts <- r
		}()
	}
	first := <-receipts
	for range cap(receipts) - 1 {
		require.Equal(t, first, <-receipts)
	}
	_, filings := k.payer(unp)
	require.Len(t, filings.Filings, 1)
	require.Equal(t, 1, filings.Filings[0].Processed.Accepted)
}

func TestDocumentsOfUnknownPersonsWaitAndAreReleased(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 5)
	f := k.file(report(t, pack(document.PU3), quarter(w, "800.00")))
	require.Equal(t, event.Partial, f.Processed.Outcome)
	require.Equal(t, 1, f.Processed.Parked)
	_, filings := k.payer(unp)
	require.Len(t, filings.Parked, 1)
	parked := filings.Parked[0]
	require.Equal(t, "SPF-501", parked.Awaits)

	release := func() {
		require.NoError(t, k.bus.ReleaseParked(t.Context(), unp, parked.Filing, parked.DocNo))
	}
	release() // nothing has come: it goes on waiting
	_, filings = k.payer(unp)
	require.Len(t, filings.Parked, 1)

	k.file(report(t, pack(document.PU1), registration(w)))
	k.file(report(t, pack(document.PU2), hire(w, "2018-01-01")))
	release()
	release()
	_, filings = k.payer(unp)
	require.Empty(t, filings.Parked)
	p := k.person(w.number)
	require.Len(t, p.Slots(), 1)
	require.Equal(t, f.Receipt, p.Slots()[0].Receipt)
	payer, _ := k.payer(unp)
	m, _ := payer.Month(period.MustMonth("2018-02"))
	require.Equal(t, money.MustParse("800.00"), m.Base)
	got, _ := filings.Filing(parked.Filing)
	require.Equal(t, []event.Tally{{Form: "ПУ-3", Year: 2018, Quarter: 1, Accepted: 1,
		Persons: 1, Earnings: money.MustParse("2400.00"),
		Contributions: money.MustParse("24.00")}}, got.Tallies)
}

func TestHireAfterTheReportCompletesItsRelationship(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 3)
	k.file(report(t, pack(document.PU1), registration(w)))
	civil := quarter(w, "500.00")
	civil.Data.Category, civil.Data.ContractNo = "03", "7"
	civil.Data.ContractDate = period.MustDate("2018-01-01")
	f := k.file(report(t, pack(document.PU3), civil))
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	learned := k.person(w.number).Employments
	require.Len(t, learned, 1)
	require.Equal(t, "ПУ-3", learned[0].Form)

	hired := hire(w, "2018-01-01")
	hired.Movements[0].Contract, hired.Movements[0].ContractNo = "03", "7"
	f = k.file(report(t, pack(document.PU2), hired))
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	now := k.person(w.number).Employments
	require.Len(t, now, 1)
	require.Equal(t, learned[0].ID, now[0].ID)
	require.Equal(t, period.MustDate("2018-01-01"), now[0].HiredOn)
	require.Equal(t, "ПУ-2", now[0].Form)
}

func TestDatelessContractOpensARelationship(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	w := workerNo(t, 3)
	k.file(report(t, pack(document.PU1), registration(w)))
	d := hire(w, "2018-01-01")
	d.Movements[0].HiredOn, d.Movements[0].Contract = 0, "03"
	f := k.file(report(t, pack(document.PU2), d))
	require.Equal(t, 1, f.Processed.Accepted, "%+v", k.findings(f))
	require.Len(t, k.person(w.number).Employments, 1)
}

func TestParkedDocumentExpires(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	f := k.file(report(t, pack(document.PU3), quarter(workerNo(t, 5), "800.00")))
	expire := func() {
		require.NoError(t, k.bus.ExpireParked(t.Context(), unp, f.FilingReceived.Filing, 1))
	}
	expire()
	_, filings := k.payer(unp)
	require.Len(t, filings.Parked, 1, "its time is not over")
	*k.now = k.now.Add(11 * 24 * time.Hour)
	expire()
	expire()
	_, filings = k.payer(unp)
	require.Empty(t, filings.Parked)
	got, _ := filings.Filing(f.FilingReceived.Filing)
	require.Equal(t, 1, got.Tallies[0].Rejected)
	require.Zero(t, got.Tallies[0].Parked)
	codes := map[string]bool{}
	for _, x := range k.findings(got) {
		codes[x.Code] = true
	}
	require.True(t, codes[control.CodeWaitExpired], "%v", codes)
}

const treasury = "191234563"

func TestPaymentsReachTheirPayersOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	k.register("MA1953684", "602000018", "employer")
	k.register(treasury, "501000001", "treasury")
	pay := func(ref, to, amount string) document.Document {
		return document.Document{Type: document.Original, Payment: &document.Payment{
			BankRef: ref, PayerUNP: to, ValueDate: period.MustDate("2018-03-20"),
			Amount: money.MustParse(amount), Kind: "pension"}}
	}
	list := pack(document.Payments)
	list.UNP, list.FundNo = treasury, "501000001"
	f := k.fileBy(treasury, report(t, list, pay("b1", unp, "10.00"),
		pay("b2", "MA1953684", "20.50"), pay("b2", "MA1953684", "20.50"),
		pay("b3", "190000000", "1.00")))
	require.Equal(t, 3, f.Processed.Accepted, "%+v", k.findings(f))
	require.Equal(t, 1, f.Processed.Rejected)
	lists, _ := k.payer(treasury)
	require.Len(t, lists.Suspended, 1, "its payer is not registered")
	require.Equal(t, "b3", lists.Suspended[0].BankRef)
	for payer, want := range map[string]string{unp: "10.00", "MA1953684": "20.50"} {
		p, _ := k.payer(payer)
		require.Equal(t, money.MustParse(want), p.Paid())
	}
	f = k.fileBy(treasury, report(t, list, pay("b2", "MA1953684", "20.50")))
	require.Equal(t, 1, f.Processed.Rejected, "the bank's reference was used before")
}

func TestAllOrNothingRefusesEverythingForOneFault(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	good, bad := registration(workerNo(t, 1)), registration(workerNo(t, 2))
	bad.Registration.Sex = "Ж" // the number says otherwise
	r, err := k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk, Payer: unp,
		Content: bytes.NewReader(report(t, pack(document.PU1), good, bad)), AllOrNothing: true})
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), unp, r.Filing))
	f := k.filing(r)
	require.Equal(t, event.Refused, f.Processed.Outcome)
	require.Equal(t, 2, f.Processed.Rejected)
	require.False(t, k.person(workerNo(t, 1).number).Registered)
	require.NotEmpty(t, k.findings(f))
}

func TestUnreadableFileIsRefusedWithAReceipt(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	for _, content := range []string{"", "PK\x03\x04 no archive", "neither table nor pack"} {
		f := k.file([]byte(content))
		require.Equal(t, event.Refused, f.Processed.Outcome, "%q", content)
		require.NotEmpty(t, k.findings(f), "%q", content)
	}
}

func TestUnknownPayerIsRefusedWithAReceipt(t *testing.T) {
	t.Parallel()
	k := newKit(t, nil)
	p := pack(document.PU1)
	p.UNP = "MA1953684"
	r, err := k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{Actor: clerk,
		Payer:   "MA1953684",
		Content: bytes.NewReader(report(t, p, registration(workerNo(t, 1))))})
	require.NoError(t, err)
	require.NoError(t, k.bus.ProcessFiling(t.Context(), "MA1953684", r.Filing))
	f := k.filing(r)
	require.Equal(t, event.Refused, f.Processed.Outcome)
	require.Equal(t, control.CodePayerUnknown, k.findings(f)[0].Code)
}

// errKilled stands for the end of the process.
var errKilled = errors.New("killed")

// TestKilledAtEveryAppend ends a filing of several chunks at each of its appends, before
// it is recorded and after, and finds the ledger in the end as without the interruption.
func TestKilledAtEveryAppend(t *testing.T) {
	t.Parallel()
	var docs []document.Document
	for i := range 2200 {
		docs = append(docs, registration(workerNo(t, i)))
	}
	content := report(t, pack(document.PU1), docs...)
	want := newKit(t, nil)
	want.file(content)

	for after := range 4 {
		for _, recorded := range []bool{false, true} {
			t.Run(fmt.Sprintf("append %d, recorded %v", after, recorded), func(t *testing.T) {
				t.Parallel()
				var faulty *logtest.Faulty
				k := newKit(t, func(l ledger.Log) ledger.Log {
					faulty = logtest.NewFaulty(l)
					return faulty
				})
				if recorded {
					faulty.LoseAnswer(after)
				} else {
					faulty.FailAppend(after, errKilled)
				}
				var r commands.Receipt
				err := errors.New("not run")
				for range 3 { // each time a new start
					r, err = k.bus.ReceiveFiling(t.Context(), commands.ReceiveFiling{
						Actor: clerk, Payer: unp, Content: bytes.NewReader(content),
						Channel: "command"})
					if err == nil {
						err = k.bus.ProcessFiling(t.Context(), unp, r.Filing)
					}
					if err == nil {
						break
					}
					require.ErrorIs(t, err, errKilled)
				}
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(want.digestOf(unp), k.digestOf(unp)))
				require.Equal(t, 2200, k.filing(r).Processed.Accepted)
			})
		}
	}
}

// digestOf is the digest of one payer and of the persons it registered.
func (k *kit) digestOf(unp string) map[string]int {
	k.t.Helper()
	counted := map[string]int{}
	for stream, events := range k.digest() {
		if stream == ledger.Law {
			continue
		}
		for i, e := range events {
			if _, isPerson := stream.Person(); isPerson {
				e = e[:60] // the sealed part differs with each installation's keys
			}
			counted[fmt.Sprintf("%s %d %s", stream, i, e)]++
		}
	}
	return counted
}
