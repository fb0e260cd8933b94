package coverage_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/coverage"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

const (
	payerA = "200988541"
	payerB = "100000007"
)

var recorded = time.Date(2018, 4, 20, 9, 0, 0, 0, time.UTC)

// relationship gives the id of the n-th employment of the tests.
func relationship(n byte) uuid.UUID { return uuid.UUID{15: n} }

func days(from, to string) period.Interval {
	return period.Interval{From: period.MustDate(from), To: period.MustDate(to)}
}

// service is a service period with an activity code; empty for ordinary work.
func service(from, to, activity string) event.ServicePeriod {
	d := days(from, to)
	return event.ServicePeriod{From: d.From, To: d.To, Activity: activity}
}

// slot is a report of service, with earnings of 1000.00 in each of the months.
func slot(payer string, n byte, receipt string, months []string,
	served ...event.ServicePeriod) account.Slot {
	s := account.Slot{
		Slot:    event.Slot{Payer: payer, Employment: relationship(n), Category: "01"},
		Version: 1, Receipt: receipt, DocNo: 1, RecordedAt: recorded, Position: 7,
		Service: served,
	}
	for _, m := range months {
		s.Months = append(s.Months, event.MonthFact{
			Month: period.MustMonth(m), Earnings: money.MustParse("1000.00")})
	}
	return s
}

func employment(payer string, n byte, hired, ended string) account.Employment {
	e := account.Employment{ID: relationship(n), Payer: payer, Contract: "01"}
	if hired != "" {
		e.HiredOn = period.MustDate(hired)
	}
	if ended != "" {
		e.EndedOn = period.MustDate(ended)
	}
	return e
}

// law has the classifier of activities: ДЕТИ0 does not count as paid, and ВЗНОСЫВРЕМ
// does not until 14 February 2018.
func law(t testing.TB) *account.Law {
	t.Helper()
	unpaid := []event.Attribute{{Key: account.AttributePaid, Value: "no"}}
	l := account.NewLaw()
	require.NoError(t, l.Apply(ledger.Event{}, &event.ClassifierPublished{
		Name: account.ClassifierActivity,
		Entries: []event.ClassifierEntry{
			{Code: "ДЕТИ0", Attributes: unpaid},
			{Code: "СП1", Attributes: []event.Attribute{
				{Key: account.AttributePaid, Value: "yes"}}},
			{Code: "ВЗНОСЫВРЕМ", Until: period.MustDate("2018-02-14"), Attributes: unpaid},
			{Code: "ВЗНОСЫВРЕМ", From: period.MustDate("2018-02-15")},
		},
	}))
	return l
}

// gap is what the tests compare of a gap.
type gap struct {
	days    period.Interval
	reason  string
	covered bool
	payers  []string
}

func gapsOf(c coverage.Coverage) (list []gap) {
	for _, g := range c.Gaps {
		x := gap{days: g.Interval, reason: g.Reason, covered: g.Covered}
		for _, e := range g.Employments {
			x.payers = append(x.payers, e.Payer)
		}
		list = append(list, x)
	}
	return list
}

func intervalsOf(part coverage.Part) (list []period.Interval) {
	for _, i := range part.Intervals {
		list = append(list, i.Interval)
	}
	return list
}

var quarter1 = []string{"2018-01", "2018-02", "2018-03"}

// measured is an account and its coverage on a day.
type measured struct {
	employments []account.Employment
	slots       []account.Slot
	on          string
	total, paid rules.Duration
	overlap     int
	gaps        []gap
}

func (c *measured) check(t *testing.T, what string) {
	t.Helper()
	p := account.NewPerson(uuid.UUID{1})
	p.Employments = c.employments
	p.Suppose(c.slots...)
	got := coverage.Of(p, law(t), period.MustDate(c.on))
	require.Equal(t, c.total, got.Total.Coverage, what)
	require.Equal(t, c.paid, got.Paid.Coverage, what)
	require.Equal(t, c.overlap, got.OverlapDays, what)
	require.Equal(t, c.gaps, gapsOf(got), what)
}

func TestDaysCountOnceAndAsReported(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]measured{
		"nothing is known": {on: "2018-06-30"},
		"two quarters that touch are one interval": {
			employments: []account.Employment{employment(payerA, 1, "2018-01-15", "2018-06-14")},
			slots: []account.Slot{
				slot(payerA, 1, "r1", quarter1, service("2018-01-15", "2018-03-31", "")),
				slot(payerA, 1, "r2", []string{"2018-04", "2018-05", "2018-06"},
					service("2018-04-01", "2018-06-14", "")),
			},
			on:    "2018-06-14",
			total: rules.Duration{Months: 5}, paid: rules.Duration{Months: 5},
		},
		"two payers at once count once": {
			slots: []account.Slot{
				slot(payerA, 1, "r1", quarter1, service("2018-01-01", "2018-03-31", "")),
				slot(payerB, 2, "r2", quarter1, service("2018-02-01", "2018-02-10", "")),
			},
			on:    "2018-03-31",
			total: rules.Duration{Months: 3}, paid: rules.Duration{Months: 3}, overlap: 10,
		},
		"days after the dismissal count as reported": {
			employments: []account.Employment{employment(payerA, 1, "2018-01-01", "2018-01-20")},
			slots: []account.Slot{slot(payerA, 1, "r1", quarter1,
				service("2018-01-01", "2018-01-31", ""))},
			on:    "2018-01-31",
			total: rules.Duration{Months: 1}, paid: rules.Duration{Months: 1},
		},
		"days after the asked one do not": {
			slots: []account.Slot{slot(payerA, 1, "r1", quarter1,
				service("2018-01-01", "2018-03-31", ""))},
			on:    "2018-02-10",
			total: rules.Duration{Months: 1, Days: 10}, paid: rules.Duration{Months: 1, Days: 10},
		},
	} {
		c.check(t, what)
	}
}

func TestDaysWithPaidContributions(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]measured{
		"an activity that is not paid": {
			slots: []account.Slot{slot(payerA, 1, "r1", quarter1,
				service("2018-01-01", "2018-01-31", ""),
				service("2018-02-01", "2018-03-31", "ДЕТИ0"))},
			on:    "2018-03-31",
			total: rules.Duration{Months: 3}, paid: rules.Duration{Months: 1},
			gaps: []gap{{days("2018-02-01", "2018-03-31"), coverage.Unpaid, true,
				[]string{payerA}}},
		},
		"an activity that becomes paid within a month": {
			slots: []account.Slot{slot(payerA, 1, "r1", quarter1,
				service("2018-02-01", "2018-02-28", "ВЗНОСЫВРЕМ"))},
			on:    "2018-02-28",
			total: rules.Duration{Months: 1}, paid: rules.Duration{Days: 14},
			gaps: []gap{{days("2018-02-01", "2018-02-14"), coverage.Unpaid, true,
				[]string{payerA}}},
		},
		"an unpaid activity beside paid work elsewhere": {
			slots: []account.Slot{
				slot(payerA, 1, "r1", quarter1, service("2018-01-01", "2018-01-31", "ДЕТИ0")),
				slot(payerB, 2, "r2", quarter1, service("2018-01-11", "2018-01-20", "")),
			},
			on:    "2018-01-31",
			total: rules.Duration{Months: 1}, paid: rules.Duration{Days: 10}, overlap: 10,
			gaps: []gap{
				{days("2018-01-01", "2018-01-10"), coverage.Unpaid, true, []string{payerA}},
				{days("2018-01-21", "2018-01-31"), coverage.Unpaid, true, []string{payerA}},
			},
		},
		"a month without earnings": {
			slots: []account.Slot{slot(payerA, 1, "r1", []string{"2018-01", "2018-03"},
				service("2018-01-01", "2018-03-31", ""))},
			on:    "2018-03-31",
			total: rules.Duration{Months: 3}, paid: rules.Duration{Months: 2},
			gaps: []gap{{days("2018-02-01", "2018-02-28"), coverage.NoEarnings, true,
				[]string{payerA}}},
		},
		"earnings of another contract with the same payer": {
			slots: []account.Slot{
				slot(payerA, 1, "r1", nil, service("2018-01-01", "2018-01-31", "")),
				slot(payerA, 2, "r2", []string{"2018-01"}),
			},
			on:    "2018-01-31",
			total: rules.Duration{Months: 1}, paid: rules.Duration{Months: 1},
		},
	} {
		c.check(t, what)
	}
}

func TestSelfEmployedPayForAnyReportedMonth(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(uuid.UUID{1})
	s := slot(payerA, 1, "r1", quarter1[:2], service("2018-01-01", "2018-03-31", ""))
	s.Category = account.CategorySelfEmployed
	s.Months[1].Earnings = 0
	p.Suppose(s)
	got := coverage.Of(p, law(t), period.MustDate("2018-03-31"))
	require.Equal(t, rules.Duration{Months: 2}, got.Paid.Coverage)
	require.Equal(t, []gap{{days("2018-03-01", "2018-03-31"), coverage.NoEarnings, true,
		[]string{payerA}}}, gapsOf(got))
}

func TestUncoveredDaysHaveTheirReason(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(uuid.UUID{1})
	p.Employments = []account.Employment{
		employment(payerA, 1, "2018-01-01", "2018-03-31"),
		employment(payerB, 2, "2018-03-15", ""),
		employment(payerB, 3, "", ""), // known from individual data only
	}
	p.Suppose(
		slot(payerA, 1, "r1", quarter1, service("2018-01-11", "2018-01-31", "")),
		slot(payerB, 3, "r2", []string{"2018-05"}, service("2018-05-01", "2018-05-31", "")),
	)
	l := law(t)
	both := []string{payerA, payerB}
	want := []gap{
		{days("2018-01-01", "2018-01-10"), coverage.NoReport, false, []string{payerA}},
		{days("2018-02-01", "2018-03-14"), coverage.NoReport, false, []string{payerA}},
		{days("2018-03-15", "2018-03-31"), coverage.NoReport, false, both},
		{days("2018-04-01", "2018-04-30"), coverage.NoReport, false, []string{payerB}},
		{days("2018-06-01", "2018-06-30"), coverage.NoReport, false, []string{payerB}},
		{days("2018-07-01", "2018-08-10"), coverage.ReportNotDue, false, []string{payerB}},
	}
	require.Equal(t, want, gapsOf(coverage.Of(p, l, period.MustDate("2018-08-10"))))

	p.Employments[1].EndedOn = period.MustDate("2018-06-29")
	want = append(want[:4],
		gap{days("2018-06-01", "2018-06-29"), coverage.NoReport, false, []string{payerB}},
		gap{days("2018-06-30", "2018-08-10"), coverage.NoEmployment, false, nil})
	require.Equal(t, want, gapsOf(coverage.Of(p, l, period.MustDate("2018-08-10"))))
	require.Equal(t, want[:4], gapsOf(coverage.Of(p, l, 0)), "no day: up to the last service")
}

func TestReportIsDueInTheMonthAfterTheQuarter(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(uuid.UUID{1})
	p.Employments = []account.Employment{employment(payerA, 1, "2017-11-01", "2018-03-31")}
	for on, want := range map[string][]gap{
		"2018-01-31": {{days("2017-11-01", "2018-01-31"), coverage.ReportNotDue, false,
			[]string{payerA}}},
		"2018-02-01": {
			{days("2017-11-01", "2017-12-31"), coverage.NoReport, false, []string{payerA}},
			{days("2018-01-01", "2018-02-01"), coverage.ReportNotDue, false, []string{payerA}}},
		"2018-04-30": {
			{days("2017-11-01", "2017-12-31"), coverage.NoReport, false, []string{payerA}},
			{days("2018-01-01", "2018-03-31"), coverage.ReportNotDue, false, []string{payerA}},
			{days("2018-04-01", "2018-04-30"), coverage.NoEmployment, false, nil}},
		"2018-05-01": {
			{days("2017-11-01", "2018-03-31"), coverage.NoReport, false, []string{payerA}},
			{days("2018-04-01", "2018-05-01"), coverage.NoEmployment, false, nil}},
	} {
		require.Equal(t, want, gapsOf(coverage.Of(p, law(t), period.MustDate(on))), on)
	}
}

// 31 October 2020 is a Saturday: the report of the quarter is due on Monday.
func TestNoReportIsMissingBeforeItsDueDay(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(uuid.UUID{1})
	p.Employments = []account.Employment{employment(payerA, 1, "2020-07-01", "2020-09-30")}
	l := law(t)
	require.NoError(t, l.Apply(ledger.Event{}, &event.ClassifierPublished{
		Name: account.ClassifierDuty, Entries: []event.ClassifierEntry{{Code: account.FormPU3,
			Attributes: []event.Attribute{{Key: "due_day", Value: "31"},
				{Key: "due_month", Value: "1"}, {Key: "kinds", Value: "employer"}}}}}))
	for on, want := range map[string]string{"2020-10-31": coverage.ReportNotDue,
		"2020-11-02": coverage.ReportNotDue, "2020-11-03": coverage.NoReport} {
		gaps := coverage.Of(p, l, period.MustDate(on)).Gaps
		require.Equal(t, want, gaps[0].Reason, on)
		require.Equal(t, "2020-09-30", gaps[0].To.String())
	}
}

func TestIntervalsSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(uuid.UUID{1})
	p.Suppose(
		slot(payerA, 1, "r1", quarter1[1:], service("2018-01-01", "2018-03-31", "СП1")),
		slot(payerB, 2, "r2", quarter1, service("2018-03-01", "2018-03-31", "")),
		slot(payerB, 2, "r3", []string{"2018-06"}, service("2018-06-01", "2018-06-30", "")),
	)
	got := coverage.Of(p, law(t), period.MustDate("2018-06-30"))
	require.Equal(t, []period.Interval{
		days("2018-01-01", "2018-03-31"), days("2018-06-01", "2018-06-30")}, intervalsOf(got.Total))
	require.Equal(t, []period.Interval{
		days("2018-02-01", "2018-03-31"), days("2018-06-01", "2018-06-30")}, intervalsOf(got.Paid))

	fromA := coverage.Source{Interval: days("2018-02-01", "2018-03-31"), Payer: payerA,
		Employment: relationship(1), Category: "01", Activity: "СП1", Receipt: "r1", DocNo: 1,
		RecordedAt: recorded, Position: 7}
	fromB := coverage.Source{Interval: days("2018-03-01", "2018-03-31"), Payer: payerB,
		Employment: relationship(2), Category: "01", Receipt: "r2", DocNo: 1,
		RecordedAt: recorded, Position: 7}
	require.Equal(t, []coverage.Source{fromA, fromB}, got.Paid.Intervals[0].Sources)
	fromA.Interval = days("2018-01-01", "2018-03-31")
	require.Equal(t, []coverage.Overlap{{
		Interval: days("2018-03-01", "2018-03-31"), Days: 31,
		Sources: []coverage.Source{fromA, fromB},
	}}, got.Overlaps)
	require.Equal(t, 90, got.Total.Intervals[0].Days)
	require.Equal(t, 120, got.Total.Days)
	require.Equal(t, 89, got.Paid.Days)
}
