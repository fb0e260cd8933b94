package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/format"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
)

const (
	// chunkDocuments is how many documents one append records: large enough that the
	// commit costs little per document, small enough that a chunk's states stay in a few
	// megabytes and that an interrupted filing repeats little work.
	chunkDocuments = 1000
	// deskBytes bounds the files that are read at the payer's desk, where nobody else can
	// do anything meanwhile: some two hundred documents, read in a millisecond.
	deskBytes = 64 << 10
	// AllOrNothingMax bounds a filing that must go in as one append.
	AllOrNothingMax = 10_000
)

// ProcessFiling takes a received filing through the controls and records the outcome of
// each document. It may be called again after any interruption, also at the same time
// from elsewhere: what is recorded already is found and not repeated.
func (b *Bus) ProcessFiling(ctx context.Context, unp string, id uuid.UUID) error {
	end, err := b.turns.take(ctx, unp)
	if err != nil {
		return err
	}
	defer end()
	d, filing, err := b.received(ctx, unp, id)
	if err != nil {
		return err
	}
	w := &writer{filing: filing, desk: d}
	defer w.standUp()
	if filing.Processed != nil {
		return nil
	}
	w.run, err = b.newRun(ctx, filing.FilingReceived, source{filing.Actor, filing.Ground},
		FundDate(filing.ReceivedAt), false)
	if err != nil {
		return err
	}
	content, err := w.content(ctx)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // only read
	return w.process(ctx, content)
}

// received sits down at the payer's desk and finds a filing there.
func (b *Bus) received(ctx context.Context, unp string, id uuid.UUID,
) (*desk, account.Filing, error) {
	d, err := b.sitDown(ctx, unp)
	if err != nil {
		return nil, account.Filing{}, err
	}
	filing, ok := d.folds.filings.Filing(id)
	if !ok && d.remembered { // another process may have received it
		if err := d.reload(ctx); err != nil {
			d.leave(false)
			return nil, filing, err
		}
		filing, ok = d.folds.filings.Filing(id)
	}
	if !ok {
		d.leave(true)
		return nil, filing, refuse(NotFound, "filing_unknown", "payer %s has no such filing", unp)
	}
	return d, filing, nil
}

// writer records a filing chunk by chunk. Its payer and filing are as of the last time it
// sat at the payer's desk.
type writer struct {
	*run
	filing account.Filing
	desk   *desk // where it sits until the first chunk is recorded; nil when it stood up
	// kept waits until the findings on the file as a whole are archived.
	kept func() (ledger.Hash, error)
}

// content gives the bytes of the filing: those that have just arrived, or the archive's. Where
// they are not few, the payer's desk is left while they are read.
func (w *writer) content(ctx context.Context) (Content, error) {
	w.payer = w.desk.folds.payer
	held := w.bus.memory.takeArrived(w.filing.FilingReceived.Filing)
	w.waits = w.stepAside
	if held == nil || len(held) > deskBytes {
		w.stepAside()
	}
	if held == nil {
		return w.bus.Archive.Open(ctx, w.filing.SHA256)
	}
	return hold(held), nil
}

// stepAside leaves the desk, if it sits there, for something that takes long.
func (w *writer) stepAside() {
	if w.desk != nil {
		w.payer = w.payer.Clone()
		w.standUp()
	}
}

// standUp leaves the desk where nothing was done.
func (w *writer) standUp() {
	if w.desk != nil {
		w.desk.leave(true)
		w.desk = nil
	}
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
	if w.whole() || w.previewed() {
		size = AllOrNothingMax
	}
	kept := w.archiveFindingsLater(ctx, shape.findings)
	defer kept() //nolint:errcheck // the last chunk has asked; else there is another error
	w.kept = kept
	err = eachChunk(ctx, file, shape, w.filing.Posted, size, func(units []unit, last bool) error {
		w.chunk = units
		return w.record(ctx, units, last, shape)
	})
	if errors.Is(err, errStale) {
		return w.refuseStale(ctx, shape)
	}
	return err
}

// whole tells whether all documents go in with one append. A log that is not atomic could
// not keep that promise, and gets them in chunks as ever: it has none with a fault.
func (w *writer) whole() bool {
	return w.filing.AllOrNothing && w.bus.Log.Guarantees().Atomic
}

// wholeAttempts is how often a chunk is tried as a whole. A list of payments writes to the
// streams of many payers, who file their own reports at the same time: somebody always is
// first with one of so many streams, while a part of the chunk gets through.
const wholeAttempts = 3

// record decides and appends one chunk, anew as long as somebody else writes first, and
// in parts if that happens again and again. What another process has posted meanwhile is
// left out. Only the first attempt decides on remembered states.
func (w *writer) record(ctx context.Context, units []unit, last bool, shape *shape) error {
	w.forget()
	w.fresh = !w.bus.Log.Guarantees().Atomic
	for attempt := 1; ; attempt++ {
		err := w.append(ctx, units, last, shape)
		var conflict *ledger.WrongRevisionError
		if err == nil || attempt == attemptsMax ||
			!errors.As(err, &conflict) && !errors.Is(err, errBehind) {
			return err
		}
		w.forget()
		w.fresh = true
		units = unposted(units, w.filing.Posted)
		if half := len(units) / 2; attempt >= wholeAttempts && half > 0 &&
			!w.whole() && !w.previewed() {
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

// sitDown takes the payer's desk and with it the states of the filer. It sits there already
// when the first chunk of a small file is recorded.
func (w *writer) sitDown(ctx context.Context) (d *desk, err error) {
	if d, w.desk = w.desk, nil; d == nil {
		if d, err = w.bus.sitDown(ctx, w.payer.UNP); err != nil {
			return nil, err
		}
	}
	if err := w.look(d); err != nil {
		d.leave(false)
		return nil, err
	}
	return d, nil
}

// look takes the filer's states from the desk.
func (w *writer) look(d *desk) error {
	filing, ok := d.folds.filings.Filing(w.filing.FilingReceived.Filing)
	if !ok {
		return fmt.Errorf("%w: filing is gone from its stream", ledger.ErrCorrupt)
	}
	w.filing, w.payer = filing, d.folds.payer
	if w.payers[w.payer.UNP] != nil {
		w.payers[w.payer.UNP] = w.payer
	}
	return nil
}

func (w *writer) append(ctx context.Context, units []unit, last bool, shape *shape) (err error) {
	defer w.leaveRoom()
	if err := w.load(ctx, units); err != nil {
		return err
	}
	d, err := w.sitDown(ctx)
	if err != nil {
		return err
	}
	current := false
	defer func() { d.leave(current) }()
	if err := w.asShown(ctx, d); err != nil {
		return err
	}
	units = unposted(units, w.filing.Posted)
	if w.filing.Processed != nil || len(units) == 0 && !last {
		current = true
		return nil
	}
	posting := w.decide(units)
	if err := w.confirm(ctx, posting); err != nil {
		return err
	}
	own, err := w.closing(ctx, posting, units, last, shape)
	if err != nil {
		return err
	}
	batch := append(posting.streams, ledger.StreamAppend{
		Stream: ledger.PayerStream(w.payer.UNP), Expected: w.payer.Revision, Events: own,
	})
	result, err := w.appendKnown(ctx, batch)
	if err != nil {
		return err
	}
	if w.bus.Log.Guarantees().Atomic {
		w.bus.memory.keepPersons(w.persons)
	}
	// Of what somebody else has recorded before, the folds have not the positions.
	current = !result.Repeated
	return w.advance(d, own, result)
}

// errBehind says that a decision was made on a state that is behind the ledger.
var errBehind = errors.New("a remembered state is behind the ledger")

// confirm looks up the persons from the memory that the append will not check, as nothing
// is added to their streams: a refusal must be right too.
func (w *writer) confirm(ctx context.Context, p *posting) error {
	var unchecked []ledger.Mark
	for _, id := range w.remembered {
		if about := w.persons[id]; about.place.posting != p.number {
			unchecked = append(unchecked, markOf(about.stream, about.person))
		}
	}
	if len(unchecked) == 0 {
		return nil
	}
	for _, err := range w.bus.readAfter(ctx, unchecked...) {
		if err != nil {
			return fmt.Errorf("confirm persons' states: %w", err)
		}
		return errBehind
	}
	return nil
}

// appendKnown repeats an append until its outcome is known.
func (w *writer) appendKnown(ctx context.Context, batch []ledger.StreamAppend,
) (result ledger.Result, err error) {
	for range attemptsMax {
		result, err = w.bus.append(ctx, batch...)
		if !errors.Is(err, ledger.ErrUnknownOutcome) || ctx.Err() != nil {
			break
		}
	}
	return result, err
}

// advance takes the events just recorded, the last of their append, into the filer's
// states. Where positions are not dense, all but the last event get one that is too high;
// nothing is decided on it.
func (w *writer) advance(d *desk, own []ledger.NewEvent, result ledger.Result) error {
	dense := w.bus.Log.Guarantees().Dense
	for i, e := range own {
		recorded := ledger.Event{NewEvent: e, Stream: ledger.PayerStream(w.payer.UNP),
			Revision: w.payer.Revision + 1, RecordedAt: result.RecordedAt,
			Position: result.Position}
		if dense {
			recorded.Position -= ledger.Position(len(own) - 1 - i)
		}
		payload, err := event.Decode(recorded)
		if err != nil {
			return err
		}
		d.folds.apply(recorded, payload)
	}
	w.filing, _ = d.folds.filings.Filing(w.filing.FilingReceived.Filing)
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
			Findings: findings, Tallies: p.tallies, Early: early(p.findings)}
		events = append(events,
			event.New(ledger.DeterministicID(id, "posted", first), w.meta, posted))
		tallies = account.MergeTallies(append([]event.Tally(nil), tallies...), p.tallies)
	}
	if !last {
		return events, nil
	}
	findings, err := w.kept()
	if differences := w.after(p, tallies); err == nil && len(differences) > 0 {
		all := slices.Concat(shape.findings, differences)
		findings, err = w.bus.archiveFindings(ctx, all)
	}
	if err != nil {
		return nil, err
	}
	processed := shape.result(tallies, w.meta.RulePack)
	processed.Filing, processed.Findings = id, findings
	return append(events,
		event.New(ledger.DeterministicID(id, "processed"), w.meta, processed)), nil
}

// archiveFindingsLater begins to archive findings, while the documents are judged; the
// function it gives waits for the end.
func (w *writer) archiveFindingsLater(ctx context.Context, findings []control.Finding,
) func() (ledger.Hash, error) {
	name, ok := w.bus.memory.archived(findings)
	if ok {
		return func() (ledger.Hash, error) { return name, nil }
	}
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		name, err = w.bus.archiveFindings(ctx, findings)
	}()
	return func() (ledger.Hash, error) {
		<-done
		return name, err
	}
}
