package balance

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/projections"
)

// changes are what a batch makes of payers' accounts.
type changes struct {
	// known and fresh are the payers that the batch touches: those with a row, and those
	// whose stream begins in the batch.
	known, fresh []string
	states       map[string]*account.Payer
	waited       []string // those of the known with months that waited before the batch
	suspending   []string // those of the known with payments that were suspended before it
}

func newChanges(batch []projections.Event) *changes {
	c := &changes{states: map[string]*account.Payer{}}
	for i := range batch {
		unp, ok := batch[i].Stream.Payer()
		if !ok || c.states[unp] != nil {
			continue
		}
		c.states[unp] = account.NewPayer(unp)
		if batch[i].Revision == 0 {
			c.fresh = append(c.fresh, unp)
		} else {
			c.known = append(c.known, unp)
		}
	}
	slices.Sort(c.known) // neighbours of the index stand together
	slices.Sort(c.fresh)
	return c
}

// load reads the states of the known payers.
func (c *changes) load(ctx context.Context, tx pgx.Tx) error {
	if len(c.known) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select unp, state from payer
		join unnest($1::text[]) n(unp) using (unp)`, c.known)
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	var (
		unp   string
		state []byte
	)
	_, err = pgx.ForEachRow(rows, []any{&unp, &state}, func() error {
		payer, err := decode(state)
		if err != nil {
			return err
		}
		c.states[unp] = payer
		if slices.ContainsFunc(payer.Months, waits) {
			c.waited = append(c.waited, unp)
		}
		if len(payer.Suspended) > 0 {
			c.suspending = append(c.suspending, unp)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	return nil
}

func waits(m account.LiabilityMonth) bool { return m.Awaits != "" }

func decode(state []byte) (*account.Payer, error) {
	payer := &account.Payer{}
	c := ledger.NewDecoder(state)
	payer.Fields(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored account of a payer: %w", err)
	}
	return payer, nil
}

// store writes the accounts, and anew the months that wait.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	c.queueUpdate(&b)
	if len(c.waited) > 0 {
		b.Queue("delete from awaiting where payer = any($1)", c.waited)
	}
	if len(c.suspending) > 0 {
		b.Queue("delete from suspended where treasury = any($1)", c.suspending)
	}
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("store payers: %w", err)
		}
	}
	rows := projections.NewRows()
	for _, unp := range c.fresh {
		write(rows, c.states[unp])
	}
	for _, p := range c.states {
		writeAwaiting(rows, p)
		writeSuspended(rows, p)
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store payers: %w", err)
	}
	return nil
}

// queueUpdate writes the states of the known payers.
func (c *changes) queueUpdate(b *pgx.Batch) {
	n := len(c.known)
	if n == 0 {
		return
	}
	var (
		revisions  = make([]int64, n)
		positions  = make([]int64, n)
		registered = make([]bool, n)
		offices    = make([]string, n)
		kinds      = make([]string, n)
		names      = make([]string, n)
		assessed   = make([]int64, n)
		paid       = make([]int64, n)
		encoded    = make([][]byte, n)
	)
	for i, unp := range c.known {
		p := c.states[unp]
		revisions[i], positions[i] = int64(p.Revision), int64(p.Position)
		registered[i] = p.Registered
		offices[i], kinds[i] = projections.Text(p.Office), projections.Text(p.Kind)
		names[i] = projections.Text(p.Name)
		assessed[i], paid[i] = int64(p.Assessed()), int64(p.Paid())
		e := ledger.NewEncoder(nil)
		p.Fields(e)
		encoded[i] = e.Encoded()
	}
	b.Queue(`update payer p set revision = n.revision, position = n.position,
			registered = n.registered, office = n.office, kind = n.kind, name = n.name,
			assessed = n.assessed, paid = n.paid, state = n.state
		from unnest($1::text[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[],
			$6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bytea[])
			n(unp, revision, position, registered, office, kind, name, assessed, paid, state)
		where p.unp = n.unp`,
		c.known, revisions, positions, registered, offices, kinds, names, assessed, paid, encoded)
}
