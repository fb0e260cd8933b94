// Package balance keeps the accounts of payers: for each payer the state that the fold
// account.Payer gives, the totals that lists show, and which months wait for a parameter
// of the law. What is owed at a day is computed from the state when asked.
package balance

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the streams of payers.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "balance" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 1 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "payer", Key: []string{"unp"}},
		{Name: "awaiting", Key: []string{"parameter", "for_month", "payer", "month"}},
	}
}

// Apply folds the events of payers: one statement loads all states that the batch
// touches, one writes them back.
func (*Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	var unps []string
	seen := map[string]bool{}
	for i := range batch {
		if unp, ok := batch[i].Stream.Payer(); ok && !seen[unp] {
			seen[unp] = true
			unps = append(unps, unp)
		}
	}
	if len(unps) == 0 {
		return nil
	}
	states, err := load(ctx, tx, unps)
	if err != nil {
		return err
	}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok {
			continue
		}
		if err := apply(states[unp], &batch[i]); err != nil {
			return err
		}
	}
	return store(ctx, tx, unps, states)
}

// apply folds one event.
func apply(payer *account.Payer, e *projections.Event) error {
	if e.Revision != payer.Revision+1 {
		return fmt.Errorf("%w: revision %d of a payer comes after revision %d",
			ledger.ErrCorrupt, e.Revision, payer.Revision)
	}
	payer.Apply(*e.Event, e.Payload)
	return nil
}

// load gives a state for each payer, a fresh one where there is no row.
func load(ctx context.Context, tx pgx.Tx, unps []string) (map[string]*account.Payer, error) {
	states := make(map[string]*account.Payer, len(unps))
	for _, unp := range unps {
		states[unp] = account.NewPayer(unp)
	}
	rows, err := tx.Query(ctx, "select unp, state from payer where unp = any($1)", unps)
	if err != nil {
		return nil, fmt.Errorf("load payers: %w", err)
	}
	var (
		unp   string
		state []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&unp, &state}, func() error {
		payer, err := decode(state)
		states[unp] = payer
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load payers: %w", err)
	}
	return states, nil
}

func decode(state []byte) (*account.Payer, error) {
	payer := &account.Payer{}
	c := ledger.NewDecoder(state)
	payer.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored account of a payer: %w", err)
	}
	return payer, nil
}

// waiting are the months of the batch's payers that wait for a parameter.
type waiting struct {
	parameters, payers []string
	forMonths, months  []int32
}

func (w *waiting) add(p *account.Payer) {
	for _, m := range p.Months {
		if m.Awaits != "" {
			w.parameters = append(w.parameters, projections.Text(m.Awaits))
			w.forMonths = append(w.forMonths, int32(m.AwaitsFor))
			w.payers = append(w.payers, p.UNP)
			w.months = append(w.months, int32(m.Month))
		}
	}
}

func store(
	ctx context.Context, tx pgx.Tx, unps []string, states map[string]*account.Payer,
) error {
	var (
		revisions  = make([]int64, len(unps))
		positions  = make([]int64, len(unps))
		registered = make([]bool, len(unps))
		offices    = make([]string, len(unps))
		kinds      = make([]string, len(unps))
		names      = make([]string, len(unps))
		assessed   = make([]int64, len(unps))
		paid       = make([]int64, len(unps))
		bytes      = make([][]byte, len(unps))
		wait       waiting
	)
	for i, unp := range unps {
		p := states[unp]
		revisions[i], positions[i] = int64(p.Revision), int64(p.Position)
		registered[i] = p.Registered
		offices[i], kinds[i] = projections.Text(p.Office), projections.Text(p.Kind)
		names[i] = projections.Text(p.Name)
		assessed[i], paid[i] = int64(p.Assessed()), int64(p.Paid())
		c := ledger.NewEncoder(nil)
		p.Fields(c)
		bytes[i] = c.Encoded()
		wait.add(p)
	}
	var b pgx.Batch
	b.Queue(`insert into payer (unp, revision, position, registered, office, kind, name,
			assessed, paid, state)
		select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[],
			$5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bytea[])
		on conflict (unp) do update set revision = excluded.revision,
			position = excluded.position, registered = excluded.registered,
			office = excluded.office, kind = excluded.kind, name = excluded.name,
			assessed = excluded.assessed, paid = excluded.paid, state = excluded.state`,
		unps, revisions, positions, registered, offices, kinds, names, assessed, paid, bytes)
	b.Queue("delete from awaiting where payer = any($1)", unps)
	if len(wait.payers) > 0 {
		b.Queue(`insert into awaiting (parameter, for_month, payer, month)
			select * from unnest($1::text[], $2::integer[], $3::text[], $4::integer[])`,
			wait.parameters, wait.forMonths, wait.payers, wait.months)
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("store payers: %w", err)
	}
	return nil
}
