// Package projections follows the ledger and keeps the read models: for every projection
// a follower that folds batches of events into tables of Postgres, in the same
// transaction as the place it has reached. It also rebuilds a projection beside the live
// one, switches to it, and replays the whole ledger to compare every row.
//
// The package knows nothing of persons, payers or the law: each question has a package
// of its own below this one. Read models are never the truth; they can be dropped and
// rebuilt from the ledger at any time.
package projections

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// Event is a recorded event with its payload decoded to the newest version of its type.
type Event struct {
	*ledger.Event
	// Payload hides the stored bytes of the same name. It is shared: never change it.
	Payload event.Payload
}

// Table is a table of a projection's schema, as far as comparing it needs to know.
type Table struct {
	Name string
	// Key is the primary key in its order. Its columns are uuid, bytea, integers, or
	// text COLLATE "C", and hold no personal data, as differences are shown by them.
	Key []string
}

// Projection folds events into tables. Its tables live in a schema of their own, named
// after Name and Version; a change of shape or meaning is a new Version, which is built
// beside the old one.
type Projection interface {
	// Name is the question that the projection answers: lower-case letters and "_".
	Name() string
	// Version counts the shapes of the tables, from 1.
	Version() int
	// DDL creates the tables; it is run with the search path at the empty schema.
	DDL() string
	// Tables lists all tables of the DDL.
	Tables() []Table
	// Apply takes a batch of events into account. It runs in the transaction that also
	// moves the checkpoint, with the search path at the projection's schema, so it must
	// be idempotent in no other way. The result must not depend on how the events are
	// cut into batches, on the clock or on tables of other projections. The batch is
	// never empty, is in order of position and has no gaps. Several projections may share
	// the transaction, one after the other, and its connection: settings must be as they
	// were when Apply returns.
	Apply(ctx context.Context, tx pgx.Tx, batch []Event) error
}

// Errors of reading.
var (
	// ErrNotFound: the projection has no such row.
	ErrNotFound = errors.New("not found")
	// ErrNotBuilt: the projection has not been built up to the present yet.
	ErrNotBuilt = errors.New("the read model is still being built, ask again in a moment")
	// ErrUnknownProjection: no projection of this name runs here.
	ErrUnknownProjection = errors.New("no such projection")
	// ErrSuperseded: a newer version of the projection is live.
	ErrSuperseded = errors.New("a newer version of this projection is live, " +
		"restart this process with the newer program")
	// ErrBusy: another rebuild or replay of the projection is under way.
	ErrBusy = errors.New("another rebuild or replay of the projection is under way, " +
		"wait until it has ended")
)

// StoppedError says where a projection stopped and why. It goes no further until the
// cause is mended: an event is never passed over. Its text has no personal data.
type StoppedError struct {
	Projection string
	Position   ledger.Position // of the event that could not be applied
	Type       string          // of that event; empty if it could not be read
	Err        error
}

// Error tells projection, position, event type and cause.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("projection %s stopped before event %d (type %q): %s",
		e.Projection, e.Position, e.Type, describe(e.Err))
}

// Unwrap gives the cause.
func (e *StoppedError) Unwrap() error { return e.Err }

// validName bounds names of projections and tables to what needs no quoting in SQL.
var validName = regexp.MustCompile(`^[a-z][a-z_]{0,40}$`)

// schemaOf names the live schema of a projection.
func schemaOf(p Projection) string { return fmt.Sprintf("%s_v%d", p.Name(), p.Version()) }

// begin is the statement that opens a transaction on a schema. The public schema comes
// second for extensions. Commits need not wait for the disk: rows and checkpoint are
// lost together or not at all, and what is lost is read from the ledger again.
func begin(schema string) pgx.TxOptions {
	return pgx.TxOptions{BeginQuery: "begin; set local search_path to " + schema +
		", public; set local synchronous_commit to off"}
}

// check refuses a projection whose names could not be used in SQL.
func check(p Projection) error {
	if !validName.MatchString(p.Name()) || p.Version() < 1 {
		return fmt.Errorf("projection %q version %d: the name must be lower-case letters, "+
			"the version at least 1", p.Name(), p.Version())
	}
	if len(p.Tables()) == 0 {
		return fmt.Errorf("projection %s lists no tables", p.Name())
	}
	for _, t := range p.Tables() {
		if !validName.MatchString(t.Name) || len(t.Key) == 0 {
			return fmt.Errorf("projection %s: table %q needs a lower-case name and a key",
				p.Name(), t.Name)
		}
	}
	return nil
}
