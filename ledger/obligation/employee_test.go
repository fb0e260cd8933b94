package obligation_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/stazh/stazh/fixtures/law"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
)

const unp = "200988541"

var day = period.MustDate

func lawOf(t *testing.T) *account.Law {
	t.Helper()
	lists, err := law.Classifiers()
	require.NoError(t, err)
	l := account.NewLaw()
	for _, x := range lists {
		f := x.Published()
		require.NoError(t, l.Apply(ledger.Event{}, &f))
	}
	return l
}

// employee was hired on 12 February 2018 and left on 15 August.
func employee() *account.Person {
	p := account.NewPerson(uuid.UUID{1})
	p.Employments = []account.Employment{
		{ID: uuid.UUID{2}, Payer: unp, HiredOn: day("2018-02-12"), EndedOn: day("2018-08-15")},
		{ID: uuid.UUID{3}, Payer: "100000007", HiredOn: day("2018-01-01")},
		{ID: uuid.UUID{4}, Payer: unp}} // only a ПУ-3 tells of it
	return p
}

func employer(kind string) *account.Payer {
	p := account.NewPayer(unp)
	p.Registered, p.Kind, p.Since = true, kind, day("2018-01-01")
	p.RegisteredAt = time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC)
	return p
}

func states(list []obligation.EmployeeReport) (all []string) {
	for _, x := range list {
		late := ""
		if x.Late {
			late = " late"
		}
		all = append(all, obligation.FirstMonth(x.Year, x.Quarter).String()+" "+
			x.DueOn.String()+" "+string(x.State)+late+" "+x.Receipt)
	}
	return all
}

func slotOf(quarters string, v ...account.Version) account.Slot {
	s := account.Slot{Slot: event.Slot{Payer: unp, Year: 2018, Quarters: quarters}}
	last := v[len(v)-1]
	s.Receipt, s.RecordedAt, s.Months = last.Receipt, last.RecordedAt, last.Months
	s.ForPension, s.Former = last.ForPension, v[:len(v)-1]
	return s
}

func version(receipt, on string) account.Version {
	return account.Version{Receipt: receipt, RecordedAt: day(on).Time().Add(12 * time.Hour),
		Months: []event.MonthFact{{Earnings: 1}}}
}

func TestReportsOwedOnAnEmployee(t *testing.T) {
	t.Parallel()
	l, who := lawOf(t), employee()
	of := func(on string) []string {
		return states(obligation.OfEmployee(who, employer("employer"), l, day(on)))
	}
	require.Empty(t, of("2018-03-31"), "the quarter has not ended")
	require.Equal(t, []string{"2018-01 2018-04-30 open "}, of("2018-04-30"))
	require.Equal(t, []string{"2018-01 2018-04-30 missed "}, of("2018-05-01"))
	require.Equal(t, []string{"2018-01 2018-04-30 missed ", "2018-04 2018-07-31 missed ",
		"2018-07 2018-10-31 missed "}, of("2019-06-01"), "nothing is owed after the dismissal")
	require.Empty(t, obligation.OfEmployee(who, employer("treasury"), l, day("2019-06-01")),
		"such payers owe no ПУ-3")

	cancelled := version("C", "2018-05-10")
	cancelled.Months = nil
	forPension := version("P", "2018-06-01")
	forPension.ForPension = true
	who.Suppose(
		slotOf("1", version("A", "2018-04-10"), cancelled, version("D", "2018-06-01"),
			version("E", "2018-09-01")), // in force without a break since D
		slotOf("2", forPension),
		slotOf("3", version("F", "2018-11-05"), cancelled))
	require.Equal(t, []string{"2018-01 2018-04-30 met late D", "2018-04 2018-07-31 missed ",
		"2018-07 2018-10-31 missed "}, of("2019-06-01"))
	who.Suppose(slotOf("234", version("G", "2018-07-20")))
	require.Equal(t, []string{"2018-01 2018-04-30 met late D", "2018-04 2018-07-31 met G",
		"2018-07 2018-10-31 met G"}, of("2019-06-01"))
}

func TestNothingIsOwedOnEmployeesWhereANilReportStands(t *testing.T) {
	t.Parallel()
	l, who, p := lawOf(t), employee(), employer("employer")
	p.Nil = []event.NilReportDeclared{{From: period.MustMonth("2018-04"),
		Until: period.MustMonth("2018-06"), Reason: "seasonal"}}
	require.Equal(t, []string{"2018-01 2018-04-30 missed ", "2018-07 2018-10-31 missed "},
		states(obligation.OfEmployee(who, p, l, day("2019-06-01"))))
	p.Since = day("2018-07-01")
	p.RegisteredAt = p.Since.Time()
	_, owed := obligation.OfEmployeeIn(who, p, l, period.MustMonth("2018-01"), day("2019-06-01"))
	require.False(t, owed, "the payer had no duties yet")
	x, owed := obligation.OfEmployeeIn(who, p, l, period.MustMonth("2018-07"), day("2018-10-01"))
	require.True(t, owed)
	require.Equal(t, obligation.Open, x.State)
}
