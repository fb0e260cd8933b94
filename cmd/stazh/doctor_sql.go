package main

import (
	"context"
	"fmt"
)

// ledgerTables are tables without which nothing works; those of the ledger are not there
// where an event store keeps it.
func ledgerTables(inEventStore bool) []string {
	tables := []string{"vault.person_key", "vault.file", "vault.chunk", "projection.checkpoint"}
	if inEventStore {
		return tables
	}
	return append(tables, "ledger.event", "ledger.stream", "ledger.context", "ledger.head")
}

// lawCountSQL counts the events of the law by type; they are a few hundred.
const lawCountSQL = `select t.name, count(*)
	from ledger.stream s
	join ledger.event e on e.stream = s.key
	join ledger.event_type t on t.id = e.type
	where s.name = 'law' group by t.name`

// modelsSQL gives the newest version of each read model.
const modelsSQL = `select distinct on (c.name) c.name, c.position, c.error, h.position
	from projection.checkpoint c cross join ledger.head h
	order by c.name, c.version desc`

// clocksSQL gives the database's time and that of the last event, if there is one.
const clocksSQL = `select clock_timestamp(),
	(select recorded_at from ledger.head where position > 0)`

// guardsSQL counts the triggers that keep the ledger append-only, and those of them that
// are not always on. Each partition of events has two.
const guardsSQL = `select
	(select count(*) from pg_trigger g join pg_class c on c.oid = g.tgrelid
		where c.relnamespace = 'ledger'::regnamespace
		and g.tgname in ('append_only', 'no_truncate') and g.tgenabled = 'A'
		and c.relispartition),
	(select 2 * count(*) from ledger.event_partition),
	(select count(*) from pg_trigger g join pg_class c on c.oid = g.tgrelid
		where c.relnamespace = 'ledger'::regnamespace and not g.tgisinternal
		and g.tgenabled <> 'A')`

// guards tells whether the database still refuses to change or remove events.
func (c *checkup) guards(ctx context.Context) diagnosis {
	if c.EventStore != "" {
		return unseen(inEventStore)
	}
	if c.ledger == nil {
		return unseen(notReached)
	}
	var have, want, off int64
	err := c.ledger.conn.QueryRow(ctx, guardsSQL).Scan(&have, &want, &off)
	if err != nil {
		return fault("the triggers of the ledger cannot be seen: "+clean(err.Error(), 300),
			"grant the database user its rights back")
	}
	if have < want || off > 0 {
		return fault(fmt.Sprintf("%d of %d triggers guard the events, %d are switched off",
			have, want, off), "find out who switched them off; enable them (ALTER TABLE … "+
			"ENABLE ALWAYS TRIGGER …) and run: stazh replay")
	}
	return fine("events can be neither changed nor removed")
}
