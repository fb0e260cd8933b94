package registry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// Payer is a payer in the register.
type Payer struct {
	UNP            string
	Name           string
	FundNo         string
	Office         string
	Kind           string
	Since          period.Date
	DeregisteredOn period.Date // zero while registered
}

// payerColumns are the columns of a Payer, in the order that scanPayer reads.
const payerColumns = "unp, name, fund_no, office, kind, since, deregistered_on"

func scanPayer(row pgx.CollectableRow) (p Payer, err error) {
	var since, until *time.Time
	err = row.Scan(&p.UNP, &p.Name, &p.FundNo, &p.Office, &p.Kind, &since, &until)
	p.Since, p.DeregisteredOn = projections.ColumnDate(since), projections.ColumnDate(until)
	return p, err
}

// payerRow is a row of the register while it is changed.
type payerRow struct {
	Payer
	registered bool
	position   ledger.Position
}

func (r *payerRow) apply(e *projections.Event) {
	switch f := e.Payload.(type) {
	case *event.PayerRegistered:
		r.registered, r.Name, r.FundNo = true, projections.Text(f.Name), projections.Text(f.FundNo)
		r.Kind, r.Office = projections.Text(f.Kind), projections.Text(f.Office)
		r.Since = f.Since
	case *event.PayerDeregistered:
		r.DeregisteredOn = f.On
	default:
		return
	}
	r.position = e.Position
}

func applyPayers(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	var unps []string
	rows := map[string]*payerRow{}
	for i := range batch {
		switch batch[i].Payload.(type) {
		case *event.PayerRegistered, *event.PayerDeregistered:
			unp, _ := batch[i].Stream.Payer()
			if rows[unp] == nil {
				rows[unp] = &payerRow{Payer: Payer{UNP: unp}}
				unps = append(unps, unp)
			}
		}
	}
	if len(unps) == 0 {
		return nil
	}
	if err := loadPayers(ctx, tx, unps, rows); err != nil {
		return err
	}
	for i := range batch {
		if unp, ok := batch[i].Stream.Payer(); ok && rows[unp] != nil {
			rows[unp].apply(&batch[i])
		}
	}
	return storePayers(ctx, tx, unps, rows)
}

func loadPayers(
	ctx context.Context, tx pgx.Tx, unps []string, rows map[string]*payerRow,
) error {
	result, err := tx.Query(ctx, "select "+payerColumns+`, registered from payer
		join unnest($1::text[]) n(unp) using (unp)`, unps)
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	var (
		p            Payer
		since, until *time.Time
		registered   bool
	)
	targets := []any{&p.UNP, &p.Name, &p.FundNo, &p.Office, &p.Kind, &since, &until, &registered}
	_, err = pgx.ForEachRow(result, targets, func() error {
		row := rows[p.UNP]
		row.Payer, row.registered = p, registered
		row.Since, row.DeregisteredOn = projections.ColumnDate(since), projections.ColumnDate(until)
		return nil
	})
	if err != nil {
		return fmt.Errorf("load payers: %w", err)
	}
	return nil
}

func storePayers(
	ctx context.Context, tx pgx.Tx, unps []string, rows map[string]*payerRow,
) error {
	n := len(unps)
	var (
		registered          = make([]bool, n)
		names, funds        = make([]string, n), make([]string, n)
		offices, kinds      = make([]string, n), make([]string, n)
		since, deregistered = make([]*time.Time, n), make([]*time.Time, n)
		search, keys        = make([]string, n), make([]string, n)
		positions           = make([]int64, n)
	)
	for i, unp := range unps {
		r := rows[unp]
		list := words(r.Name)
		registered[i], names[i], funds[i] = r.registered, r.Name, r.FundNo
		offices[i], kinds[i] = r.Office, r.Kind
		since[i] = projections.DateColumn(r.Since)
		deregistered[i] = projections.DateColumn(r.DeregisteredOn)
		search[i], keys[i] = strings.Join(list, " "), arrayText(indexKeys(list))
		positions[i] = int64(r.position)
	}
	_, err := tx.Exec(ctx, `insert into payer (unp, registered, name, fund_no, office, kind,
			since, deregistered_on, search, keys, position)
		select unp, registered, name, fund_no, office, kind, since, deregistered_on, search,
			keys::integer[], position
		from unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[],
			$7::date[], $8::date[], $9::text[], $10::text[], $11::bigint[])
			as n(unp, registered, name, fund_no, office, kind, since, deregistered_on, search,
			keys, position)
		on conflict (unp) do update set registered = excluded.registered,
			name = excluded.name, fund_no = excluded.fund_no, office = excluded.office,
			kind = excluded.kind, since = excluded.since,
			deregistered_on = excluded.deregistered_on, search = excluded.search,
			keys = excluded.keys, position = excluded.position`,
		unps, registered, names, funds, offices, kinds, since, deregistered, search, keys,
		positions)
	if err != nil {
		return fmt.Errorf("store the register of payers: %w", err)
	}
	return nil
}
