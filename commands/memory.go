package commands

import (
	"bytes"
	"fmt"
	"iter"
	"sync"

	"github.com/google/uuid"

	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/recent"
	"github.com/stazh/stazh/ledger/seal"
)

// Bounds of the memory, in weights: about half a kibibyte each.
const (
	weightBytes   = 512
	payersWeight  = 48 << 10
	waitingWeight = 48 << 10
	// arrivedBytes bounds the files that wait in memory to be processed, and keptBytes
	// each of them; what does not fit is read back from the archive.
	arrivedBytes = 64 << 20
	keptBytes    = 1 << 20
	// findingsKept is how many lone findings are remembered that were archived, and
	// revisionsKept of how many persons where commands of this process have brought them.
	findingsKept  = 512
	revisionsKept = 64 << 10
	// broughtKept is the same of payers, of whom there are fewer.
	broughtKept = 16 << 10
)

// memory keeps what commands have worked with, so that the next command need not read it.
//
// A fold is taken out for the time of a command, which then owns it, and given back when
// what the command decided is recorded. It may be behind the ledger, as other processes
// write too: a decision stands only when the append, or a look at the ledger, has
// confirmed the revision of every fold it was made on. Whoever fails gives nothing back.
type memory struct {
	mu     sync.Mutex // guards the shelves, and worth
	payers shelf[string, *payerFolds]
	// waiting are payers whose last file is about to be processed. They have a room of their
	// own: otherwise those whose turn is next would be the first to be dropped.
	waiting shelf[string, *payerFolds]
	persons shelf[ledger.PersonID, *insured]
	worth   worth // of the persons
	arrived shelf[uuid.UUID, []byte]

	// findings are the archive's names of those that were a report's only ones. On most
	// reports of a day they are the same: that the report came late.
	findings recent.Map[control.Finding, ledger.Hash]
	// revisions are those that commands have brought persons to. A cache that is behind them
	// is not asked in vain.
	revisions recent.Map[ledger.PersonID, ledger.Revision]
	// brought are those that payers have at least.
	brought recent.Map[string, ledger.Revision]
}

// payerFolds is what a payer's stream says, as both its folds.
type payerFolds struct {
	payer   *account.Payer
	filings *account.Filings
}

func (f *payerFolds) apply(e ledger.Event, payload event.Payload) {
	f.payer.Apply(e, payload)
	f.filings.Apply(e, payload)
}

// follow takes the events of the payer's stream that come next.
func (f *payerFolds) follow(events iter.Seq2[ledger.Event, error]) error {
	for e, err := range events {
		if err != nil {
			return fmt.Errorf("read the payer's stream: %w", err)
		}
		payload, err := event.Decode(e)
		if err != nil {
			return fmt.Errorf("read the payer's stream: %w", err)
		}
		f.apply(e, payload)
	}
	return nil
}

// waits tells whether the payer's last file has no result yet.
func (f *payerFolds) waits() bool {
	n := len(f.filings.Filings)
	return n > 0 && f.filings.Filings[n-1].Processed == nil
}

func (f *payerFolds) weight() int {
	n := 4 + 2*len(f.filings.Filings) + 2*len(f.filings.Parked) + len(f.payer.Payments)
	for i := range f.payer.Months {
		n += 1 + len(f.payer.Months[i].Earnings)/8
	}
	return n
}

// insured is an insured person as commands see them. Of a fold that commands have added
// to, recorded times and positions are not those of the ledger; nothing is decided on them.
type insured struct {
	person   *account.Person
	stream   ledger.StreamID
	key      *seal.PersonKey // nil when there is none, or it was destroyed
	personal event.PersonalData
	known    bool  // personal is set
	place    place // of the stream in the run's posting
}

func (p *insured) weight() int { return 2 + p.person.Footprint()/weightBytes }

func (m *memory) takePayer(unp string) (*payerFolds, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.payer(unp)
}

// payer takes a payer out; the caller holds the lock.
func (m *memory) payer(unp string) (*payerFolds, bool) {
	if f, ok := m.waiting.take(unp); ok {
		return f, true
	}
	return m.payers.take(unp)
}

func (m *memory) keepPayer(f *payerFolds) {
	m.brought.Put(f.payer.UNP, f.payer.Revision, broughtKept)
	m.mu.Lock()
	defer m.mu.Unlock()
	if other, ok := m.payer(f.payer.UNP); ok && other.payer.Revision > f.payer.Revision {
		f = other
	}
	// Where there is no room for all that wait, those who came first have it: it is their turn
	// next.
	weight := f.weight()
	if f.waits() && m.waiting.weight+weight <= waitingWeight {
		m.waiting.put(f.payer.UNP, f, weight, waitingWeight)
	} else {
		m.payers.put(f.payer.UNP, f, weight, payersWeight)
	}
}

// doubtPayer notes that folds may be behind the ledger: those of a cache must have more.
func (m *memory) doubtPayer(f *payerFolds) {
	m.brought.Put(f.payer.UNP, f.payer.Revision+1, broughtKept)
}

// takePersons moves the persons that it has into found and gives the others' ids.
func (m *memory) takePersons(ids []ledger.PersonID, found map[ledger.PersonID]*insured,
) (missing []ledger.PersonID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		p, ok := m.persons.take(id)
		if m.worth.ask(id, ok); ok {
			found[id] = p
		} else {
			missing = append(missing, id)
		}
	}
	return missing
}

// keepPersons takes over the folds of those persons that the ledger knows.
func (m *memory) keepPersons(persons map[ledger.PersonID]*insured) {
	for _, p := range persons {
		p.person.Pack()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, p := range persons {
		if p.person.Revision == ledger.NoStream {
			continue
		}
		m.revisions.Put(id, p.person.Revision, revisionsKept)
		p.place = place{}
		if other, ok := m.persons.take(id); ok && other.person.Revision > p.person.Revision {
			p = other
		}
		m.persons.put(id, p, p.weight(), m.worth.keep(id))
	}
}

// archived gives the archive's name of findings that were archived a short time ago; zero for
// no findings.
func (m *memory) archived(findings []control.Finding) (name ledger.Hash, ok bool) {
	switch len(findings) {
	case 0:
		return name, true
	case 1:
		return m.findings.Get(findings[0])
	}
	return name, false
}

// forgetPayer drops folds that are known to be behind.
func (m *memory) forgetPayer(unp string) { m.takePayer(unp) }

// arrive keeps the bytes of a filing until it is processed.
func (m *memory) arrive(filing uuid.UUID, content []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrived.take(filing)
	m.arrived.put(filing, content, len(content), arrivedBytes)
}

// takeArrived gives the bytes of a filing that has just arrived, nil for others.
func (m *memory) takeArrived(filing uuid.UUID) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, _ := m.arrived.take(filing)
	return content
}

// heldContent is a file in memory, such as that of a filing which has just arrived.
type heldContent struct {
	*bytes.Reader
	content []byte
}

// hold makes a file of bytes that nobody changes any more.
func hold(content []byte) heldContent {
	return heldContent{bytes.NewReader(content), content}
}

// Resident gives all bytes, so that who archives them need not copy them.
func (h heldContent) Resident() []byte { return h.content }

// Close gives nothing back: the memory was given up when the content was taken.
func (heldContent) Close() error { return nil }
