package commands

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/commands/intake/document"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// unit is a document with the head it came under.
type unit struct {
	pack *document.Pack
	doc  *document.Document
}

// run takes the documents of one filing through controls and decisions. The same run
// serves posting and dry runs; a dry run only keeps what it decided in its own states
// instead of appending it, so that both give the same answer.
type run struct {
	bus    *Bus
	dry    bool
	partly bool // some of the filing of a dry run is recorded, and may be in stored states
	law    *account.Law
	engine *control.Engine
	today  period.Date // day of arrival, by which deadlines are judged
	now    time.Time   // of the run, for states until they are recorded
	filing event.FilingReceived
	meta   ledger.Meta

	ids      ledger.Series  // of the filing's events: by document and number
	postings int            // made so far
	payer    *account.Payer // the filer
	payers   map[string]*account.Payer
	persons  map[ledger.PersonID]*insured
	numbers  map[string]ledger.PersonID // pseudonyms made so far
	current  int                        // number of the document being judged
	bankRefs map[string]int             // number of the first document with a bank's reference
	refused  map[int]bool               // packs none of whose documents are taken, by index

	// fresh has all states read from the ledger instead of the memory, as they always are on
	// a log that is not atomic: the memory would not tell what an append that was cut short
	// has left. remembered are the persons of this chunk that are from the memory or the
	// cache: their states may be behind.
	fresh      bool
	remembered []ledger.PersonID
	leave      func() // gives back the room for this chunk's states; nil for none
	waits      func() // is told that there is no room yet; may be nil

	// begun is what an earlier try has recorded of the documents, and chunk those of which
	// it may be; nil for the ones that are loaded.
	begun *begun
	chunk []unit

	// before keeps the states that the run loads as they were; nil where nobody asks.
	before *effect.States

	// waiting is the parked document that is judged again, if the run is about one, and
	// expired tells that it is refused for having waited too long.
	waiting event.DocumentParked
	expired bool
}

// source is who causes what a run records, and by what legal ground.
type source struct {
	actor  ledger.Actor
	ground string
}

func (b *Bus) newRun(ctx context.Context, filing event.FilingReceived, by source,
	today period.Date, dry bool) (*run, error) {
	law, err := b.Law.Current(ctx)
	if err != nil {
		return nil, err
	}
	pack, ok := law.RulePack(today)
	if !ok {
		return nil, refuse(Unavailable, "rule_pack_missing",
			"no control rules are in force on %s: publish a rule pack", today)
	}
	engine, err := b.Law.Engine(pack)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Code: "rule_pack_unknown", Cause: err,
			Message: "this program does not know the control rules in force: update it"}
	}
	r := &run{bus: b, dry: dry, law: law, engine: engine, today: today,
		now: b.Clock(), filing: filing, fresh: !b.Log.Guarantees().Atomic,
		bankRefs: map[string]int{}, refused: map[int]bool{},
		ids: ledger.NewSeries(filing.Filing)}
	r.meta = ledger.Meta{Actor: by.actor, Ground: by.ground, Correlation: filing.Filing,
		Source: filing.SHA256, Causation: ledger.DeterministicID(filing.Filing, "received"),
		RulePack: pack.Version}
	r.forget()
	return r, nil
}

// forget drops all loaded states, so that the next chunk loads what is recorded now.
func (r *run) forget() {
	r.payers = map[string]*account.Payer{}
	r.persons = map[ledger.PersonID]*insured{}
	r.numbers = map[string]ledger.PersonID{}
	r.remembered, r.begun = nil, nil
}

// facts is what the control rules may look at.
func (r *run) facts() *control.Facts {
	return &control.Facts{
		Today: r.today, Law: r.law, Payer: r.payer,
		PersonID: r.personID,
		Person: func(id ledger.PersonID) *account.Person {
			if p := r.persons[id]; p != nil {
				return r.view(p)
			}
			return nil
		},
		Personal: func(id ledger.PersonID) (event.PersonalData, bool) {
			if p := r.persons[id]; p != nil {
				return p.personal, p.known
			}
			return event.PersonalData{}, false
		},
		PayerOf: func(unp string) *account.Payer {
			if p := r.payers[unp]; p != nil && p.Registered {
				return p
			}
			return nil
		},
		BankRefSeen: func(ref string) bool {
			// It follows from the file alone, so that a filing which is taken up again
			// after an interruption is judged as it would have been without.
			first, ok := r.bankRefs[ref]
			return ok && first < r.current
		},
	}
}

// personID makes a pseudonym once a chunk: it is asked for several times.
func (r *run) personID(number string) ledger.PersonID {
	id, ok := r.numbers[number]
	if !ok {
		id = r.bus.Keys.PersonID(number)
		r.numbers[number] = id
	}
	return id
}

// load reads the states that the units concern and that are not loaded yet: persons in
// one read of the log, their keys in one read of the vault, and payers of payments.
func (r *run) load(ctx context.Context, units []unit) error {
	if len(r.persons) == 0 {
		r.persons = make(map[ledger.PersonID]*insured, len(units))
		r.numbers = make(map[string]ledger.PersonID, len(units))
	}
	r.begun = newBegun(r.filing.Filing, units)
	if r.chunk != nil {
		r.begun.units = r.chunk
	}
	ids := make([]ledger.PersonID, 0, len(units))
	var opening []ledger.PersonID
	var unps []string
	want := func(id ledger.PersonID) {
		if _, ok := r.persons[id]; !ok {
			r.persons[id] = nil
			ids = append(ids, id)
		}
	}
	for _, u := range units {
		eachInsuranceNo(u.doc, func(number string) { want(r.personID(number)) })
		if u.doc.Registration != nil {
			opening = append(opening, r.personID(registrationNumber(u.doc)))
		}
		if p := u.doc.Payment; p != nil {
			r.eachPayer(p, func(unp string) {
				if _, ok := r.payers[unp]; !ok && ledger.PayerStream(unp).Valid() {
					r.payers[unp] = account.NewPayer(unp)
					unps = append(unps, unp)
				}
			})
		}
	}
	if err := r.loadPersons(ctx, ids); err != nil {
		return err
	}
	if err := r.loadLinked(ctx); err != nil {
		return err
	}
	if err := r.openKeys(ctx, opening); err != nil {
		return err
	}
	if err := r.loadPayers(ctx, unps); err != nil {
		return err
	}
	r.keepBefore(ids, unps)
	return nil
}

// loadPersons takes persons out of the memory, or the cache, and reads the others from the
// log, and at the same time their keys from the vault.
func (r *run) loadPersons(ctx context.Context, ids []ledger.PersonID) error {
	missing := ids
	if r.recalls() {
		if missing = r.bus.memory.takePersons(ids, r.persons); len(missing) < len(ids) {
			for _, id := range ids {
				if r.persons[id] != nil {
					r.remembered = append(r.remembered, id)
				}
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := r.enterRoom(ctx, len(missing)); err != nil {
		return err
	}
	var folds map[ledger.PersonID]*account.Person
	var keys map[ledger.PersonID]*seal.PersonKey
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		keys, err = r.bus.Keys.PersonKeys(groupCtx, missing, false)
		return err
	})
	group.Go(func() (err error) {
		folds, err = r.foldPersons(groupCtx, missing)
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	for _, id := range missing {
		p := &insured{person: folds[id], stream: ledger.PersonStream(id), key: keys[id]}
		if p.person == nil {
			p.person = account.NewPerson(id)
		}
		if p.person.Registered && p.key != nil {
			data, err := openPersonal(p.key, p.person.Personal)
			if err != nil {
				return fmt.Errorf("open the data of person %s: %w", id, err)
			}
			p.personal, p.known = data, true
		}
		r.persons[id] = p
	}
	return nil
}

// recalls tells whether the run may begin with states that can be behind the ledger, as the
// append makes sure of them.
func (r *run) recalls() bool { return !r.dry && !r.fresh }

// foldPersons gives the folds of persons as they are stored, brought up to what the ledger
// says: all of them where the run decides on nothing else, and else those that are not
// stored, or are known to be behind. On a log that is not atomic the ledger says everything.
func (r *run) foldPersons(ctx context.Context, ids []ledger.PersonID,
) (map[ledger.PersonID]*account.Person, error) {
	folds := r.storedPersons(ctx, ids)
	behind := ids
	if r.recalls() {
		behind = nil
		for _, id := range ids {
			brought, known := r.bus.memory.revisions.Get(id)
			if p := folds[id]; p == nil || known && p.Revision < brought {
				behind = append(behind, id)
			} else {
				r.remembered = append(r.remembered, id)
			}
		}
	}
	return folds, r.bus.bringUp(ctx, folds, behind, r.begun)
}

// storedPersons gives the folds that the cache has. Whoever cannot ask it reads the ledger.
func (r *run) storedPersons(ctx context.Context, ids []ledger.PersonID,
) map[ledger.PersonID]*account.Person {
	if r.bus.Persons != nil && r.bus.Log.Guarantees().Atomic && !r.partly {
		folds, err := r.bus.Persons.Persons(ctx, ids)
		if err == nil {
			return folds
		}
		r.bus.Logger.WarnContext(ctx, "stored accounts cannot be read, the ledger is read instead",
			slog.String("error", err.Error()))
	}
	return make(map[ledger.PersonID]*account.Person, len(ids))
}

// openKeys makes sure that persons have a key by whom personal data are to be recorded.
func (r *run) openKeys(ctx context.Context, opening []ledger.PersonID) error {
	opening = slices.DeleteFunc(opening, func(id ledger.PersonID) bool {
		return r.persons[id].key != nil
	})
	if r.dry || len(opening) == 0 {
		return nil // a dry run leaves no key behind
	}
	made, err := r.bus.Keys.PersonKeys(ctx, opening, true)
	if err != nil {
		return err
	}
	for id, k := range made {
		r.persons[id].key = k
	}
	return nil
}

func (r *run) loadPayers(ctx context.Context, unps []string) error {
	for _, unp := range unps {
		if unp == r.payer.UNP {
			r.payers[unp] = r.payer
		}
	}
	unps = slices.DeleteFunc(unps, func(unp string) bool { return unp == r.payer.UNP })
	if len(unps) == 0 {
		return nil
	}
	streams := make([]ledger.StreamID, len(unps))
	for i, unp := range unps {
		streams[i] = ledger.PayerStream(unp)
	}
	for e, err := range r.bus.read(ctx, streams...) {
		if err != nil {
			return fmt.Errorf("read payers' streams: %w", err)
		}
		payload, err := event.Decode(e)
		if err != nil {
			return fmt.Errorf("read payers' streams: %w", err)
		}
		if unp, _ := e.Stream.Payer(); !r.begun.keep(e, payload) {
			r.payers[unp].Apply(e, payload)
		}
	}
	return nil
}

// eachPayer hands out the UNPs of those whom a line of a list is about: the payer that it
// names, and those that have parts of the suspended payment which it returns.
func (r *run) eachPayer(p *document.Payment, do func(unp string)) {
	do(control.NormalizeUNP(p.PayerUNP))
	if p.Kind != control.KindReturned || r.payer == nil {
		return
	}
	if x, ok := r.payer.SuspendedPayment(p.BankRef); ok {
		for _, part := range x.Parts {
			do(part.Payer)
		}
	}
}

// eachInsuranceNo hands out those of all persons that a document is about.
func eachInsuranceNo(d *document.Document, do func(number string)) {
	switch {
	case d.Registration != nil:
		number := registrationNumber(d)
		do(number)
		// The two numbers may be of two accounts.
		if other := control.NormalizePersonalNo(d.Registration.PersonalNo); other != "" &&
			other != number {
			do(other)
		}
	case d.Data != nil:
		do(control.NormalizePersonalNo(d.Data.Insurance))
	}
	for i := range d.Movements {
		do(control.NormalizePersonalNo(d.Movements[i].Insurance))
	}
}

// registrationNumber is the number that a person of ПУ-1 is known by: the insurance
// number, or the personal number where none has been issued.
func registrationNumber(d *document.Document) string {
	if d.Registration.InsuranceNo != "" {
		return control.NormalizePersonalNo(d.Registration.InsuranceNo)
	}
	return control.NormalizePersonalNo(d.Registration.PersonalNo)
}
