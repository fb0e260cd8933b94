package filing

import (
	"context"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

// NewBuild implements projections.Builder: every row follows from one stream.
func (p *Projection) NewBuild() projections.Build { return p }

// Handles is true for what is about filings.
func (*Projection) Handles(empty event.Payload) bool {
	_, ok := filingOf(empty)
	return ok
}

// NewPart begins with no payer.
func (*Projection) NewPart() projections.Part { return &part{} }

// Rest has nothing to add.
func (*Projection) Rest(*projections.Rows) {}

// part folds the filings of payers one after the other.
type part struct {
	changes
	ofPayer bool
}

func (p *part) Begin(stream ledger.StreamID) {
	if _, p.ofPayer = stream.Payer(); p.ofPayer {
		p.changes = *newChanges()
	}
}

func (p *part) Take(events []projections.Event) error {
	if !p.ofPayer {
		return nil
	}
	for i := range events {
		id, ok := filingOf(events[i].Payload)
		if !ok {
			continue
		}
		if p.filings[id] == nil {
			p.order = append(p.order, id)
		}
		if err := p.apply(&events[i], id); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) End(_ context.Context, rows *projections.Rows) error {
	if p.ofPayer {
		p.write(rows)
	}
	return nil
}

// Close has held nothing back.
func (*part) Close(context.Context, *projections.Rows) error { return nil }

// write gives all rows of the changes.
func (c *changes) write(rows *projections.Rows) {
	for _, id := range c.order {
		c.filings[id].write(rows)
	}
	c.writeParked(rows)
}

// writeParked gives the rows of the documents that wait.
func (c *changes) writeParked(rows *projections.Rows) {
	for _, d := range c.documents {
		if p := c.parked[d]; p != nil {
			p.write(rows)
		}
	}
}

// write gives the rows of a filing, in the order of the tables' columns.
func (f *Filing) write(rows *projections.Rows) {
	rows.Table("filing", 8)
	rows.UUID(f.FilingReceived.Filing)
	rows.Text(f.Payer)
	rows.Text(f.Receipt)
	rows.Bytes(f.SHA256[:])
	if f.KeyHash.IsZero() {
		rows.Null()
	} else {
		rows.Bytes(f.KeyHash[:])
	}
	rows.Int64(int64(f.Position))
	rows.Hashes(f.Keys)
	rows.Encoded(f.state)
	if f.Processed == nil {
		rows.Table("unfinished", 2)
		rows.Int64(int64(f.Position))
		rows.UUID(f.FilingReceived.Filing)
	}
}

// write gives the rows of a document that waits.
func (p *Parked) write(rows *projections.Rows) {
	rows.Table("parked", 7)
	rows.UUID(p.Filing)
	rows.Int32(int32(p.DocNo))
	rows.Text(p.Payer)
	rows.Encoded(p.Fields)
	rows.Date(p.Until)
	rows.Time(p.RecordedAt)
	rows.Int64(int64(p.Position))
	for _, person := range unique(p.Persons) {
		rows.Table("parked_person", 3)
		rows.UUID(person)
		rows.UUID(p.Filing)
		rows.Int32(int32(p.DocNo))
	}
}
