package account

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Recent is an account whose older slots may have stayed where they are stored. It takes
// events and can be stored again, and nothing can be asked of it that they might answer:
// only a Person can, and that has all of its slots.
type Recent struct {
	person Person
	stored older // as it was read
}

// ErrOlderNeeded tells that an event is about slots that are not loaded.
var ErrOlderNeeded = errors.New("the older slots of the account are needed")

// Stored gives the account to be stored for the first time.
func (p *Person) Stored() Recent { return Recent{person: *p} }

// Restore makes an account of what was stored; older is nil where there is none.
func Restore(state, older []byte) (*Person, error) {
	r := &Recent{}
	if err := r.Read(ledger.NewDecoder(state), older); err != nil {
		return nil, err
	}
	if r.away() {
		return nil, fmt.Errorf("%w: older slots of account %s are gone", ledger.ErrCorrupt,
			r.person.ID)
	}
	return &r.person, nil
}

// Reset makes r the state before the first event, as Person.Reset does, for the next one of
// many accounts. Of the one before nothing is left.
func (r *Recent) Reset(id ledger.PersonID) {
	clear(r.person.open)
	clear(r.person.Employments)
	r.person.Reset(id)
	r.stored = older{}
}

// Read takes an account as it is stored, with its older slots or, where they are nil, without:
// many have none.
func (r *Recent) Read(c *ledger.Codec, older []byte) error {
	p := &r.person
	if p.fields(c, &p.older, &p.open); older != nil {
		p.bring(c, older)
	}
	r.stored = p.older
	if err := c.Finish(); err != nil {
		return fmt.Errorf("stored account: %w", err)
	}
	return nil
}

// away tells that there are older slots that are not loaded.
func (r *Recent) away() bool { return r.person.older.any && r.person.older.bytes == nil }

// Apply takes an event, or refuses it with ErrOlderNeeded and is as before.
func (r *Recent) Apply(e ledger.Event, payload event.Payload) error {
	if year, ok := SlotYear(payload); ok && r.away() && !r.staysOpen(year) {
		return fmt.Errorf("%w: event %d of account %s", ErrOlderNeeded, e.Revision, r.person.ID)
	}
	r.person.Apply(e, payload)
	return nil
}

// staysOpen tells that a slot of the year is open, and none is closed for it.
func (r *Recent) staysOpen(year int) bool {
	oldest := r.person.open[0].Year
	return !r.person.wouldClose(year) &&
		(year <= oldest || uint64(year)-uint64(oldest) < openYears)
}

// Store encodes the account. It gives the older slots that are to be stored in a place of
// their own: nil where there are none, and where they are as they were read.
func (r *Recent) Store(c *ledger.Codec) (older []byte) {
	now, open := r.person.closed()
	r.person.fields(c, &now, &open)
	if bytes.Equal(now.bytes, r.stored.bytes) { // nothing is nothing, also while away
		return nil
	}
	return now.bytes
}

// Names tells whether an employment or one of the open slots names a payer.
func (r *Recent) Names(payer string) bool {
	return slices.ContainsFunc(r.person.open, func(s Slot) bool { return s.Payer == payer }) ||
		slices.ContainsFunc(r.person.Employments,
			func(e Employment) bool { return e.Payer == payer })
}

// Head is what lists of accounts show.
type Head struct {
	ID           ledger.PersonID
	Revision     ledger.Revision
	Position     ledger.Position
	Newest       int // year that something is reported of by ПУ-3; 0 for none
	Occupational bool
	MergedInto   ledger.PersonID
}

// Head gives what lists show of the account.
func (r *Recent) Head() Head {
	p := &r.person
	h := Head{ID: p.ID, Revision: p.Revision, Position: p.Position,
		Occupational: len(p.Occupational) > 0, MergedInto: p.MergedInto}
	if n := len(p.open); n > 0 {
		h.Newest = p.open[n-1].Year
	}
	return h
}

// SlotYear gives the year of the slot that an event is about; ok is false where it is about
// none.
func SlotYear(payload event.Payload) (year int, ok bool) {
	switch f := payload.(type) {
	case *event.IndividualDataReported:
		return f.Slot.Year, true
	case *event.IndividualDataCorrected:
		return f.Slot.Year, true
	case *event.IndividualDataCancelled:
		return f.Slot.Year, true
	case *event.IndividualDataRestored:
		return f.Slot.Year, true
	case *event.IndividualDataReportedForPension:
		return f.Slot.Year, true
	}
	return 0, false
}
