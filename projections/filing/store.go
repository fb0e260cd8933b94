package filing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// columns are those that scan reads.
const columns = `filing, payer, receipt, sha256, key_hash, bytes, channel, all_or_nothing,
	subject, role, office, received_at, received_position, status, posted, findings, tallies,
	processed, processed_at, position, keys`

// scan reads a filing from a row of the columns.
func scan(row pgx.CollectableRow) (*Filing, error) {
	var (
		f                          Filing
		sha, key, tallies, outcome []byte
		findings, keys             [][]byte
		received                   time.Time
		processed                  *time.Time
		arrival, changed           int64
	)
	err := row.Scan(&f.FilingReceived.Filing, &f.Payer, &f.Receipt, &sha, &key, &f.Bytes,
		&f.Channel, &f.AllOrNothing, &f.Actor.Subject, &f.Actor.Role, &f.Actor.Office,
		&received, &arrival, &f.Status, &f.Posted, &findings, &tallies, &outcome, &processed,
		&changed, &keys)
	if err != nil {
		return nil, err
	}
	f.SHA256, f.KeyHash = hashOf(sha), hashOf(key)
	f.ReceivedAt, f.ProcessedAt = received.UTC(), projections.ColumnTime(processed)
	f.Position, f.Changed = ledger.Position(arrival), ledger.Position(changed)
	f.Findings, f.Keys = hashesOf(findings), hashesOf(keys)
	c := ledger.NewDecoder(tallies)
	tallyFields(c, &f.Tallies)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored tallies: %w", err)
	}
	if outcome != nil {
		f.Processed = &event.FilingProcessed{}
		c := ledger.NewDecoder(outcome)
		f.Processed.Fields(c)
		if err := c.Finish(); err != nil {
			return nil, fmt.Errorf("stored result: %w", err)
		}
	}
	return &f, nil
}

func hashOf(b []byte) (h ledger.Hash) {
	copy(h[:], b)
	return h
}

func hashesOf(list [][]byte) (hashes []ledger.Hash) {
	for _, b := range list {
		hashes = append(hashes, hashOf(b))
	}
	return hashes
}

func bytesOf(hashes []ledger.Hash) [][]byte {
	list := make([][]byte, len(hashes))
	for i := range hashes {
		list[i] = hashes[i][:]
	}
	return list
}

func tallyFields(c *ledger.Codec, list *[]event.Tally) {
	ledger.Slice(c, list, func(c *ledger.Codec, t *event.Tally) { t.Fields(c) })
}

func encode(fields func(*ledger.Codec)) []byte {
	c := ledger.NewEncoder([]byte{})
	fields(c)
	return c.Encoded()
}

func load(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) (map[uuid.UUID]*Filing, error) {
	rows, err := tx.Query(ctx, "select "+columns+" from filing where filing = any($1)",
		projections.UUIDs(ids))
	if err != nil {
		return nil, fmt.Errorf("load filings: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("load filings: %w", err)
	}
	known := make(map[uuid.UUID]*Filing, len(ids))
	for _, f := range list {
		known[f.FilingReceived.Filing] = f
	}
	return known, nil
}

// upsert writes one filing. What arrived with the file never changes afterwards.
const upsert = `insert into filing (filing, payer, receipt, sha256, key_hash, bytes, channel,
		all_or_nothing, subject, role, office, received_at, received_position, status, posted,
		findings, tallies, processed, processed_at, position, form, year, quarter, keys)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
		$19, $20, $21, $22, $23, $24)
	on conflict (filing) do update set status = excluded.status, posted = excluded.posted,
		findings = excluded.findings, tallies = excluded.tallies,
		processed = excluded.processed, processed_at = excluded.processed_at,
		position = excluded.position, form = excluded.form, year = excluded.year,
		quarter = excluded.quarter, keys = excluded.keys`

// store writes all changes in one round trip. Filings have arrays in their rows, which
// unnest cannot carry, so each is a statement of its own in the pipeline.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	for _, id := range c.order {
		b.Queue(upsert, c.filings[id].values()...)
	}
	c.queueParked(&b)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("store filings: %w", err)
	}
	return nil
}

func (f *Filing) values() []any {
	var (
		keyHash, outcome []byte
		form             *string
		year, quarter    *int
	)
	if !f.KeyHash.IsZero() {
		keyHash = f.KeyHash[:]
	}
	if r := f.Processed; r != nil {
		outcome = encode(r.Fields)
		text := projections.Text(r.Form)
		form, year, quarter = &text, &r.Year, &r.Quarter
	}
	return []any{
		f.FilingReceived.Filing, f.Payer, projections.Text(f.Receipt), f.SHA256[:], keyHash,
		f.Bytes, projections.Text(f.Channel), f.AllOrNothing,
		projections.Text(f.Actor.Subject), projections.Text(f.Actor.Role),
		projections.Text(f.Actor.Office), f.ReceivedAt, int64(f.Position),
		projections.Text(f.Status), f.Posted, bytesOf(f.Findings),
		encode(func(c *ledger.Codec) { tallyFields(c, &f.Tallies) }), outcome,
		projections.TimeColumn(f.ProcessedAt), int64(f.Changed), form, year, quarter,
		bytesOf(f.Keys),
	}
}

// queueParked removes the documents that the batch is about and adds those that wait.
func (c *changes) queueParked(b *pgx.Batch) {
	if len(c.documents) == 0 {
		return
	}
	var (
		all, filings, personFilings, persons []uuid.UUID
		allNo, numbers, personNo             []int32
		payers                               []string
		contents                             [][]byte
		until                                []*time.Time
		recorded                             []time.Time
		positions                            []int64
	)
	for _, d := range c.documents {
		all, allNo = append(all, d.filing), append(allNo, int32(d.no))
		p := c.parked[d]
		if p == nil {
			continue
		}
		filings, numbers = append(filings, d.filing), append(numbers, int32(d.no))
		payers = append(payers, p.Payer)
		contents = append(contents, encode(p.Fields))
		until = append(until, projections.DateColumn(p.Until))
		recorded = append(recorded, p.RecordedAt)
		positions = append(positions, int64(p.Position))
		for _, person := range unique(p.Persons) {
			persons, personFilings = append(persons, person), append(personFilings, d.filing)
			personNo = append(personNo, int32(d.no))
		}
	}
	for _, table := range []string{"parked", "parked_person"} {
		b.Queue("delete from "+table+` t using unnest($1::uuid[], $2::integer[]) n(f, d)
			where t.filing = n.f and t.document = n.d`, projections.UUIDs(all), allNo)
	}
	b.Queue(`insert into parked (filing, document, payer, content, until, recorded_at, position)
		select * from unnest($1::uuid[], $2::integer[], $3::text[], $4::bytea[], $5::date[],
			$6::timestamptz[], $7::bigint[])`,
		projections.UUIDs(filings), numbers, payers, contents, until, recorded, positions)
	b.Queue(`insert into parked_person (person, filing, document)
		select * from unnest($1::uuid[], $2::uuid[], $3::integer[])`,
		projections.UUIDs(persons), projections.UUIDs(personFilings), personNo)
}

func unique(persons []ledger.PersonID) (list []ledger.PersonID) {
	seen := map[ledger.PersonID]bool{}
	for _, id := range persons {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}
