package service

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/entitlement"
	"github.com/stazh/stazh/ledger/period"
)

// KindView is a kind of benefit that may be claimed.
type KindView struct {
	Code  string       `json:"code"`
	Title control.Text `json:"title"`
	// Pension tells pensions from other benefits; Pays is monthly, once or period.
	Pension bool   `json:"pension"`
	Pays    string `json:"pays"`
	// Body is who pays where it is not the Fund.
	Body     string       `json:"body,omitempty"`
	Rules    []string     `json:"rules"`
	Excludes []string     `json:"excludes"`
	Details  []DetailView `json:"details"`
}

// DetailView is something that a claim may say.
type DetailView struct {
	Name   string       `json:"name"`
	Type   string       `json:"type"`
	Words  []string     `json:"words,omitempty"`
	Needed bool         `json:"needed"`
	Means  control.Text `json:"means"`
	Items  []DetailView `json:"items,omitempty"`
}

func viewDetails(details []entitlement.Detail) []DetailView {
	list := make([]DetailView, len(details))
	for i, d := range details {
		list[i] = DetailView{Name: d.Name, Type: string(d.Type), Words: d.Words,
			Needed: d.Needed, Means: control.Text(d.Means)}
		if len(d.Items) > 0 {
			list[i].Items = viewDetails(d.Items)
		}
	}
	return list
}

// BenefitKinds lists the kinds of benefits that may be claimed from a day on, the null date
// meaning today, with what each claim may say.
func (s *Service) BenefitKinds(ctx context.Context, c Caller, on period.Date,
) (Answer[[]KindView], error) {
	var none Answer[[]KindView]
	if err := allow(c, auth.ReadLaw, auth.KindLaw, "benefits"); err != nil {
		return none, err
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return none, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	kinds, err := entitlement.Kinds(law, on)
	if err != nil {
		return none, err
	}
	list := make([]KindView, len(kinds))
	for i := range kinds {
		k := &kinds[i]
		list[i] = KindView{Code: k.Code, Title: control.Text(k.Title), Pension: k.Pension,
			Pays: string(k.Pays), Body: k.Body, Rules: k.RuleIDs(),
			Excludes: append([]string{}, k.Excludes...), Details: viewDetails(k.Takes())}
	}
	return answer(ctx, s, list, law.Position)
}

// Explanation is a recorded calculation with its reasons.
type Explanation struct {
	Case        uuid.UUID `json:"case"`
	Calculation uuid.UUID `json:"calculation"`
	Author      string    `json:"author"`
	// Trace is the canonical JSON that TraceHash is of.
	Trace     json.RawMessage `json:"trace"`
	TraceHash ledger.Hash     `json:"trace_hash"`
	// Seen and SeenAt are the revision of the account and the ledger position that the
	// calculation rests on.
	Seen   ledger.Revision `json:"seen"`
	SeenAt ledger.Position `json:"seen_at"`
}

// Explain opens the trace of a calculation of a person.
func (s *Service) Explain(ctx context.Context, c Caller, person ledger.PersonID,
	calculation uuid.UUID) (Answer[Explanation], error) {
	var none Answer[Explanation]
	if err := allow(c, auth.ReadBenefits, auth.KindPerson, person.String()); err != nil {
		return none, err
	}
	x, err := s.bus.Explain(ctx, person, calculation)
	if err != nil {
		return none, err
	}
	f := x.Calculation
	return answer(ctx, s, Explanation{Case: f.Case, Calculation: f.ID, Author: x.Author,
		Trace: x.Trace, TraceHash: f.TraceHash, Seen: f.Seen, SeenAt: f.SeenAt}, x.Position)
}

// Trial is a question about a benefit that nobody has claimed.
type Trial struct {
	Person ledger.PersonID
	Kind   string
	// ClaimedOn and From are the day of the reading by default: today, or the day of the
	// moment that is read as of.
	ClaimedOn period.Date
	From      period.Date
	Details   Details
}

// TryBenefit answers as a calculation would, and records nothing. As of a past position or
// moment it gives what the Fund would have answered then, by the facts and the law that
// were recorded.
func (s *Service) TryBenefit(ctx context.Context, c Caller, t Trial, r Read,
) (Answer[CalculationView], error) {
	var none Answer[CalculationView]
	q, at, err := s.question(ctx, c, t, r)
	if err != nil {
		return none, err
	}
	trace, err := entitlement.Calculate(q)
	if err != nil {
		return none, commands.CalculationRefused(err)
	}
	view, err := viewTrace(uuid.Nil, trace)
	if err != nil {
		return none, err
	}
	return answer(ctx, s, view, at)
}

// question makes the question of a trial from the account and the law of the reading.
func (s *Service) question(ctx context.Context, c Caller, t Trial, r Read,
) (q entitlement.Question, at ledger.Position, err error) {
	p, law, at, err := s.stateFor(ctx, c, auth.ReadBenefits, t.Person, r)
	if err != nil {
		return q, 0, err
	}
	if !p.Registered {
		return q, 0, personUnknown()
	}
	data, key, err := s.personal(ctx, p)
	if err != nil {
		return q, 0, err
	}
	if key == nil {
		return q, 0, refuse(commands.Conflict, "person_erased",
			"the personal data of this account were destroyed: nothing can be calculated on it")
	}
	q = entitlement.Question{Person: p, Personal: data, Law: law, Kind: t.Kind,
		ClaimedOn: t.ClaimedOn, From: t.From, Details: t.Details}
	if q.ClaimedOn.IsZero() {
		if q.ClaimedOn, err = s.dayOf(ctx, r); err != nil {
			return q, 0, err
		}
	}
	if q.From.IsZero() {
		q.From = q.ClaimedOn
	}
	return q, at, commands.CheckClaim(law, q.Kind, q.From, q.Details)
}

// dayOf is the Fund's day of a reading.
func (s *Service) dayOf(ctx context.Context, r Read) (period.Date, error) {
	switch {
	case !r.AsOf.RecordedAt.IsZero():
		return commands.FundDate(r.AsOf.RecordedAt), nil
	case r.AsOf.Position > 0:
		recorded, err := s.recordedAt(ctx, r.AsOf.Position)
		return commands.FundDate(recorded), err
	}
	return commands.FundDate(s.clock()), nil
}
