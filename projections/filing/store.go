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

// load reads the filings that arrived before the batch.
func (c *changes) load(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, "select "+columns+` from filing
		join unnest($1::uuid[]) n(filing) using (filing)`, projections.UUIDs(ids))
	if err != nil {
		return fmt.Errorf("load filings: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return fmt.Errorf("load filings: %w", err)
	}
	for _, f := range list {
		c.filings[f.FilingReceived.Filing] = f
	}
	return nil
}

// update writes what may change of a filing after its arrival.
const update = `update filing set status = $2, posted = $3, findings = $4, tallies = $5,
		processed = $6, processed_at = $7, position = $8, form = $9, year = $10,
		quarter = $11, keys = $12
	where filing = $1`

// store writes all changes: those filings that arrive are copied into the table. The others
// have arrays in their rows, which unnest cannot carry, so that each is a statement of its
// own in one round trip.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	rows := projections.NewRows()
	for _, id := range c.order {
		if f := c.filings[id]; c.arrived[id] {
			f.write(rows)
		} else {
			b.Queue(update, f.changed()...)
		}
	}
	if len(c.documents) > 0 {
		c.queueNoLongerParked(&b)
	}
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("store filings: %w", err)
		}
	}
	c.writeParked(rows)
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store filings: %w", err)
	}
	return nil
}

// changed gives the parameters of update.
func (f *Filing) changed() []any {
	var (
		outcome       []byte
		form          *string
		year, quarter *int
	)
	if r := f.Processed; r != nil {
		outcome = encode(r.Fields)
		text := projections.Text(r.Form)
		form, year, quarter = &text, &r.Year, &r.Quarter
	}
	return []any{
		f.FilingReceived.Filing, projections.Text(f.Status), f.Posted, bytesOf(f.Findings),
		encode(func(c *ledger.Codec) { tallyFields(c, &f.Tallies) }), outcome,
		projections.TimeColumn(f.ProcessedAt), int64(f.Changed), form, year, quarter,
		bytesOf(f.Keys),
	}
}

// queueNoLongerParked removes the documents that the batch is about; those that wait then
// are written anew.
func (c *changes) queueNoLongerParked(b *pgx.Batch) {
	filings, numbers := make([]uuid.UUID, len(c.documents)), make([]int32, len(c.documents))
	for i, d := range c.documents {
		filings[i], numbers[i] = d.filing, int32(d.no)
	}
	for _, table := range []string{"parked", "parked_person"} {
		b.Queue("delete from "+table+` t using unnest($1::uuid[], $2::integer[]) n(f, d)
			where t.filing = n.f and t.document = n.d`, projections.UUIDs(filings), numbers)
	}
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
