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
