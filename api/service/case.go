package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/seal"
	"github.com/stazh/stazh/projections/benefit"
)

// CaseLine is a case in a list.
type CaseLine struct {
	Person ledger.PersonID   `json:"person"`
	Case   uuid.UUID         `json:"case"`
	Kind   string            `json:"kind"`
	Office string            `json:"office"`
	State  account.CaseState `json:"state"`
	// Work is what an officer has to do next: calculate, decide, review, or nothing.
	Work      string          `json:"work,omitempty"`
	ClaimedOn period.Date     `json:"claimed_on"`
	From      period.Date     `json:"from"`
	Until     period.Date     `json:"until,omitzero"`
	Form      string          `json:"form,omitempty"`
	Amount    money.Amount    `json:"amount"`
	Position  ledger.Position `json:"position"`
}

// CaseFilter narrows a list of cases; empty fields do not.
type CaseFilter = benefit.Filter

// Cases lists the cases of an office, or those of all offices that wait for somebody, the
// claimed first first.
func (s *Service) Cases(ctx context.Context, c Caller, filter CaseFilter, cursor string,
	limit int, r Read) (Page[CaseLine], error) {
	page := Page[CaseLine]{Items: []CaseLine{}}
	if err := allow(c, auth.ListCases, auth.KindOffice, filter.Office); err != nil {
		return page, err
	}
	if filter.Office == "" && filter.Work == "" {
		return page, refuse(commands.Invalid, "office_missing",
			"name the office whose cases to list, or ask for those that wait for work")
	}
	if err := s.await(ctx, projectionBenefit, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Benefit.Cases(ctx, filter, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	for _, x := range list.Items {
		page.Items = append(page.Items, CaseLine{Person: x.Person, Case: x.ID, Kind: x.Kind,
			Office: x.Office, State: x.State, Work: x.Work, ClaimedOn: x.ClaimedOn,
			From: x.FirstDay, Until: x.LastDay, Form: x.Form, Amount: x.Amount,
			Position: x.Position})
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}

// EvidenceView is a document of a case.
type EvidenceView struct {
	Item   string      `json:"item"`
	On     period.Date `json:"on"`
	SHA256 ledger.Hash `json:"sha256,omitzero"`
}

// AmountView is what a case pays from a day on.
type AmountView struct {
	From   period.Date  `json:"from"`
	Amount money.Amount `json:"amount"`
	// Rule is that of the indexation; empty for a decision.
	Rule string `json:"rule,omitempty"`
}

// ReviewView is a change of facts that no recalculation has taken up.
type ReviewView struct {
	Cause      uuid.UUID `json:"cause"`
	Reason     string    `json:"reason"`
	RecordedAt time.Time `json:"recorded_at"`
}

// CaseView is a case with all that became of it.
type CaseView struct {
	Case      uuid.UUID         `json:"case"`
	Kind      string            `json:"kind"`
	Office    string            `json:"office,omitempty"`
	State     account.CaseState `json:"state"`
	ClaimedOn period.Date       `json:"claimed_on"`
	From      period.Date       `json:"from"`
	Until     period.Date       `json:"until,omitzero"`
	// Details are what the claim and its evidence say; absent when they were destroyed.
	Details  Details        `json:"details,omitempty"`
	Evidence []EvidenceView `json:"evidence"`
	// Calculation is the last one, Pending tells that it waits for the second officer.
	Calculation uuid.UUID    `json:"calculation,omitzero"`
	Author      string       `json:"author,omitempty"`
	Pending     bool         `json:"pending"`
	DecidedBy   string       `json:"decided_by,omitempty"`
	DecidedAt   time.Time    `json:"decided_at,omitzero"`
	Unmet       []string     `json:"unmet"`
	Form        string       `json:"form,omitempty"`
	Amounts     []AmountView `json:"amounts"`
	Reviews     []ReviewView `json:"reviews"`
	// Cause is that of the withdrawal or termination.
	Cause string `json:"cause,omitempty"`
	// Account is the joined account that it is recorded in; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

func viewCase(x *account.Case, key *seal.PersonKey) (CaseView, error) {
	v := CaseView{Case: x.ID, Kind: x.Kind, Office: x.Office, State: x.State,
		ClaimedOn: x.ClaimedOn, From: x.From, Until: x.LastDay(),
		Calculation: x.Calculation.ID, Author: x.Author, Pending: x.Pending,
		DecidedBy: x.DecidedBy, DecidedAt: x.DecidedAt, Unmet: append([]string{}, x.Unmet...),
		Form: x.Award.Form, Cause: x.Cause, Account: x.Account, Evidence: []EvidenceView{},
		Amounts: []AmountView{},
		Reviews: []ReviewView{}}
	if !x.Award.From.IsZero() {
		v.From = x.Award.From
	}
	for _, e := range x.Evidence {
		v.Evidence = append(v.Evidence, EvidenceView(e))
	}
	for _, a := range x.Amounts {
		v.Amounts = append(v.Amounts, AmountView{a.From, a.Amount, a.Rule})
	}
	for _, r := range x.Reviews {
		v.Reviews = append(v.Reviews, ReviewView(r))
	}
	if key == nil {
		return v, nil
	}
	for _, box := range x.Details {
		plain, err := key.Open(box)
		if err != nil {
			return v, fmt.Errorf("open the details of case %s: %w", x.ID, err)
		}
		if err := json.Unmarshal(plain, &v.Details); err != nil {
			return v, fmt.Errorf("read the details of case %s: %w", x.ID, err)
		}
	}
	return v, nil
}

// PersonCases gives all cases of a person, in the order of their claims.
func (s *Service) PersonCases(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]CaseView], error) {
	var none Answer[[]CaseView]
	state, err := s.stateFor(ctx, c, auth.ReadBenefits, id, r)
	p, at := state.Person, state.at
	if err != nil {
		return none, err
	}
	keys, err := s.keysOf(ctx, p)
	if err != nil {
		return none, err
	}
	list := make([]CaseView, len(p.Cases))
	for i := range p.Cases {
		if list[i], err = viewCase(&p.Cases[i], keys[p.Cases[i].Account]); err != nil {
			return none, err
		}
	}
	return answer(ctx, s, list, at)
}

// SpecialPeriodView is a time that counts for coverage and that no payer reports.
type SpecialPeriodView struct {
	Period     uuid.UUID       `json:"period"`
	Kind       string          `json:"kind"`
	Title      control.Text    `json:"title"`
	From       period.Date     `json:"from"`
	To         period.Date     `json:"to"`
	Evidence   EvidenceView    `json:"evidence"`
	RecordedAt time.Time       `json:"recorded_at"`
	Position   ledger.Position `json:"position"`
	// Account is the joined account that it is recorded in; absent for the person's own.
	Account ledger.PersonID `json:"account,omitzero"`
}

// SpecialPeriods gives the special periods of a person's account.
func (s *Service) SpecialPeriods(ctx context.Context, c Caller, id ledger.PersonID, r Read,
) (Answer[[]SpecialPeriodView], error) {
	state, err := s.state(ctx, c, id, r)
	p, law, at := state.Person, state.law, state.at
	if err != nil {
		return Answer[[]SpecialPeriodView]{}, err
	}
	list := make([]SpecialPeriodView, len(p.Periods))
	for i, x := range p.Periods {
		entry, _ := law.Code(account.ClassifierSpecial, x.Kind, x.From)
		list[i] = SpecialPeriodView{Period: x.Period, Kind: x.Kind, Title: titleOf(entry),
			From: x.From, To: x.To, Evidence: EvidenceView(x.Evidence),
			RecordedAt: x.RecordedAt, Position: x.Position, Account: x.Account}
	}
	return answer(ctx, s, list, at)
}

func titleOf(e event.ClassifierEntry) control.Text {
	return control.Text{RU: e.TitleRU, BE: e.TitleBE, EN: e.TitleEN}
}

// PaidView is what a person is paid for a day.
type PaidView struct {
	Case   uuid.UUID    `json:"case"`
	Kind   string       `json:"kind"`
	Office string       `json:"office"`
	Form   string       `json:"form,omitempty"`
	From   period.Date  `json:"from"`
	Until  period.Date  `json:"until,omitzero"`
	Amount money.Amount `json:"amount"`
}

// Benefits gives what a person is paid for a day, the null date meaning today. From and
// Until bound the time of the amount. As of the past the cases answer, as they were then.
func (s *Service) Benefits(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	on period.Date) (Answer[[]PaidView], error) {
	var none Answer[[]PaidView]
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	if r.AsOf != (AsOf{}) {
		state, err := s.stateFor(ctx, c, auth.ReadBenefits, id, r)
		p, at := state.Person, state.at
		if err != nil {
			return none, err
		}
		return answer(ctx, s, viewPaid(benefit.PaidBy(p, on)), at)
	}
	if err := allow(c, auth.ReadBenefits, auth.KindPerson, id.String()); err != nil {
		return none, err
	}
	for _, projection := range []string{projectionBenefit, projectionAccount} {
		if err := s.await(ctx, projection, r.AtLeast); err != nil {
			return none, err
		}
	}
	// What joined accounts were paid before they were joined is the person's too.
	ids, err := s.models.Account.Accounts(ctx, id)
	if err != nil {
		return none, found(err, personUnknown)
	}
	paid, at, err := s.models.Benefit.PaidOn(ctx, ids, on)
	if err != nil {
		return none, found(err, personUnknown)
	}
	return answer(ctx, s, viewPaid(paid), at)
}

func viewPaid(paid []benefit.Paid) []PaidView {
	list := make([]PaidView, len(paid))
	for i, x := range paid {
		list[i] = PaidView{x.Case, x.Kind, x.Office, x.Form, x.FirstDay, x.LastDay, x.Amount}
	}
	return list
}

// BenefitTotalView is what is in force of a kind in a month.
type BenefitTotalView struct {
	Scope  string       `json:"scope"`
	Code   string       `json:"code"`
	Kind   string       `json:"kind"`
	Month  period.Month `json:"month"`
	Count  int64        `json:"count"`
	Amount money.Amount `json:"amount"`
	// Since is the month from which the figures have been the same.
	Since period.Month `json:"since"`
}

// BenefitTotalFilter narrows totals; empty fields do not.
type BenefitTotalFilter = benefit.TotalFilter

// BenefitTotals gives what is in force in a month, the null month meaning this one.
func (s *Service) BenefitTotals(ctx context.Context, c Caller, month period.Month,
	filter BenefitTotalFilter, cursor string, limit int, r Read,
) (Page[BenefitTotalView], error) {
	page := Page[BenefitTotalView]{Items: []BenefitTotalView{}}
	if err := allow(c, auth.ReadReporting, auth.KindReporting, filter.Code); err != nil {
		return page, err
	}
	if month.IsZero() {
		month = commands.FundDate(s.clock()).Month()
	}
	if err := s.await(ctx, projectionBenefit, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Benefit.Totals(ctx, month, filter, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	for _, x := range list.Items {
		page.Items = append(page.Items, BenefitTotalView(x))
	}
	page.Next, page.Position = list.Next, list.Position
	return page, nil
}
