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
const columns = `filing, payer, receipt, sha256, key_hash, received_position, keys, state`

// scan reads a filing from a row of the columns.
func scan(row pgx.CollectableRow) (*Filing, error) {
	var (
		f               Filing
		sha, key, state []byte
		keys            [][]byte
		arrival         int64
	)
	err := row.Scan((*[16]byte)(&f.FilingReceived.Filing), &f.Payer, &f.Receipt, &sha, &key,
		&arrival, &keys, &state)
	if err != nil {
		return nil, err
	}
	f.SHA256, f.KeyHash = hashOf(sha), hashOf(key)
	f.Position, f.Keys = ledger.Position(arrival), hashesOf(keys)
	c := ledger.NewDecoder(state)
	f.state(c)
	if err := c.Finish(); err != nil {
		return nil, fmt.Errorf("stored filing: %w", err)
	}
	f.Status = status(&f.Filing)
	return &f, nil
}

// state is the canonical form of what the columns do not say.
func (f *Filing) state(c *ledger.Codec) {
	c.Int64(&f.Bytes)
	c.String(&f.Channel)
	c.Bool(&f.AllOrNothing)
	c.OptionalHash(&f.Preview)
	c.String(&f.Actor.Subject)
	c.String(&f.Actor.Role)
	c.String(&f.Actor.Office)
	c.String(&f.Ground)
	instant(c, &f.ReceivedAt)
	c.Int(&f.Posted)
	c.Bool(&f.Early)
	ledger.Slice(c, &f.Findings, (*ledger.Codec).Hash)
	ledger.Slice(c, &f.Tallies, func(c *ledger.Codec, t *event.Tally) { t.Fields(c) })
	processed := f.Processed != nil
	if c.Bool(&processed); processed {
		if f.Processed == nil {
			f.Processed = &event.FilingProcessed{}
		}
		f.Processed.Fields(c)
		instant(c, &f.ProcessedAt)
	}
	c.Uint64((*uint64)(&f.Changed))
}

// instant is a time that is never zero, to the microsecond.
func instant(c *ledger.Codec, t *time.Time) {
	micros := t.UnixMicro()
	if c.Int64(&micros); c.Decoding() {
		*t = time.UnixMicro(micros).UTC()
	}
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

// store writes all changes: those filings that arrive are copied into the table.
func (c *changes) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	rows := projections.NewRows()
	c.queueUpdate(&b)
	for _, id := range c.bound {
		b.Queue("update filing set keys = $2 where filing = $1", id, bytesOf(c.filings[id].Keys))
	}
	if len(c.documents) > 0 {
		c.queueNoLongerParked(&b)
	}
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("store filings: %w", err)
		}
	}
	for _, id := range c.order {
		if c.arrived[id] {
			c.filings[id].write(rows)
		}
	}
	c.writeParked(rows)
	if err := rows.Insert(ctx, tx); err != nil {
		return fmt.Errorf("store filings: %w", err)
	}
	return nil
}

// queueUpdate writes the states of the filings that arrived before the batch.
func (c *changes) queueUpdate(b *pgx.Batch) {
	var ids []uuid.UUID
	var states [][]byte
	var done []int64
	for _, id := range c.order {
		if c.arrived[id] {
			continue
		}
		f := c.filings[id]
		ids = append(ids, id)
		e := ledger.NewEncoder(nil)
		f.state(e)
		states = append(states, e.Encoded())
		if f.Processed != nil {
			done = append(done, int64(f.Position))
		}
	}
	if len(ids) > 0 {
		b.Queue(`update filing f set state = n.state
			from unnest($1::uuid[], $2::bytea[]) n(filing, state) where f.filing = n.filing`,
			projections.UUIDs(ids), states)
	}
	if len(done) > 0 {
		b.Queue("delete from unfinished where received_position = any($1)", done)
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
