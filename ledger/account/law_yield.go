package account

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
)

// YieldRun is one crediting of the yield of a year to all occupational accounts. It has the
// states of an indexation run.
type YieldRun struct {
	event.OccupationalYieldPrepared
	State      IndexationState
	PreparedBy string
	PreparedAt time.Time
	ApprovedBy string
	ApprovedAt time.Time
	// Reached and Credited are what the accounts have of the year when the run ends.
	Reached     int
	Credited    money.Amount
	CompletedAt time.Time
	Position    ledger.Position // of the run's last event
}

// YieldRun finds a run; the pointer is into the state.
func (l *Law) YieldRun(id uuid.UUID) (*YieldRun, bool) {
	i := slices.IndexFunc(l.YieldRuns, func(r YieldRun) bool { return r.Run == id })
	if i < 0 {
		return nil, false
	}
	return &l.YieldRuns[i], true
}

func (l *Law) applyYield(e ledger.Event, payload event.Payload) bool {
	switch f := payload.(type) {
	case *event.OccupationalYieldPrepared:
		l.YieldRuns = append(l.YieldRuns, YieldRun{OccupationalYieldPrepared: *f,
			State: IndexationPrepared, PreparedBy: e.Meta.Actor.Subject,
			PreparedAt: e.RecordedAt, Position: e.Position})
	case *event.OccupationalYieldApproved:
		if r, ok := l.YieldRun(f.Run); ok {
			r.State, r.Position = IndexationApproved, e.Position
			r.ApprovedBy, r.ApprovedAt = e.Meta.Actor.Subject, e.RecordedAt
		}
	case *event.OccupationalYieldCompleted:
		if r, ok := l.YieldRun(f.Run); ok {
			r.State, r.Position = IndexationCompleted, e.Position
			r.Reached, r.Credited, r.CompletedAt = f.Persons, f.Amount, e.RecordedAt
		}
	default:
		return false
	}
	return true
}
