package projections_test

import (
	"context"
	"iter"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

func personal(no, surname string) event.PersonalData {
	return event.PersonalData{InsuranceNo: no, Surname: surname, Name: "АННА", Sex: "М",
		Citizenship: "112", BirthDate: period.MustDate("1987-02-27")}
}

// tampered is a log in which somebody changed the head of one event.
type tampered struct {
	ledger.Log
	at ledger.Position
}

func (l *tampered) ReadAll(
	ctx context.Context, after ledger.Position, limit int,
) iter.Seq2[ledger.Event, error] {
	return func(yield func(ledger.Event, error) bool) {
		for e, err := range l.Log.ReadAll(ctx, after, limit) {
			if e.Position == l.at {
				e.Head[0] ^= 1
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
