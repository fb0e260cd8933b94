package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
)

// IndexationState is how far a run has come.
type IndexationState string

// The states of a run.
const (
	IndexationPrepared  IndexationState = "prepared" // waits for the second officer
	IndexationApproved  IndexationState = "approved" // is being carried out
	IndexationCompleted IndexationState = "completed"
)

// IndexationRun is one carrying out of a decree.
type IndexationRun struct {
	event.IndexationPrepared
	State      IndexationState
	PreparedBy string
	PreparedAt time.Time
	ApprovedBy string
	ApprovedAt time.Time
	// Result is what the run changed in the end, zero until it is completed.
	Result      event.IndexationReport
	CompletedAt time.Time
	// Position is that of the run's last event.
	Position ledger.Position
}

// Decree finds an indexation decree.
func (l *Law) Decree(id uuid.UUID) (event.IndexationDecreed, bool) {
	i := slices.IndexFunc(l.Decrees, func(d event.IndexationDecreed) bool {
		return d.Decree == id
	})
	if i < 0 {
		return event.IndexationDecreed{}, false
	}
	return l.Decrees[i], true
}

// Run finds an indexation run; the pointer is into the state.
func (l *Law) Run(id uuid.UUID) (*IndexationRun, bool) {
	i := slices.IndexFunc(l.Runs, func(r IndexationRun) bool { return r.Run == id })
	if i < 0 {
		return nil, false
	}
	return &l.Runs[i], true
}

func (l *Law) applyIndexation(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.IndexationDecreed:
		l.Decrees = append(l.Decrees, *f)
	case *event.IndexationPrepared:
		l.Runs = append(l.Runs, IndexationRun{IndexationPrepared: *f,
			State: IndexationPrepared, PreparedBy: e.Meta.Actor.Subject,
			PreparedAt: e.RecordedAt, Position: e.Position})
	case *event.IndexationApproved:
		if r, ok := l.Run(f.Run); ok {
			r.State = IndexationApproved
			r.ApprovedBy, r.ApprovedAt = e.Meta.Actor.Subject, e.RecordedAt
			r.Position = e.Position
		}
	case *event.IndexationCompleted:
		if r, ok := l.Run(f.Run); ok {
			r.State, r.Result = IndexationCompleted, f.Report
			r.CompletedAt, r.Position = e.RecordedAt, e.Position
		}
	default:
		return false
	}
	return true
}
