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
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
)

// IndexationReportView is what a run changes, or changed: as a whole, and by kind of
// benefit, office and region, each of which adds up to the whole.
type IndexationReportView struct {
	event.IndexationReport
	Regions []event.IndexationPart `json:"regions"`
}

func viewReport(r event.IndexationReport) IndexationReportView {
	v := IndexationReportView{IndexationReport: r, Regions: []event.IndexationPart{}}
	v.Kinds = append([]event.IndexationPart{}, r.Kinds...)
	v.Offices = append([]event.IndexationPart{}, r.Offices...)
	v.Left = append([]event.IndexationLeft{}, r.Left...)
	for _, office := range r.Offices { // sorted, so that those of a region stand together
		region := string([]rune(office.Code)[:1])
		if n := len(v.Regions); n == 0 || v.Regions[n-1].Code != region {
			v.Regions = append(v.Regions, event.IndexationPart{Code: region})
		}
		sums := &v.Regions[len(v.Regions)-1].IndexationSums
		sums.Benefits += office.Benefits
		sums.Old += office.Old
		sums.New += office.New
	}
	return v
}

// IndexationRunView is one carrying out of a decree.
type IndexationRunView struct {
	Run        uuid.UUID               `json:"run"`
	State      account.IndexationState `json:"state"`
	SeenAt     ledger.Position         `json:"seen_at"`
	PreparedBy string                  `json:"prepared_by"`
	PreparedAt time.Time               `json:"prepared_at"`
	ApprovedBy string                  `json:"approved_by,omitempty"`
	ApprovedAt time.Time               `json:"approved_at,omitzero"`
	// Simulated is what the officers decided on, Result what the run changed in the end.
	Simulated   IndexationReportView  `json:"simulated"`
	Result      *IndexationReportView `json:"result,omitempty"`
	CompletedAt time.Time             `json:"completed_at,omitzero"`
}

func viewRun(r *account.IndexationRun) IndexationRunView {
	v := IndexationRunView{Run: r.Run, State: r.State, SeenAt: r.SeenAt,
		PreparedBy: r.PreparedBy, PreparedAt: r.PreparedAt, ApprovedBy: r.ApprovedBy,
		ApprovedAt: r.ApprovedAt, Simulated: viewReport(r.Report), CompletedAt: r.CompletedAt}
	if r.State == account.IndexationCompleted {
		result := viewReport(r.Result)
		v.Result = &result
	}
	return v
}

// IndexationView is a decree with its runs, the first one first.
type IndexationView struct {
	Decree  uuid.UUID           `json:"decree"`
	Rule    string              `json:"rule"`
	Kinds   []string            `json:"kinds"`
	From    period.Date         `json:"from"`
	OldWage money.Amount        `json:"old_wage,omitempty"`
	NewWage money.Amount        `json:"new_wage,omitempty"`
	Act     string              `json:"act"`
	Source  string              `json:"source,omitempty"`
	Demo    bool                `json:"demo"`
	Runs    []IndexationRunView `json:"runs"`
}

func viewDecree(law *account.Law, d event.IndexationDecreed) IndexationView {
	v := IndexationView{Decree: d.Decree, Rule: d.Rule, Kinds: d.Kinds, From: d.From,
		OldWage: d.OldWage, NewWage: d.NewWage, Act: d.Act, Source: d.Source, Demo: d.Demo,
		Runs: []IndexationRunView{}}
	for i := range law.Runs {
		if law.Runs[i].Decree == d.Decree {
			v.Runs = append(v.Runs, viewRun(&law.Runs[i]))
		}
	}
	return v
}

// Indexations lists the decrees, the latest one first.
func (s *Service) Indexations(ctx context.Context, c Caller, r Read,
) (Answer[[]IndexationView], error) {
	law, at, err := s.readLaw(ctx, c, r)
	if err != nil {
		return Answer[[]IndexationView]{}, err
	}
	list := make([]IndexationView, 0, len(law.Decrees))
	for _, d := range slices.Backward(law.Decrees) {
		list = append(list, viewDecree(law, d))
	}
	return answer(ctx, s, list, at)
}

// Indexation gives a decree with its runs.
func (s *Service) Indexation(ctx context.Context, c Caller, decree uuid.UUID, r Read,
) (Answer[IndexationView], error) {
	law, at, err := s.readLaw(ctx, c, r)
	if err != nil {
		return Answer[IndexationView]{}, err
	}
	d, ok := law.Decree(decree)
	if !ok {
		return Answer[IndexationView]{}, refuse(commands.NotFound, "decree_unknown",
			"no indexation decree %s is published: list the decrees", decree)
	}
	return answer(ctx, s, viewDecree(law, d), at)
}

func (s *Service) readLaw(ctx context.Context, c Caller, r Read,
) (*account.Law, ledger.Position, error) {
	if err := allow(c, auth.ReadLaw, auth.KindLaw, "indexation"); err != nil {
		return nil, 0, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	if r.AtLeast > 0 {
		s.bus.Law.Refresh()
	}
	law, err := s.law(ctx, at, past)
	if err != nil {
		return nil, 0, err
	}
	return law, max(at, law.Position), nil
}

// PublishIndexation records a decree and gives its id.
func (s *Service) PublishIndexation(ctx context.Context, c Caller,
	command commands.PublishIndexation) (Answer[uuid.UUID], error) {
	if err := allow(c, auth.PublishLaw, auth.KindLaw, ""); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	command.Actor = c
	id, at, err := s.bus.PublishIndexation(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, id, at)
}

// SimulateIndexation computes what a run of a decree would change and records nothing.
func (s *Service) SimulateIndexation(ctx context.Context, c Caller, decree uuid.UUID,
) (Answer[IndexationReportView], error) {
	if err := allow(c, auth.PrepareRun, auth.KindLaw, ""); err != nil {
		return Answer[IndexationReportView]{}, err
	}
	done, err := s.bus.SimulateIndexation(ctx, decree)
	if err != nil {
		return Answer[IndexationReportView]{}, err
	}
	return answer(ctx, s, viewReport(done.Report), done.SeenAt)
}

// PreparedRunView is a run that waits for the second officer.
type PreparedRunView struct {
	Run       uuid.UUID            `json:"run"`
	Simulated IndexationReportView `json:"simulated"`
}

// PrepareIndexation lays a simulated run before the second officer.
func (s *Service) PrepareIndexation(ctx context.Context, c Caller,
	command commands.PrepareIndexation) (Answer[PreparedRunView], error) {
	if err := allow(c, auth.PrepareRun, auth.KindLaw, ""); err != nil {
		return Answer[PreparedRunView]{}, err
	}
	command.Actor = c
	done, err := s.bus.PrepareIndexation(ctx, command)
	if err != nil {
		return Answer[PreparedRunView]{}, err
	}
	return answer(ctx, s, PreparedRunView{done.Run, viewReport(done.Report)}, done.Position)
}

// ApproveIndexation orders a run to be carried out; the clerk does it.
func (s *Service) ApproveIndexation(ctx context.Context, c Caller,
	command commands.ApproveIndexation) (Answer[uuid.UUID], error) {
	if err := allow(c, auth.ApproveRun, auth.KindLaw, ""); err != nil {
		return Answer[uuid.UUID]{}, err
	}
	command.Actor = c
	at, err := s.bus.ApproveIndexation(ctx, command)
	if err != nil {
		return Answer[uuid.UUID]{}, err
	}
	return answer(ctx, s, command.Run, at)
}

// indexedPoll is how often is looked whether a run is completed.
const indexedPoll = 200 * time.Millisecond

// WaitIndexed returns the decree of a run once the run is completed.
func (s *Service) WaitIndexed(ctx context.Context, c Caller, run uuid.UUID,
) (Answer[IndexationView], error) {
	tick := time.NewTicker(indexedPoll)
	defer tick.Stop()
	for {
		s.bus.Law.Refresh()
		law, at, err := s.readLaw(ctx, c, Read{})
		if err != nil {
			return Answer[IndexationView]{}, err
		}
		r, ok := law.Run(run)
		if !ok {
			return Answer[IndexationView]{}, refuse(commands.NotFound, "run_unknown",
				"there is no indexation run %s: list the decrees", run)
		}
		if r.State == account.IndexationCompleted {
			decree, _ := law.Decree(r.Decree)
			return answer(ctx, s, viewDecree(law, decree), at)
		}
		select {
		case <-ctx.Done():
			return Answer[IndexationView]{}, ctx.Err()
		case <-tick.C:
		}
	}
}
