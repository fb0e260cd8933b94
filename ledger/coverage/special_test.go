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
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/rules"
)

// special makes a special period of the kind.
func special(kind, from, to string) account.SpecialPeriod {
	d := days(from, to)
	return account.SpecialPeriod{SpecialPeriodRecorded: event.SpecialPeriodRecorded{
		Period: uuid.UUID{15: 9}, Kind: kind, From: d.From, To: d.To},
		RecordedAt: recorded, Position: 8}
}

// specialLaw knows two kinds: one that counts as paid and one that does not.
func specialLaw(t *testing.T) *account.Law {
	t.Helper()
	law := account.NewLaw()
	fact := &event.ClassifierPublished{Name: account.ClassifierSpecial,
		From: period.MustDate("1900-01-01"), Entries: []event.ClassifierEntry{
			{Code: "military", Attributes: []event.Attribute{{Key: "paid", Value: "no"}}},
			{Code: "treaty", Attributes: []event.Attribute{{Key: "paid", Value: "yes"}}}}}
	require.NoError(t, law.Apply(ledger.Event{RecordedAt: time.Unix(0, 0)}, fact))
	return law
}

func TestSpecialPeriodsCountToTheCoverage(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(ledger.PersonID{1})
	p.Periods = []account.SpecialPeriod{
		special("military", "1979-05-10", "1981-05-09"),
		special("treaty", "1985-01-01", "1985-12-31")}
	c := coverage.Of(p, specialLaw(t), period.MustDate("1985-12-31"))
	require.Equal(t, rules.Duration{Years: 3}, c.Total.Coverage)
	require.Equal(t, rules.Duration{Years: 1}, c.Paid.Coverage)

	source := c.Total.Intervals[0].Sources[0]
	require.Equal(t, "military", source.Kind)
	require.Equal(t, uuid.UUID{15: 9}, source.Period)
	require.Empty(t, source.Payer)
	require.EqualValues(t, 8, source.Position)

	reasons := map[string]bool{}
	for _, g := range c.Gaps {
		reasons[g.Reason] = true
		if g.Reason == coverage.Unpaid {
			require.Empty(t, g.Employments)
		}
	}
	require.Equal(t, map[string]bool{coverage.Unpaid: true, coverage.NoEmployment: true}, reasons)

	c = coverage.Of(p, specialLaw(t), period.MustDate("1980-05-09"))
	require.Equal(t, rules.Duration{Years: 1}, c.Total.Coverage, "up to the day asked about")
}

func TestAnUnknownKindOfSpecialPeriodIsNotPaid(t *testing.T) {
	t.Parallel()
	p := account.NewPerson(ledger.PersonID{1})
	p.Periods = []account.SpecialPeriod{special("other", "1979-05-10", "1979-06-09")}
	c := coverage.Of(p, account.NewLaw(), period.MustDate("1979-06-09"))
	require.Equal(t, rules.Duration{Months: 1}, c.Total.Coverage)
	require.Zero(t, c.Paid.Coverage)
}
