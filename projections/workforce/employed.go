package workforce

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// employment is a row of employed: for which months a relationship lasts.
type employment struct {
	payer  string
	person ledger.PersonID
	first  period.Month // zero while no ПУ-2 has told of the hire
	last   period.Month // zero while it lasts
	gone   bool         // the hire was cancelled
}

// employmentOf tells which relationship an event is about.
func employmentOf(payload event.Payload) (id uuid.UUID, ok bool) {
	switch f := payload.(type) {
	case *event.EmploymentStarted:
		return f.Employment, true
	case *event.EmploymentEnded:
		return f.Employment, true
	case *event.EmploymentRecordCorrected:
		return f.Employment, true
	case *event.EmploymentRecordCancelled:
		return f.Employment, true
	}
	return id, false
}

// monthOf is the month of a day; zero for none.
func monthOf(d period.Date) period.Month {
	if d.IsZero() {
		return 0
	}
	return d.Month()
}

// apply takes an event of the relationship into account.
func (x *employment) apply(person ledger.PersonID, payload event.Payload) {
	switch f := payload.(type) {
	case *event.EmploymentStarted:
		x.payer, x.person, x.first = projections.Text(f.Payer), person, monthOf(f.HiredOn)
	case *event.EmploymentEnded:
		x.last = monthOf(f.EndedOn)
	case *event.EmploymentRecordCorrected:
		x.first, x.last = monthOf(f.HiredOn), monthOf(f.EndedOn)
	case *event.EmploymentRecordCancelled:
		if f.Dismissal {
			x.last = 0
		} else {
			x.gone = true
		}
	}
}

// applyEmployments notes relationships that begin, end or are put right.
func applyEmployments(ctx context.Context, tx pgx.Tx, batch []projections.Event,
	begun map[ledger.PersonID]bool) error {
	touched := map[uuid.UUID]*employment{}
	var order, looked []uuid.UUID
	for i := range batch {
		id, ok := employmentOf(batch[i].Payload)
		if !ok || touched[id] != nil {
			continue
		}
		touched[id] = &employment{}
		order = append(order, id)
		if person, _ := batch[i].Stream.Person(); !begun[person] {
			looked = append(looked, id)
		}
	}
	if len(order) == 0 {
		return nil
	}
	if err := loadEmployments(ctx, tx, looked, touched); err != nil {
		return err
	}
	for i := range batch {
		if id, ok := employmentOf(batch[i].Payload); ok {
			person, _ := batch[i].Stream.Person()
			touched[id].apply(person, batch[i].Payload)
		}
	}
	if len(looked) > 0 {
		if _, err := tx.Exec(ctx, "delete from employed where employment = any($1)",
			projections.UUIDs(looked)); err != nil {
			return fmt.Errorf("store employments: %w", err)
		}
	}
	rows := projections.NewRows()
	for _, id := range order {
		writeEmployment(rows, id, touched[id])
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store employments: %w", err)
	}
	return nil
}

// loadEmployments reads the rows that are there.
func loadEmployments(ctx context.Context, tx pgx.Tx, ids []uuid.UUID,
	into map[uuid.UUID]*employment) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select employment, payer, person, coalesce(first, 0),
		coalesce(last, 0) from employed where employment = any($1)`, projections.UUIDs(ids))
	if err != nil {
		return fmt.Errorf("load employments: %w", err)
	}
	var id uuid.UUID
	var x employment
	var first, last int32
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&id), &x.payer, (*[16]byte)(&x.person),
		&first, &last}, func() error {
		x.first, x.last = period.Month(first), period.Month(last)
		*into[id] = x
		return nil
	})
	if err != nil {
		return fmt.Errorf("load employments: %w", err)
	}
	return nil
}

func writeEmployment(rows *projections.Rows, id uuid.UUID, x *employment) {
	if x.gone || x.payer == "" {
		return
	}
	rows.Table("employed", 5)
	rows.UUID(id)
	rows.Text(x.payer)
	rows.UUID(x.person)
	for _, m := range [...]period.Month{x.first, x.last} {
		if m == 0 {
			rows.Null()
		} else {
			rows.Int32(int32(m))
		}
	}
}
