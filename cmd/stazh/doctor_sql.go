package main

import (
	"context"
	"fmt"

	"github.com/stazh/stazh/ledger/pglog"
)

// ledgerTables are tables without which nothing works; those of the ledger are not there
// where an event store keeps it.
func ledgerTables(inEventStore bool) []string {
	tables := []string{"vault.person_key", "vault.chunk", "projection.checkpoint"}
	if inEventStore {
		return tables
	}
	return append(tables, "ledger.event", "ledger.stream", "ledger.context", "ledger.head",
		"ledger.segment", "ledger.segment_places", "ledger.event_sealed")
}

// lawCountSQL counts the events of the law by type, as far as they are not sealed; they are
// a few hundred.
const lawCountSQL = `select t.name, count(*)
	from ledger.stream s
	join ledger.event e on e.stream = s.key
	join ledger.event_type t on t.id = e.type
	where s.name = 'law' group by t.name`

// lawSealedSQL tells whether the beginning of the ledger is sealed: the law that comes with
// the program is published before anything else.
const lawSealedSQL = `select exists (select from ledger.event_sealed where lower = 1)`

// modelsSQL gives the newest version of each read model.
const modelsSQL = `select distinct on (c.name) c.name, c.position, c.error, h.position
	from projection.checkpoint c cross join ledger.head h
	order by c.name, c.version desc`

// clocksSQL gives the database's time and that of the last event, if there is one.
const clocksSQL = `select clock_timestamp(),
	(select recorded_at from ledger.head where position > 0)`

// guardsSQL counts the triggers that keep the ledger append-only, and those of them that
// are not always on. Each partition of events has two, as long as it is not sealed.
const guardsSQL = `select
	(select count(*) from pg_trigger g join pg_class c on c.oid = g.tgrelid
		where c.relnamespace = 'ledger'::regnamespace
		and g.tgname in ('append_only', 'no_truncate') and g.tgenabled = 'A'
		and c.relispartition),
	(select 2 * count(*) from ledger.event_partition p
		where not exists (select from ledger.event_sealed s where s.lower = p.lower)),
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

// storage tells of full partitions that are not packed.
func (c *checkup) storage(ctx context.Context) diagnosis {
	if c.ledger == nil {
		return unseen(notReached)
	}
	list, err := pglog.Unsealed(ctx, c.ledger.conn, pglog.SealOptions{})
	if err != nil {
		return fault(clean(err.Error(), 300), "grant the database user its rights back")
	}
	events := int64(0)
	for _, p := range list {
		events += int64(p.Upper - p.Lower)
	}
	if events > 0 {
		return warn(fmt.Sprintf("%s old events are not packed yet (partitions: %d)",
			grouped(events), len(list)), "a server packs them by itself; or at once: "+
			"stazh ledger seal")
	}
	return fine("all old partitions of the ledger are packed")
}
