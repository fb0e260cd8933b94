package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// Outage is a time in which reports could not be filed. It moves due dates once a second
// officer has extended the deadline.
type Outage struct {
	event.OutageDeclared
	DeclaredBy string
	DeclaredAt time.Time
	Extends    bool
	ExtendedBy string
	ExtendedAt time.Time
	Position   ledger.Position // of the last event
}

// Outage finds an outage; the pointer is into the state.
func (l *Law) Outage(id uuid.UUID) (*Outage, bool) {
	i := slices.IndexFunc(l.Outages, func(x Outage) bool { return x.Outage == id })
	if i < 0 {
		return nil, false
	}
	return &l.Outages[i], true
}

// Extended gives the due date of a form after all extensions; moved tells whether one
// applies.
func (l *Law) Extended(form string, due period.Date) (date period.Date, moved bool) {
	date = due
	for _, x := range l.Outages {
		if x.Extends && x.From <= due && due <= x.To && x.OutageDeclared.Extended > date &&
			(len(x.Forms) == 0 || slices.Contains(x.Forms, form)) {
			date, moved = x.OutageDeclared.Extended, true
		}
	}
	return date, moved
}

// WorkingDay tells whether a day is one of work: neither Saturday nor Sunday, and in the
// calendar of the law neither a holiday of every year (MM-DD) nor of this one (YYYY-MM-DD).
func (l *Law) WorkingDay(d period.Date) bool {
	if w := d.Time().Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	if l == nil || l.in(ClassifierHoliday, d) == nil {
		return true
	}
	text := d.String()
	_, fixed := l.Code(ClassifierHoliday, text[len("2006-"):], d)
	_, moving := l.Code(ClassifierHoliday, text, d)
	return !fixed && !moving
}

// daysOffMax bounds the days off in a row, whatever a calendar says.
const daysOffMax = 31

// WorkingDayFrom gives the first working day from a day on.
func (l *Law) WorkingDayFrom(d period.Date) period.Date {
	for n := 0; n < daysOffMax && !l.WorkingDay(d); n++ {
		d = d.AddDays(1)
	}
	return d
}

// TermEnds gives the last day of a term that begins on a day and whose length in calendar days
// is a parameter: a working day. The error is a *rules.MissingParameterError.
func (l *Law) TermEnds(term string, begins period.Date) (period.Date, error) {
	last, err := l.Parameters.DueBy(term, begins)
	if err != nil {
		return 0, err
	}
	return l.WorkingDayFrom(last), nil
}

func (l *Law) applyDeadline(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.OutageDeclared:
		l.Outages = append(l.Outages, Outage{OutageDeclared: *f,
			DeclaredBy: e.Meta.Actor.Subject, DeclaredAt: e.RecordedAt, Position: e.Position})
	case *event.DeadlineExtended:
		if x, ok := l.Outage(f.Outage); ok {
			x.Extends, x.ExtendedBy, x.ExtendedAt = true, e.Meta.Actor.Subject, e.RecordedAt
			x.Position = e.Position
		}
	default:
		return false
	}
	return true
}
