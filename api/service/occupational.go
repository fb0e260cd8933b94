package service

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/occupational"
	"github.com/stazh/stazh/ledger/period"
)

// Occupational gives the occupational part of a person's account on a day, the null date
// meaning today.
func (s *Service) Occupational(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	on period.Date) (Answer[occupational.Account], error) {
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return Answer[occupational.Account]{}, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	return answer(ctx, s, occupational.Of(x.Person, x.law, on), x.at)
}

// YieldRunView is one crediting of a year's yield to the occupational accounts.
type YieldRunView struct {
	Run         uuid.UUID               `json:"run"`
	Year        int                     `json:"year"`
	Coefficient money.Rate              `json:"coefficient"`
	Ground      string                  `json:"ground"`
	State       account.IndexationState `json:"state"`
	// Simulated is what the officers decided on, Result what the accounts have in the end.
	Simulated   YieldSums  `json:"simulated"`
	Result      *YieldSums `json:"result,omitempty"`
	PreparedBy  string     `json:"prepared_by"`
	PreparedAt  time.Time  `json:"prepared_at"`
	ApprovedBy  string     `json:"approved_by,omitempty"`
	ApprovedAt  time.Time  `json:"approved_at,omitzero"`
	CompletedAt time.Time  `json:"completed_at,omitzero"`
}

// YieldSums are the persons with a yield and what it comes to.
type YieldSums struct {
	Persons int          `json:"persons"`
	Amount  money.Amount `json:"amount"`
}

func viewYield(r *account.YieldRun) YieldRunView {
	v := YieldRunView{Run: r.Run, Year: r.Year, Coefficient: r.Coefficient, Ground: r.Ground,
		State: r.State, Simulated: YieldSums{r.Persons, r.Amount}, PreparedBy: r.PreparedBy,
		PreparedAt: r.PreparedAt, ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt,
		CompletedAt: r.CompletedAt}
	if r.State == account.IndexationCompleted {
		v.Result = &YieldSums{r.Reached, r.Credited}
	}
	return v
}

// Yields lists the runs, the latest one first.
func (s *Service) Yields(ctx context.Context, c Caller, r Read) (Answer[[]YieldRunView], error) {
	law, at, err := s.readLaw(ctx, c, r)
	if err != nil {
		return Answer[[]YieldRunView]{}, err
	}
	list := make([]YieldRunView, 0, len(law.YieldRuns))
	for i := range slices.Backward(law.YieldRuns) {
		list = append(list, viewYield(&law.YieldRuns[i]))
	}
	return answer(ctx, s, list, at)
}

// PrepareYield lays the crediting of a year's yield before the second officer.
func (s *Service) PrepareYield(ctx context.Context, c Caller, command commands.PrepareYield,
) (Answer[YieldRunView], error) {
	if err := allow(c, auth.PrepareRun, auth.KindLaw, ""); err != nil {
		return Answer[YieldRunView]{}, err
	}
	command.Actor = c
	done, err := s.bus.PrepareYield(ctx, command)
	if err != nil {
		return Answer[YieldRunView]{}, err
	}
	return s.yield(ctx, c, done.Run)
}

// ApproveYield orders a run to be carried out; the clerk does it.
func (s *Service) ApproveYield(ctx context.Context, c Caller, command commands.ApproveYield,
) (Answer[YieldRunView], error) {
	if err := allow(c, auth.ApproveRun, auth.KindLaw, ""); err != nil {
		return Answer[YieldRunView]{}, err
	}
	command.Actor = c
	if _, err := s.bus.ApproveYield(ctx, command); err != nil {
		return Answer[YieldRunView]{}, err
	}
	return s.yield(ctx, c, command.Run)
}

// yield gives a run as it is now.
func (s *Service) yield(ctx context.Context, c Caller, run uuid.UUID,
) (Answer[YieldRunView], error) {
	s.bus.Law.Refresh()
	law, at, err := s.readLaw(ctx, c, Read{})
	if err != nil {
		return Answer[YieldRunView]{}, err
	}
	r, ok := law.YieldRun(run)
	if !ok {
		return Answer[YieldRunView]{}, refuse(commands.NotFound, "yield_run_unknown",
			"there is no run %s that credits a yield: list the runs", run)
	}
	return answer(ctx, s, viewYield(r), at)
}

// WaitCredited returns a run once it is completed.
func (s *Service) WaitCredited(ctx context.Context, c Caller, run uuid.UUID,
) (Answer[YieldRunView], error) {
	tick := time.NewTicker(indexedPoll)
	defer tick.Stop()
	for {
		x, err := s.yield(ctx, c, run)
		if err != nil || x.Value.State == account.IndexationCompleted {
			return x, err
		}
		select {
		case <-ctx.Done():
			return Answer[YieldRunView]{}, ctx.Err()
		case <-tick.C:
		}
	}
}
