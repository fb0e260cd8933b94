// Package commands turns what people and programs want into facts: each command loads
// the streams it concerns, folds them, decides on the states alone and appends what
// follows, all or nothing. It never decides on a read model; folds that one keeps serve as a
// cache, since the append confirms the revision of each. Reading and checking of files is in
// commands/intake.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
)

// Content is an archived file, open for reading.
type Content interface {
	io.ReaderAt
	io.ReadCloser
	Size() int64
}

// Archive keeps filed bytes, and what the intake says about them, by their SHA-256.
type Archive interface {
	// Put is durable when it returns; the same bytes are kept once. Content that is in memory
	// may give it by a method Resident() []byte and need not be copied then.
	Put(ctx context.Context, content io.Reader) (ledger.Hash, int64, error)
	Open(ctx context.Context, name ledger.Hash) (Content, error)
}

// PersonCache gives folds of persons' streams that somebody else keeps, of those persons whom
// it knows. A fold may be behind the ledger, and is then found out: see memory.
type PersonCache interface {
	Persons(ctx context.Context, ids []ledger.PersonID,
	) (map[ledger.PersonID]*account.Person, error)
}

// PayerCache gives both folds of a payer's stream that somebody else keeps, as of the payer's
// revision and to be the caller's own; nil for a payer whom it does not know. They may be
// behind the ledger, as those of a PersonCache. Where the filings may know more than the payer,
// which they do only where the ledger does, their own revision is another one.
type PayerCache interface {
	Payer(ctx context.Context, unp string) (*account.Payer, *account.Filings, error)
}

// Bus carries out commands. It is safe for concurrent use.
type Bus struct {
	Log     ledger.Log
	Keys    *seal.Keyring
	Archive Archive
	Law     *Lawbook
	// Persons and Payers are folds that somebody else keeps; nil for none.
	Persons PersonCache
	Payers  PayerCache
	// Recipients is needed for indexation only.
	Recipients Recipients
	// Workforce is needed for mass corrections only.
	Workforce Workforce
	// Staff has checks of late reports tell whom they leave out; nil where nobody asks.
	Staff  Staff
	Clock  func() time.Time
	Logger *slog.Logger

	turns  turns // of the payers whose filings are in work
	desks  turns // of the payers whose streams are added to
	room   room
	memory memory
	gather reader
	intake intake
	news   news
}

// FundDate is the calendar day at the Fund at a moment.
func FundDate(t time.Time) period.Date { return period.InBelarus(t) }

// attemptsMax bounds how often a command is decided anew after somebody else wrote first
// or the outcome was unknown; under group commit a second attempt nearly always wins.
const attemptsMax = 20

// attempt runs a command until its append is recorded. The function loads afresh every
// time it is called.
func attempt(ctx context.Context, command func() error) error {
	var err error
	for range attemptsMax {
		if err = command(); !undecided(err) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("gave up after %d attempts: %w", attemptsMax, err)
}

// undecided tells whether a command must be decided anew after its append gave the error.
func undecided(err error) bool {
	var conflict *ledger.WrongRevisionError
	return errors.As(err, &conflict) || errors.Is(err, ledger.ErrUnknownOutcome)
}

// payer folds a payer's stream, once for the account and once for its filings.
func (b *Bus) payer(ctx context.Context, unp string) (*payerFolds, error) {
	folds := &payerFolds{account.NewPayer(unp), account.NewFilings()}
	if err := folds.follow(b.read(ctx, ledger.PayerStream(unp))); err != nil {
		return nil, err
	}
	return folds, nil
}

// persons folds the streams of persons in one read, without what begun keeps, which may be
// nil. Those without events are absent.
func (b *Bus) persons(ctx context.Context, ids []ledger.PersonID, begun *begun,
) (map[ledger.PersonID]*account.Person, error) {
	folds := make(map[ledger.PersonID]*account.Person, len(ids))
	return folds, b.bringUp(ctx, folds, ids, begun)
}

// bringUp takes into the folds of persons what has come after them, in one read: whole
// streams of persons without a fold. What begun keeps, which may be nil, stays out.
func (b *Bus) bringUp(ctx context.Context, folds map[ledger.PersonID]*account.Person,
	ids []ledger.PersonID, begun *begun) error {
	marks := make([]ledger.Mark, len(ids))
	for i, id := range ids {
		marks[i] = markOf(ledger.PersonStream(id), folds[id])
	}
	var p *account.Person
	var stream ledger.StreamID
	for e, err := range b.readAfter(ctx, marks...) {
		if err != nil {
			return fmt.Errorf("read persons' streams: %w", err)
		}
		if p == nil || e.Stream != stream { // streams come one after another, each whole
			id, ok := e.Stream.Person()
			if !ok {
				return fmt.Errorf("%w: stream %s among persons", ledger.ErrCorrupt, e.Stream)
			}
			if stream, p = e.Stream, folds[id]; p == nil {
				p = account.NewPerson(id)
				folds[id] = p
			}
		}
		payload, err := event.Decode(e)
		if err != nil {
			return fmt.Errorf("read persons' streams: %w", err)
		}
		if !begun.keep(e, payload) {
			p.Apply(e, payload)
		}
	}
	return nil
}

// markOf says how far a person's stream is known by a fold, which may be nil.
func markOf(stream ledger.StreamID, p *account.Person) ledger.Mark {
	if p == nil {
		return ledger.Mark{Stream: stream, Revision: ledger.NoStream}
	}
	return ledger.Mark{Stream: stream, Revision: p.Revision, Position: p.Position}
}
