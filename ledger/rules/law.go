package rules

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// Law is the set of all published parameters with their whole history. The zero value
// is a law without any number. Any number of readers may share one, but Publish needs it
// for itself: who publishes while others read does so on a Clone and exchanges the
// pointer.
type Law struct {
	series map[string]*series
	// day is the day of the law for questions that name none; the null date is the latest.
	day period.Date
	// standing are values of one question that hold on every day in place of the series.
	standing []entry
}

// series is the history of one parameter.
type series struct {
	// published are all publications by the time they became known.
	published []entry
	// effective are the values that count now, by first day; one for each first day.
	effective []entry
}

type entry struct {
	Parameter
	value
	// none marks the value of a question "there is no such limit".
	none bool
}

// Publish adds one dated value. A later publication for the same name and first day
// replaces the earlier one from the time it is known; the earlier one stays visible
// through AsKnownAt. Refused, with the law unchanged: an unknown name, a value of the
// wrong form, a value without act and source, an end before the start, a monthly value
// that is no whole month, and an end that reaches into the next value.
func (l *Law) Publish(p Parameter) error {
	e, err := newEntry(p)
	if err != nil {
		return err
	}
	old := l.series[p.Name]
	next := &series{}
	if old != nil {
		next.published = slices.Clone(old.published)
	}
	at := sort.Search(len(next.published), func(i int) bool {
		return next.published[i].KnownFrom.After(p.KnownFrom)
	})
	next.published = slices.Insert(next.published, at, e)
	next.settle()
	if err := next.check(); err != nil {
		return err
	}
	if l.series == nil {
		l.series = make(map[string]*series)
	}
	l.series[p.Name] = next
	return nil
}

// newEntry checks all of a publication that can be seen without its neighbours.
func newEntry(p Parameter) (entry, error) {
	d, ok := definitionOf(p.Name)
	if !ok {
		return entry{}, invalid("name", "no rule reads a parameter of this name: correct it")
	}
	v, text, ok := d.parse(p.Value)
	if !ok {
		return entry{}, invalid("value", "value of %s not understood: %s", p.Name, d.expected())
	}
	p.Value = text
	switch {
	case p.From.IsZero():
		return entry{}, invalid("from", "%s needs its first day", p.Name)
	case p.Act == "" && p.Source == "":
		return entry{}, invalid("act", "%s needs the act or the source it was read in", p.Name)
	case d.monthly:
		month := p.From.Month()
		if p.Until.IsZero() {
			p.Until = month.Last()
		}
		if p.From != month.First() || p.Until != month.Last() {
			return entry{}, invalid("from", "%s belongs to a month: give its first and last day",
				p.Name)
		}
	case !p.Until.IsZero() && p.Until < p.From:
		return entry{}, invalid("until", "the end of %s lies before its start %s", p.Name, p.From)
	}
	return entry{Parameter: p, value: v}, nil
}

// settle derives the effective values from the publications.
func (s *series) settle() {
	s.effective = s.effective[:0]
	for _, e := range s.published {
		at, found := slices.BinarySearchFunc(s.effective, e.From,
			func(e entry, from period.Date) int { return cmp.Compare(e.From, from) })
		if found {
			s.effective[at] = e
		} else {
			s.effective = slices.Insert(s.effective, at, e)
		}
	}
}

func (s *series) check() error {
	for i := 1; i < len(s.effective); i++ {
		before, e := s.effective[i-1], s.effective[i]
		if before.Until >= e.From && !before.Until.IsZero() {
			return invalid("from", "%s from %s holds until %s and a value from %s would overlap: "+
				"publish the earlier one with an earlier end first",
				e.Name, before.From, before.Until, e.From)
		}
	}
	return nil
}

// Clone gives an independent copy.
func (l *Law) Clone() *Law {
	// Series are never changed once they are in the map, so they can be shared.
	c := &Law{series: make(map[string]*series, len(l.series)), day: l.day}
	for name, s := range l.series {
		c.series[name] = s
	}
	return c
}

// On gives the law in which questions that name no day of their own are answered by the
// numbers of this day, and not by the latest ones.
func (l *Law) On(day period.Date) *Law {
	c := l.Clone()
	c.day = day
	return c
}

// AsKnownAt gives the law as it was known at t: only publications recorded until then.
func (l *Law) AsKnownAt(t time.Time) *Law {
	c := &Law{series: make(map[string]*series, len(l.series)), day: l.day}
	for name, s := range l.series {
		n := sort.Search(len(s.published), func(i int) bool {
			return s.published[i].KnownFrom.After(t)
		})
		if n == 0 {
			continue
		}
		past := &series{published: s.published[:n:n]}
		past.settle()
		c.series[name] = past
	}
	return c
}

// At gives every value that holds on the day, by name.
func (l *Law) At(date period.Date) []Parameter {
	var all []Parameter
	for name := range l.series {
		if e, err := l.find(name, date); err == nil {
			all = append(all, e.Parameter)
		}
	}
	slices.SortFunc(all, func(a, b Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Series gives the values of one parameter that count now, by first day.
func (l *Law) Series(name string) []Parameter {
	s := l.series[name]
	if s == nil {
		return nil
	}
	all := make([]Parameter, len(s.effective))
	for i, e := range s.effective {
		all[i] = e.Parameter
	}
	return all
}

// find gives the value that holds on the day, or a *MissingParameterError. It does not
// allocate when there is one.
func (l *Law) find(name string, date period.Date) (*entry, error) {
	if e := l.stands(name); e != nil {
		if e.none {
			return nil, &MissingParameterError{Name: name, Date: date}
		}
		return e, nil
	}
	if s := l.series[name]; s != nil && !date.IsZero() {
		i := sort.Search(len(s.effective), func(i int) bool { return s.effective[i].From > date })
		if i > 0 {
			e := &s.effective[i-1]
			if e.Until.IsZero() || date <= e.Until {
				return e, nil
			}
		}
	}
	return nil, &MissingParameterError{Name: name, Date: date}
}

// undated gives the value for a question without a day.
func (l *Law) undated(name string) (*entry, error) {
	if !l.day.IsZero() || l.stands(name) != nil {
		return l.find(name, l.day)
	}
	if s := l.series[name]; s != nil && len(s.effective) > 0 {
		return &s.effective[len(s.effective)-1], nil
	}
	return nil, &MissingParameterError{Name: name}
}

// stands gives the value of this question for a name, nil where it gave none.
func (l *Law) stands(name string) *entry {
	for i := range l.standing {
		if l.standing[i].Name == name {
			return &l.standing[i]
		}
	}
	return nil
}

// spans gives the values of one parameter that count now, by first day.
func (l *Law) spans(name string) []entry {
	if e := l.stands(name); e != nil {
		return []entry{*e}
	}
	if s := l.series[name]; s != nil {
		return s.effective
	}
	return nil
}

// Lookup gives the parameter that holds on the day with its act, or a
// *MissingParameterError.
func (l *Law) Lookup(name string, date period.Date) (Parameter, error) {
	e, err := l.find(name, date)
	if err != nil {
		return Parameter{}, err
	}
	return e.Parameter, nil
}

// Amount gives the amount that holds on the day, or a *MissingParameterError. It serves
// the parameters of whole kopecks; for a monthly one any day of the month will do.
func (l *Law) Amount(name string, date period.Date) (money.Amount, error) {
	e, err := l.find(name, date)
	if err != nil {
		return 0, err
	}
	return e.amount, nil
}

// Rate gives the rate, multiple, count or exact amount that holds on the day, or a
// *MissingParameterError.
func (l *Law) Rate(name string, date period.Date) (money.Rate, error) {
	e, err := l.find(name, date)
	if err != nil {
		return 0, err
	}
	return e.number, nil
}

// override gives a law in which the values of a question hold on every day.
func (l *Law) override(entries []entry) *Law {
	if len(entries) == 0 {
		return l
	}
	for i := range entries {
		e := &entries[i]
		e.From, e.Until = math.MinInt32, 0
		e.Act, e.Source = "value of this question", "value of this question"
	}
	return &Law{series: l.series, day: l.day, standing: entries}
}
