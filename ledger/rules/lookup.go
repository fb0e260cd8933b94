package rules

import (
	"math"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Names of the numbers that amounts rest on.
const (
	SubsistenceLevel  = "subsistence_level"
	MinimumOldAgeRate = "minimum_old_age_rate"
	// MaximumOldAgePension may be overridden by null: there is none.
	MaximumOldAgePension = "maximum_old_age_pension"

	// Names in traces for the level of the quarter before and for what follows from both.
	subsistenceBefore = "subsistence_level_before"
	subsistenceHigher = "subsistence_level_counted"
	minimumPension    = "minimum_old_age_pension"
)

// lookup gives a rule the numbers of the law that it needs and notes them in the trace. It
// keeps the first error, so that a rule asks once, after its last number. It is made anew
// for each calculation and does not allocate without a trace.
type lookup struct {
	law   *Law
	trace *Trace
	err   error
}

// find gives the entry that holds on the day, nil after an error.
func (l *lookup) find(name string, on period.Date) *entry {
	if l.err != nil {
		return nil
	}
	e, err := l.at(name, on)
	if err != nil {
		l.err = err
		return nil
	}
	l.trace.number(e, e.term, on)
	return e
}

// undated stands for the day of a question that has none: the law's own day counts then.
const undated = period.Date(math.MaxInt32)

// at gives the entry of a day.
func (l *lookup) at(name string, on period.Date) (*entry, error) {
	if on == undated {
		return l.law.undated(name)
	}
	return l.law.find(name, on)
}

// number gives the amount, rate, multiple or count that holds on the day.
func (l *lookup) number(name string, on period.Date) exact {
	if e := l.find(name, on); e != nil {
		return e.exact
	}
	return exact{}
}

// rate gives a rate as the answer repeats it.
func (l *lookup) rate(name string, on period.Date) money.Rate {
	if e := l.find(name, on); e != nil {
		return e.number
	}
	return 0
}

// amount gives an amount of whole kopecks.
func (l *lookup) amount(name string, on period.Date) money.Amount {
	if e := l.find(name, on); e != nil {
		return e.value.amount
	}
	return 0
}

// count gives a whole number of days, months, years or times.
func (l *lookup) count(name string, on period.Date) int {
	return int(l.rate(name, on) / rateUnits)
}

// limit gives an amount that may be overridden to be none.
func (l *lookup) limit(name string, on period.Date) (limit exact, set bool) {
	if l.err != nil {
		return exact{}, false
	}
	if e := l.law.stands(name); e != nil && e.none {
		l.trace.number(e, e.term, on)
		return exact{}, false
	}
	return l.number(name, on), true
}

// word gives the choice that holds on the day.
func (l *lookup) word(name string, on period.Date) string {
	if e := l.find(name, on); e != nil {
		return e.Value
	}
	return ""
}

// step gives the value of a table from a number up, such as months of coverage by age.
func (l *lookup) step(name string, on period.Date, at int) money.Rate {
	return l.ofTable(name, on, at, ladder.at)
}

// named gives the value of a table for just one number, such as a rate by group.
func (l *lookup) named(name string, on period.Date, at int) money.Rate {
	return l.ofTable(name, on, at, ladder.only)
}

func (l *lookup) ofTable(
	name string, on period.Date, at int, pick func(ladder, int) (money.Rate, bool),
) money.Rate {
	e := l.find(name, on)
	if e == nil {
		return 0
	}
	v, ok := pick(e.value.table, at)
	if !ok {
		l.err = &MissingParameterError{Name: name, Date: on}
	}
	return v
}

// table gives the ladder that holds on the day.
func (l *lookup) table(name string, on period.Date) ladder {
	if e := l.find(name, on); e != nil {
		return e.value.table
	}
	return nil
}

// wage gives W, the national average wage earned in the month.
func (l *lookup) wage(month period.Month) exact {
	return l.number(NationalAverageWage, month.First())
}

// subsistence gives S: the larger of the level in force on the day and that of the
// quarter before. Levels hold for quarters that start in February, May, August and
// November.
func (l *lookup) subsistence(on period.Date) exact {
	before := levelQuarter(on).AddDays(-1)
	now := l.find(SubsistenceLevel, on)
	if now == nil {
		return exact{}
	}
	earlier, err := l.law.find(SubsistenceLevel, before)
	if err != nil {
		l.err = err
		return exact{}
	}
	l.trace.number(earlier, subsistenceBefore, before)
	level := larger(now.exact, earlier.exact)
	if l.trace != nil {
		l.trace.exact(subsistenceHigher, "max(subsistence_level, subsistence_level_before)", level)
		l.trace.use(SubsistenceLevel, level.String())
	}
	return level
}

// minimumPension gives M, the minimum old-age pension, unrounded.
func (l *lookup) minimumPension(on period.Date) exact {
	share := l.number(MinimumOldAgeRate, on)
	m := share.times(l.subsistence(on))
	l.trace.exact(minimumPension, "minimum_old_age_rate × subsistence_level_counted", m)
	return m
}

// levelQuarter gives the first day of the quarter of subsistence levels that the day is in.
func levelQuarter(on period.Date) period.Date {
	month := on.Month()
	// January belongs to the quarter from November, February begins one.
	return month.Add(-((month.Number() + 1) % 3)).First()
}

// reached tells whether the number of months of life is reached on the day.
func reached(birth period.Date, months int, on period.Date) bool {
	day := birth.AddMonths(months)
	return !day.IsZero() && day <= on
}

// younger tells whether the person has not reached the years on the day.
func younger(birth period.Date, years int, on period.Date) bool {
	return !reached(birth, years*12, on)
}

// fullYears gives the age in whole years.
func fullYears(birth, on period.Date) int {
	years := on.Year() - birth.Year()
	if birth.AddMonths(years*12) > on {
		years--
	}
	return years
}

// bornBefore refuses a day before the birth.
func bornBefore(birth, day period.Date, field string) error {
	if day < birth {
		return invalid(field, "the day lies before the birth: correct one of the two")
	}
	return nil
}

// refuse gives no right, and notes why.
func (l *lookup) refuse(reason Reason) Award {
	l.trace.word("reason", "", string(reason))
	return Award{Reason: reason}
}

// award gives a part of the subsistence level, named by its rate, where there is no reason
// against it.
func (l *lookup) award(reason Reason, rateName string, on period.Date) (Award, error) {
	if reason != "" {
		return l.refuse(reason), l.err
	}
	return l.levelShare(l.rate(rateName, on), rateName, on)
}

// levelShare gives a part of the subsistence level; formula says where the rate is from.
func (l *lookup) levelShare(rate money.Rate, formula string, on period.Date) (Award, error) {
	level := l.subsistence(on)
	if l.err != nil {
		return Award{}, l.err
	}
	l.trace.rate("rate", formula, rate)
	amount := exactRate(rate).times(level).round()
	l.trace.amount("amount", "round(rate × subsistence_level_counted)", amount)
	return Award{Eligible: true, Amount: amount}, nil
}
