package commands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

const (
	// chunkDocuments is how many documents one append records: large enough that the
	// commit costs little per document, small enough that a chunk's states stay in a few
	// megabytes and that an interrupted filing repeats little work.
	chunkDocuments = 500
	// AllOrNothingMax bounds a filing that must go in as one append.
	AllOrNothingMax = 10_000
)

// ProcessFiling takes a received filing through the controls and records the outcome of
// each document. It may be called again after any interruption, also at the same time
// from elsewhere: what is recorded already is found and not repeated.
func (b *Bus) ProcessFiling(ctx context.Context, unp string, id uuid.UUID) error {
	defer b.turns.take(unp)()
	payer, filings, err := b.payer(ctx, unp)
	if err != nil {
		return err
	}
	filing, ok := filings.Filing(id)
	if !ok {
		return refuse(NotFound, "filing_unknown", "payer %s has no such filing", unp)
	}
	if filing.Processed != nil {
		return nil
	}
	r, err := b.newRun(ctx, filing.FilingReceived, filing.Actor, FundDate(filing.ReceivedAt), false)
	if err != nil {
		return err
	}
	r.payer = payer
	content, err := b.Archive.Open(ctx, filing.SHA256)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // only read
	w := &writer{run: r, filing: filing, expected: filings.Revision}
	return w.process(ctx, content)
}

// writer records a filing chunk by chunk.
type writer struct {
	*run
	filing   account.Filing
	expected ledger.Revision // of the filer's stream
}

func (w *writer) process(ctx context.Context, content format.Source) error {
	file, shape, err := w.open(ctx, content)
	if err != nil {
		return err
	}
	if file != nil {
		defer file.Close() //nolint:errcheck // only read
	}
	if shape.refused {
		return w.refuse(ctx, shape)
	}
	if w.filing.AllOrNothing {
		ok, err := w.allOrNothing(ctx, file, shape)
		if err != nil || !ok {
			return err
		}
	}
	size := chunkDocuments
	if w.filing.AllOrNothing {
		size = AllOrNothingMax
	}
	return eachChunk(ctx, file, w.filing.Posted, size, func(units []unit, last bool) error {
		return w.record(ctx, units, last, shape)
	})
}

// eachChunk hands out the documents after the first skip ones, in runs of size. The last
// run may be empty when nothing is left.
func eachChunk(ctx context.Context, file *format.File, skip, size int,
	do func(units []unit, last bool) error) error {
	var pack *document.Pack
	units := make([]unit, 0, min(size, 1024))
	for item, err := range file.Items(ctx) {
		if err != nil {
			return fmt.Errorf("read the filed file: %w", err)
		}
		switch {
		case item.Pack != nil:
			pack = item.Pack
		case item.Document != nil && item.Document.No > skip:
			if len(units) == size {
				if err := do(units, false); err != nil {
					return err
				}
				units = units[:0]
			}
			units = append(units, unit{pack, item.Document})
		}
	}
	return do(units, true)
}

// wholeAttempts is how often a chunk is tried as a whole. A list of payments writes to the
// streams of many payers, who file their own reports at the same time: somebody always is
// first with one of so many streams, while a part of the chunk gets through.
const wholeAttempts = 3

// record decides and appends one chunk, anew as long as somebody else writes first, and
// in parts if that happens again and again. What another process has posted meanwhile is
// left out.
func (w *writer) record(ctx context.Context, units []unit, last bool, shape *shape) error {
	w.forget()
	for attempt := 1; ; attempt++ {
		units = unposted(units, w.filing.Posted)
		if w.filing.Processed != nil || len(units) == 0 && !last {
			return nil
		}
		err := w.append(ctx, units, last, shape)
		var conflict *ledger.WrongRevisionError
		if err == nil || attempt == attemptsMax || !errors.As(err, &conflict) {
			return err
		}
		if err := w.reload(ctx); err != nil {
			return err
		}
		if half := len(units) / 2; attempt >= wholeAttempts && half > 0 &&
			!w.filing.AllOrNothing {
			if err := w.record(ctx, units[:half], false, shape); err != nil {
				return err
			}
			return w.record(ctx, units[half:], last, shape)
		}
	}
}

// unposted leaves out the units that have their outcome.
func unposted(units []unit, posted int) []unit {
	for len(units) > 0 && units[0].doc.No <= posted {
		units = units[1:]
	}
	return units
}

// reload reads the filer's stream again.
func (w *writer) reload(ctx context.Context) error {
	w.forget()
	payer, filings, err := w.bus.payer(ctx, w.payer.UNP)
	if err != nil {
		return err
	}
	filing, ok := filings.Filing(w.filing.FilingReceived.Filing)
	if !ok {
		return fmt.Errorf("%w: filing is gone from its stream", ledger.ErrCorrupt)
	}
	w.payer, w.filing, w.expected = payer, filing, filings.Revision
	return nil
}

func (w *writer) append(ctx context.Context, units []unit, last bool, shape *shape) error {
	if err := w.load(ctx, units); err != nil {
		return err
	}
	posting := w.decide(units)
	own, err := w.closing(ctx, posting, units, last, shape)
	if err != nil {
		return err
	}
	batch := append(posting.streams, ledger.StreamAppend{
		Stream: ledger.PayerStream(w.payer.UNP), Expected: w.expected, Events: own,
	})
	if err := w.appendKnown(ctx, batch); err != nil {
		return err
	}
	maps.Copy(w.bankRefs, posting.bankRefs)
	return w.advance(own)
}

// appendKnown repeats an append until its outcome is known.
func (w *writer) appendKnown(ctx context.Context, batch []ledger.StreamAppend) error {
	var err error
	for range attemptsMax {
		_, err = w.bus.Log.Append(ctx, batch...)
		if !errors.Is(err, ledger.ErrUnknownOutcome) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// advance takes the events just recorded into the filer's state.
func (w *writer) advance(own []ledger.NewEvent) error {
	fold := account.NewFilings()
	fold.Filings = []account.Filing{w.filing}
	for _, e := range own {
		w.expected++
		recorded := w.synthetic(ledger.PayerStream(w.payer.UNP), w.expected, e)
		payload, err := event.Decode(recorded)
		if err != nil {
			return err
		}
		w.payer.Apply(recorded, payload)
		fold.Apply(recorded, payload)
	}
	w.filing = fold.Filings[0]
	return nil
}

// closing makes the filer's events of a chunk; the last chunk also closes the filing.
func (w *writer) closing(ctx context.Context, p *posting, units []unit, last bool,
	shape *shape) ([]ledger.NewEvent, error) {
	first := w.filing.Posted + 1
	events, err := p.closing(ctx, w.run, first)
	if err != nil {
		return nil, err
	}
	id := w.filing.FilingReceived.Filing
	tallies := w.filing.Tallies
	if len(units) > 0 {
		findings, err := w.bus.archiveFindings(ctx, p.findings)
		if err != nil {
			return nil, err
		}
		posted := &event.DocumentsPosted{Filing: id, First: first, Last: units[len(units)-1].doc.No,
			Findings: findings, Tallies: p.tallies}
		events = append(events,
			event.New(ledger.DeterministicID(id, "posted", first), w.meta, posted))
		tallies = account.MergeTallies(append([]event.Tally(nil), tallies...), p.tallies)
	}
	if !last {
		return events, nil
	}
	findings, err := w.bus.archiveFindings(ctx, shape.findings)
	if err != nil {
		return nil, err
	}
	processed := shape.result(tallies, w.meta.RulePack)
	processed.Filing, processed.Findings = id, findings
	return append(events,
		event.New(ledger.DeterministicID(id, "processed"), w.meta, processed)), nil
}

// refuse closes a filing that is wrong as a whole: none of its documents are taken.
func (w *writer) refuse(ctx context.Context, shape *shape) error {
	findings, err := w.bus.archiveFindings(ctx, shape.findings)
	if err != nil {
		return err
	}
	processed := shape.refusal(w.meta.RulePack)
	processed.Filing, processed.Findings = w.filing.FilingReceived.Filing, findings
	id := ledger.DeterministicID(processed.Filing, "processed")
	return attempt(ctx, func() error {
		if err := w.reload(ctx); err != nil || w.filing.Processed != nil {
			return err
		}
		_, err := w.bus.Log.Append(ctx, ledger.StreamAppend{
			Stream: ledger.PayerStream(w.payer.UNP), Expected: w.expected,
			Events: []ledger.NewEvent{event.New(id, w.meta, processed)},
		})
		return err
	})
}

// allOrNothing tries all documents first; when one is rejected, it refuses the filing.
func (w *writer) allOrNothing(ctx context.Context, file *format.File, shape *shape) (bool, error) {
	if shape.documents > AllOrNothingMax {
		shape.add(w.tooMany(shape.documents)...)
		return false, w.refuse(ctx, shape)
	}
	trial := *w.run
	trial.dry, trial.payer = true, w.payer.Clone()
	trial.bankRefs = map[string]bool{}
	trial.forget()
	var rejected bool
	var findings []control.Finding
	err := eachChunk(ctx, file, 0, chunkDocuments, func(units []unit, _ bool) error {
		tally, found, err := trial.try(ctx, units)
		for _, t := range tally {
			rejected = rejected || t.Rejected > 0
		}
		findings = append(findings, found...)
		return err
	})
	if err != nil || !rejected {
		return err == nil, err
	}
	shape.findings = append(shape.findings, findings...)
	return false, w.refuse(ctx, shape)
}

func (r *run) tooMany(documents int) []control.Finding {
	return r.engine.File(r.today, document.Fault{Code: control.CodeTooLarge, Pointer: "/documents",
		Got: fmt.Sprint(documents), Expected: fmt.Sprintf("at most %d", AllOrNothingMax)})
}

// turns lets the commands of one payer go one after another within the process, which
// saves them from losing races that the ledger would decide anyway.
type turns struct {
	mu    sync.Mutex // guards the fields below
	queue map[string]*turn
}

type turn struct {
	mu      sync.Mutex
	waiting int
}

// take waits for the key's turn and gives the function that ends it.
func (t *turns) take(key string) func() {
	t.mu.Lock()
	if t.queue == nil {
		t.queue = map[string]*turn{}
	}
	x := t.queue[key]
	if x == nil {
		x = &turn{}
		t.queue[key] = x
	}
	x.waiting++
	t.mu.Unlock()
	x.mu.Lock()
	return func() {
		x.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if x.waiting--; x.waiting == 0 {
			delete(t.queue, key)
		}
	}
}
