package service

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections/balance"
)

// ObligationsView is what a payer has to file, and has filed.
type ObligationsView struct {
	Payer       string                    `json:"payer"`
	On          period.Date               `json:"on"`
	Obligations []obligation.Obligation   `json:"obligations"`
	Nil         []event.NilReportDeclared `json:"nil_reports"`
	Estimates   []obligation.Estimate     `json:"estimates"`
}

// Obligations gives a payer's obligations on a day, by quarter; the null date means today.
// With due within a number of days, only those open ones are given, and nothing else.
func (s *Service) Obligations(ctx context.Context, c Caller, unp string, r Read,
	on period.Date, dueWithin int) (Answer[ObligationsView], error) {
	var none Answer[ObligationsView]
	p, at, err := s.payer(ctx, c, auth.ReadPayer, unp, r)
	if err != nil {
		return none, err
	}
	law, err := s.law(ctx, at, r.AsOf != (AsOf{}))
	if err != nil {
		return none, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	view := ObligationsView{Payer: unp, On: on, Obligations: []obligation.Obligation{},
		Nil: []event.NilReportDeclared{}, Estimates: []obligation.Estimate{}}
	if dueWithin == 0 {
		view.Nil = append(view.Nil, p.Nil...)
		view.Estimates = append(view.Estimates, obligation.Estimates(p, law, on)...)
	}
	for _, x := range obligation.Of(p, law, on) {
		if dueWithin == 0 || x.State == obligation.Open && on.DaysUntil(x.DueOn) <= dueWithin {
			view.Obligations = append(view.Obligations, x)
		}
	}
	return answer(ctx, s, view, at)
}

// DeclareNil records a standing nil report.
func (s *Service) DeclareNil(ctx context.Context, c Caller, command commands.DeclareNil,
) (Answer[ObligationsView], error) {
	if err := allow(c, auth.DeclareNil, auth.KindPayer, command.Payer); err != nil {
		return Answer[ObligationsView]{}, err
	}
	command.Actor = c
	at, err := s.bus.DeclareNil(ctx, command)
	if err != nil {
		return Answer[ObligationsView]{}, err
	}
	return s.Obligations(ctx, c, command.Payer, Read{AtLeast: at}, 0, 0)
}

// DutyView is how an office stands with a form for a quarter.
type DutyView struct {
	Form    string           `json:"form"`
	Year    int              `json:"year"`
	Quarter int              `json:"quarter"`
	DueOn   period.Date      `json:"due_on"`
	State   obligation.State `json:"state"` // of what has not been filed
	Owing   int64            `json:"owing"`
	Met     int64            `json:"met"`
	Missing int64            `json:"missing"`
}

// OfficeDuty is a duty of an office, with its code.
type OfficeDuty struct {
	Office string `json:"office"`
	DutyView
}

// DutyFilter says which obligations are counted.
type DutyFilter struct {
	Form    string // both when empty
	Quarter period.Month
	Office  string
	Region  string
	On      period.Date // the null date means today
}

// duties gives the forms of a filter with what the law says of them.
func (s *Service) duties(ctx context.Context, f DutyFilter) ([]string, []obligation.Duty, error) {
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return nil, nil, err
	}
	var forms []string
	var duties []obligation.Duty
	for _, form := range obligation.Forms() {
		d, ok := obligation.DutyOf(law, form, f.Quarter)
		if ok && (f.Form == "" || strings.EqualFold(f.Form, form)) {
			forms, duties = append(forms, form), append(duties, d)
		}
	}
	if len(forms) == 0 {
		return nil, nil, refuse(commands.NotFound, "duty_unknown",
			"the law knows no such form for the quarter: ask for 4-фонд or ПУ-3")
	}
	return forms, duties, nil
}

// Duties counts, for each office, who owes a form and who has filed it.
func (s *Service) Duties(ctx context.Context, c Caller, f DutyFilter, r Read,
) (Answer[[]OfficeDuty], error) {
	var none Answer[[]OfficeDuty]
	if err := allow(c, auth.ListReporting, auth.KindOffice, f.Office); err != nil {
		return none, err
	}
	if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
		return none, err
	}
	forms, duties, err := s.duties(ctx, f)
	if err != nil {
		return none, err
	}
	if f.On.IsZero() {
		f.On = commands.FundDate(s.clock())
	}
	list := []OfficeDuty{}
	var at ledger.Position
	for i, d := range duties {
		counts, position, err := s.models.Balance.Counts(ctx, balance.Duty{Form: forms[i],
			Quarter: f.Quarter, Kinds: d.Kinds}, f.Office, f.Region)
		if err != nil {
			return none, found(err, never)
		}
		at = position
		for _, n := range counts {
			x := OfficeDuty{n.Office, DutyView{Form: forms[i], Year: f.Quarter.Year(),
				Quarter: f.Quarter.Quarter(), DueOn: d.DueOn, State: obligation.Open,
				Owing: n.Owing, Met: n.Met, Missing: n.Owing - n.Met}}
			switch {
			case x.Missing == 0:
				x.State = obligation.Met
			case d.DueOn < f.On:
				x.State = obligation.Missed
			}
			list = append(list, x)
		}
	}
	slices.SortStableFunc(list, func(a, b OfficeDuty) int { return cmp.Compare(a.Office, b.Office) })
	return answer(ctx, s, list, at)
}

// Missing lists the payers of an office that have not filed a form for a quarter.
func (s *Service) Missing(ctx context.Context, c Caller, f DutyFilter, cursor string, limit int,
	r Read) (Page[PayerView], error) {
	page := Page[PayerView]{Items: []PayerView{}}
	if err := allow(c, auth.ListReporting, auth.KindOffice, f.Office); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionBalance, r.AtLeast); err != nil {
		return page, err
	}
	forms, duties, err := s.duties(ctx, f)
	if err != nil {
		return page, err
	}
	list, err := s.models.Balance.Missing(ctx, balance.Duty{Form: forms[0],
		Quarter: f.Quarter, Kinds: duties[0].Kinds}, f.Office, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	for _, unp := range list.Items {
		p, _, err := s.models.Balance.Payer(ctx, unp)
		if err != nil {
			return page, found(err, payerUnknown)
		}
		page.Items = append(page.Items, viewPayer(p))
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// OutageView is a time in which reports could not be filed.
type OutageView struct {
	Outage     uuid.UUID   `json:"outage"`
	From       period.Date `json:"from"`
	To         period.Date `json:"to"`
	Extended   period.Date `json:"extended"`
	Forms      []string    `json:"forms"`
	Reason     string      `json:"reason"`
	DeclaredBy string      `json:"declared_by"`
	DeclaredAt time.Time   `json:"declared_at"`
	// InForce is true once a second officer has extended the deadline.
	InForce    bool      `json:"in_force"`
	ExtendedBy string    `json:"extended_by,omitempty"`
	ExtendedAt time.Time `json:"extended_at,omitzero"`
}

func viewOutage(x *account.Outage) OutageView {
	return OutageView{Outage: x.Outage, From: x.From, To: x.To,
		Extended: x.OutageDeclared.Extended, Forms: append([]string{}, x.Forms...),
		Reason: x.Reason, DeclaredBy: x.DeclaredBy, DeclaredAt: x.DeclaredAt,
		InForce: x.Extends, ExtendedBy: x.ExtendedBy, ExtendedAt: x.ExtendedAt}
}

// Outages lists the outages, the latest one first.
func (s *Service) Outages(ctx context.Context, c Caller, r Read) (Answer[[]OutageView], error) {
	law, at, err := s.readLaw(ctx, c, r)
	if err != nil {
		return Answer[[]OutageView]{}, err
	}
	list := make([]OutageView, 0, len(law.Outages))
	for i := len(law.Outages) - 1; i >= 0; i-- {
		list = append(list, viewOutage(&law.Outages[i]))
	}
	return answer(ctx, s, list, at)
}

// DeclareOutage records an outage; nothing moves before another officer extends the deadline.
func (s *Service) DeclareOutage(ctx context.Context, c Caller, command commands.DeclareOutage,
) (Answer[OutageView], error) {
	if err := allow(c, auth.DeclareOutage, auth.KindLaw, ""); err != nil {
		return Answer[OutageView]{}, err
	}
	command.Actor = c
	id, at, err := s.bus.DeclareOutage(ctx, command)
	if err != nil {
		return Answer[OutageView]{}, err
	}
	return s.outage(ctx, id, at)
}

// ExtendDeadline has the due dates moved that an outage concerns.
func (s *Service) ExtendDeadline(ctx context.Context, c Caller, command commands.ExtendDeadline,
) (Answer[OutageView], error) {
	if err := allow(c, auth.ExtendDeadline, auth.KindLaw, ""); err != nil {
		return Answer[OutageView]{}, err
	}
	command.Actor = c
	at, err := s.bus.ExtendDeadline(ctx, command)
	if err != nil {
		return Answer[OutageView]{}, err
	}
	return s.outage(ctx, command.Outage, at)
}

func (s *Service) outage(ctx context.Context, id uuid.UUID, at ledger.Position,
) (Answer[OutageView], error) {
	law, err := s.bus.Law.AsOf(ctx, at)
	if err != nil {
		return Answer[OutageView]{}, err
	}
	x, ok := law.Outage(id)
	if !ok {
		return Answer[OutageView]{}, never()
	}
	return answer(ctx, s, viewOutage(x), at)
}
