// Package filing follows every filed file from its arrival to its result: by receipt, by
// hash of its bytes, by the client's key, by payer, and which documents wait and for
// whom. The states are those of the fold account.Filings. Commands may use what it finds
// as candidates; they decide on the payer's stream.
package filing

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/projections"
)

//go:embed schema.sql
var ddl string

// Projection folds the filings of payers.
type Projection struct{}

// New makes the projection.
func New() *Projection { return &Projection{} }

// Name is the question answered.
func (*Projection) Name() string { return "filing" }

// Version counts the shapes of the tables.
func (*Projection) Version() int { return 3 }

// DDL creates the tables.
func (*Projection) DDL() string { return ddl }

// Tables lists the tables.
func (*Projection) Tables() []projections.Table {
	return []projections.Table{
		{Name: "filing", Key: []string{"filing"}},
		{Name: "unfinished", Key: []string{"received_position"}},
		{Name: "parked", Key: []string{"filing", "document"}},
		{Name: "parked_person", Key: []string{"person", "filing", "document"}},
	}
}

// Statuses of a filing before it has its outcome, which is event.Accepted, event.Partial
// or event.Refused.
const (
	Received = "received" // no document is checked yet
	Checking = "checking" // some documents have their outcome
)

// Filing is a file with its payer and how far it has come.
type Filing struct {
	account.Filing
	Payer  string
	Status string
	// Changed is the position of the last change; Filing.Position is the arrival's.
	Changed ledger.Position
}

// Parked is a document that waits, with its payer.
type Parked struct {
	account.Parked
	Payer    string
	Position ledger.Position // of the event that parked it
}

// document names a document of a filing.
type document struct {
	filing uuid.UUID
	no     int
}

// changes are what a batch makes of filings and parked documents.
type changes struct {
	// filings holds the filings that the batch touches, by filing.
	filings map[uuid.UUID]*Filing
	order   []uuid.UUID
	// arrived tells which of the filings arrive in the batch.
	arrived map[uuid.UUID]bool
	// bound lists the known filings to which a further key was bound.
	bound []uuid.UUID
	// parked tells of each document whether it waits after the batch: nil if not.
	parked    map[document]*Parked
	documents []document
}

func newChanges() *changes {
	return &changes{filings: map[uuid.UUID]*Filing{}, arrived: map[uuid.UUID]bool{},
		parked: map[document]*Parked{}}
}

// filingOf gives the filing that an event is about.
func filingOf(payload event.Payload) (id uuid.UUID, ok bool) {
	switch f := payload.(type) {
	case *event.FilingReceived:
		return f.Filing, true
	case *event.FilingKeyBound:
		return f.Filing, true
	case *event.DocumentsPosted:
		return f.Filing, true
	case *event.DocumentParked:
		return f.Filing, true
	case *event.ParkedDocumentReleased:
		return f.Filing, true
	case *event.ParkedDocumentExpired:
		return f.Filing, true
	case *event.FilingProcessed:
		return f.Filing, true
	}
	return uuid.Nil, false
}

// Apply folds the filings that the batch touches.
func (*Projection) Apply(
	ctx context.Context, tx pgx.Tx, batch []projections.Event,
) error {
	c := newChanges()
	var known []uuid.UUID
	seen := map[uuid.UUID]bool{}
	for i := range batch {
		id, ok := filingOf(batch[i].Payload)
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		c.order = append(c.order, id)
		if _, arrives := batch[i].Payload.(*event.FilingReceived); !arrives {
			known = append(known, id)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	if err := c.load(ctx, tx, known); err != nil {
		return err
	}
	for i := range batch {
		if id, ok := filingOf(batch[i].Payload); ok {
			if err := c.apply(&batch[i], id); err != nil {
				return err
			}
		}
	}
	return c.store(ctx, tx)
}

// apply takes one event into account: the fold does it, on a list of this one filing.
func (c *changes) apply(e *projections.Event, id uuid.UUID) error {
	payer, ok := e.Stream.Payer()
	if !ok {
		return fmt.Errorf("%w: a filing outside a payer's stream", ledger.ErrCorrupt)
	}
	x := c.filings[id]
	state := account.NewFilings()
	_, arrives := e.Payload.(*event.FilingReceived)
	if arrives == (x != nil) {
		return fmt.Errorf("%w: filing %s arrives twice or never", ledger.ErrCorrupt, id)
	}
	if arrives {
		x = &Filing{Payer: payer}
		c.filings[id], c.arrived[id] = x, true
	} else {
		state.Filings = []account.Filing{x.Filing}
	}
	state.Apply(*e.Event, e.Payload)
	x.Filing, x.Changed = state.Filings[0], e.Position
	x.Status = status(&x.Filing)
	switch f := e.Payload.(type) {
	case *event.FilingKeyBound:
		if !c.arrived[id] {
			c.bound = append(c.bound, id)
		}
	case *event.DocumentParked:
		c.set(document{id, f.DocNo}, &Parked{state.Parked[0], payer, e.Position})
	case *event.ParkedDocumentReleased:
		c.set(document{id, f.DocNo}, nil)
	case *event.ParkedDocumentExpired:
		c.set(document{id, f.DocNo}, nil)
	}
	return nil
}

func (c *changes) set(d document, p *Parked) {
	if _, ok := c.parked[d]; !ok {
		c.documents = append(c.documents, d)
	}
	c.parked[d] = p
}

func status(f *account.Filing) string {
	switch {
	case f.Processed != nil:
		return f.Processed.Outcome
	case f.Posted > 0:
		return Checking
	}
	return Received
}
