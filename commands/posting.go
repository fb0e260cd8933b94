package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// posting gathers what a chunk of documents causes, for one append.
type posting struct {
	number  int                   // of the run's postings, from 1
	streams []ledger.StreamAppend // others' streams in order of first use
	payers  map[ledger.StreamID]*place
	events  event.Encoder     // of the streams' events
	room    []ledger.NewEvent // for the first event of each stream
	own     []event.Payload   // for the filer's stream, before the closing facts
	ownIDs  []uuid.UUID
	months  map[period.Month]*assessment
	// occupational are the months' occupational contributions; nil without a ПУ-6.
	occupational map[period.Month]*event.OccupationalAssessed
	tallies      []event.Tally
	findings     []control.Finding
	filer        *account.Payer // after the documents so far; nil while they leave it as it was
	texts        []string       // of facts, to be archived before these are recorded
}

// place is where a posting has put a stream's events; that of another posting's number, or of
// none, says nothing.
type place struct{ posting, index int }

// roomForMore is for how many streams there is room at once beyond those that were foreseen.
const roomForMore = 64

// newPosting makes room for about so many streams.
func (r *run) newPosting(streams int) *posting {
	r.postings++
	p := &posting{number: r.postings, streams: make([]ledger.StreamAppend, 0, streams+1),
		room: make([]ledger.NewEvent, 0, streams), payers: map[ledger.StreamID]*place{},
		months: map[period.Month]*assessment{}}
	p.events.Expect(streams)
	return p
}

// person puts a fact into a person's stream and brings the state up to date.
func (p *posting) person(r *run, about *insured, id uuid.UUID, effective [2]period.Month,
	fact event.Payload) {
	meta := r.meta
	meta.EffectiveFrom, meta.EffectiveTo = effective[0], effective[1]
	about = r.home(about, fact)
	who := about.person
	if r.begun.takeUp(about.stream, id, who) {
		return
	}
	e := p.events.New(id, meta, fact)
	p.append(about.stream, &about.place, who.Revision, e)
	who.Apply(r.synthetic(about.stream, who.Revision+1, e), fact)
}

// toPayer is person for a fact in the stream of a payer who is not the filer.
func (p *posting) toPayer(r *run, who *account.Payer, id uuid.UUID, effective period.Month,
	fact event.Payload) {
	meta, stream := r.meta, ledger.PayerStream(who.UNP)
	meta.EffectiveFrom, meta.EffectiveTo = effective, effective
	if r.begun.takeUp(stream, id, who) {
		return
	}
	if p.payers[stream] == nil {
		p.payers[stream] = &place{}
	}
	e := p.events.New(id, meta, fact)
	p.append(stream, p.payers[stream], who.Revision, e)
	who.Apply(r.synthetic(stream, who.Revision+1, e), fact)
}

// append puts an event behind those that its stream, which is at the revision, gets already.
func (p *posting) append(stream ledger.StreamID, at *place, revision ledger.Revision,
	e ledger.NewEvent) {
	if at.posting == p.number {
		to := &p.streams[at.index]
		to.Events = append(to.Events, e)
		return
	}
	*at = place{p.number, len(p.streams)}
	if len(p.room) == cap(p.room) {
		p.room = make([]ledger.NewEvent, 0, roomForMore)
	}
	n := len(p.room)
	p.room = append(p.room, e)
	p.streams = append(p.streams, ledger.StreamAppend{Stream: stream, Expected: revision,
		Events: p.room[n : n+1 : n+1]})
}

// synthetic is an event as it will be read back, as far as decisions look at it.
func (r *run) synthetic(s ledger.StreamID, rev ledger.Revision, e ledger.NewEvent) ledger.Event {
	return ledger.Event{NewEvent: e, Stream: s, Revision: rev, RecordedAt: r.now}
}

// decide takes the units through controls and, where accepted, into facts.
func (r *run) decide(units []unit) *posting {
	p := r.newPosting(len(units))
	facts := r.facts()
	for _, u := range units {
		r.current = u.doc.No
		verdict := control.Verdict{Outcome: control.Rejected} // with its pack
		if !r.refused[u.doc.Pack] {
			verdict = r.engine.Document(facts, u.pack, u.doc)
		}
		tally := tallyOf(u.doc)
		switch {
		case r.taken(p, u, &verdict, &tally):
			tally.Accepted = 1
		case verdict.Outcome == control.Parked:
			tally.Parked = 1
			p.park(r, u, verdict)
		default:
			tally.Rejected = 1
		}
		p.findings = append(p.findings, verdict.Findings...)
		if p.filer != nil {
			facts.Payer = p.filer
		}
		p.tallies = account.MergeTallies(p.tallies, []event.Tally{tally})
	}
	return p
}

// taken records an accepted document, and one that was accepted before.
func (r *run) taken(p *posting, u unit, v *control.Verdict, t *event.Tally) bool {
	switch {
	case v.Outcome == control.Accepted:
		r.accept(p, u.doc, *v, t)
	case len(r.begun.own[u.doc.No]) > 0:
		r.adopt(p, u.doc, t)
		v.Outcome, v.Findings = control.Accepted, accepted(v.Findings)
	default:
		return false
	}
	return true
}

// tallyOf makes the counter of a document's form and period.
func tallyOf(d *document.Document) event.Tally {
	t := event.Tally{Form: string(d.Form), Year: d.Year}
	switch {
	case d.Payment != nil:
		t.Year, t.Quarter = d.Payment.ValueDate.Year(), d.Payment.ValueDate.Month().Quarter()
	case d.Year > 0:
		t.Quarter = lastQuarter(control.Quarters(d))
	case !d.FilledOn.IsZero():
		t.Year, t.Quarter = d.FilledOn.Year(), d.FilledOn.Month().Quarter()
	}
	return t
}

// lastQuarter gives the number of the last of some quarters, zero for none.
func lastQuarter(quarters string) int {
	if quarters == "" {
		return 0
	}
	return int(quarters[len(quarters)-1] - '0')
}

// park sets a document aside; its content is archived when the chunk is recorded.
func (p *posting) park(r *run, u unit, v control.Verdict) {
	quarter := tallyOf(u.doc)
	p.ownIDs = append(p.ownIDs, ledger.DeterministicID(r.filing.Filing, "parked", u.doc.No))
	p.own = append(p.own, &parkedUnit{unit: u, DocumentParked: event.DocumentParked{
		Filing: r.filing.Filing, DocNo: u.doc.No, Form: string(u.doc.Form), Awaits: v.Awaits,
		Persons: v.Persons, Until: v.Until, Year: quarter.Year, Quarter: quarter.Quarter,
	}})
}

// parkedUnit is a DocumentParked whose content is not archived yet.
type parkedUnit struct {
	event.DocumentParked
	unit unit
}

// parkedContent is what the archive keeps of a parked document.
type parkedContent struct {
	Pack     *document.Pack     `json:"pack"`
	Document *document.Document `json:"document"`
	Place    document.Place     `json:"place"`
}

// keep has a text archived and gives its name; zero for none.
func (p *posting) keep(text string) ledger.Hash {
	if text == "" {
		return ledger.Hash{}
	}
	p.texts = append(p.texts, text)
	return sha256.Sum256([]byte(text))
}

// closing gives the filer's part of a chunk: what was parked and assessed.
func (p *posting) closing(ctx context.Context, r *run, suffix any,
) ([]ledger.NewEvent, error) {
	var events []ledger.NewEvent
	for _, text := range p.texts {
		if _, err := r.bus.archiveText(ctx, text); err != nil {
			return nil, err
		}
	}
	emit := func(id uuid.UUID, fact event.Payload, month period.Month) {
		meta := r.meta
		meta.EffectiveFrom, meta.EffectiveTo = month, month
		events = append(events, event.New(id, meta, fact))
	}
	for i, fact := range p.own {
		if x, ok := fact.(*parkedUnit); ok {
			content, err := r.bus.archiveJSON(ctx, parkedContent{
				Pack: x.unit.pack, Document: x.unit.doc, Place: x.unit.doc.Locate("")})
			if err != nil {
				return nil, err
			}
			x.Content = content
			fact = &x.DocumentParked
		}
		emit(p.ownIDs[i], fact, 0)
	}
	p.eachMonth(func(m period.Month, i int, fact event.Payload) {
		emit(ledger.DeterministicID(r.filing.Filing, "liability", m, suffix, i), fact, m)
	})
	return events, nil
}

// eachMonth gives the facts on the filer's months in their order, with their numbers
// within the month.
func (p *posting) eachMonth(do func(m period.Month, i int, fact event.Payload)) {
	for _, m := range slices.Sorted(maps.Keys(p.months)) {
		for i, fact := range p.months[m].facts() {
			do(m, i, fact)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(p.occupational)) {
		do(m, occupationalFact, p.occupational[m])
	}
}

// occupationalFact is the number of the occupational contributions among a month's facts.
const occupationalFact = 10

// pretend takes what would be recorded of the filer into a state of its account.
func (p *posting) pretend(r *run, payer *account.Payer) {
	take := func(fact event.Payload) {
		e := event.New(uuid.Nil, r.meta, fact)
		payer.Apply(r.synthetic(ledger.PayerStream(payer.UNP), payer.Revision+1, e), fact)
	}
	for _, fact := range p.own {
		if _, parked := fact.(*parkedUnit); !parked { // which is about the filing
			take(fact)
		}
	}
	p.eachMonth(func(_ period.Month, _ int, fact event.Payload) { take(fact) })
	take(&event.DocumentsPosted{Filing: r.filing.Filing, Tallies: p.tallies})
}

// archiveJSON keeps a value in the archive.
func (b *Bus) archiveJSON(ctx context.Context, v any) (ledger.Hash, error) {
	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(v); err != nil {
		return ledger.Hash{}, err
	}
	name, _, err := b.Archive.Put(ctx, hold(buf.Bytes()))
	return name, err
}

// archiveFindings keeps findings, one JSON object a line; zero for none.
func (b *Bus) archiveFindings(ctx context.Context, findings []control.Finding,
) (ledger.Hash, error) {
	if name, ok := b.memory.archived(findings); ok {
		return name, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for i := range findings {
		if err := enc.Encode(&findings[i]); err != nil {
			return ledger.Hash{}, err
		}
	}
	name, _, err := b.Archive.Put(ctx, hold(buf.Bytes()))
	if err == nil && len(findings) == 1 {
		b.memory.findings.Put(findings[0], name, findingsKept)
	}
	return name, err
}
