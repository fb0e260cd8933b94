package service

import (
	"context"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/money"
	"github.com/stazh/stazh/projections/reporting"
)

// TotalFilter narrows the totals; nil and empty fields do not.
type TotalFilter = reporting.Filter

// TotalView is a row of the live reporting: what came in for a form and quarter at an
// office, in a region or in the country. Form "" counts all filings by quarter of arrival.
type TotalView struct {
	Scope             string          `json:"scope"`
	Code              string          `json:"code"`
	Form              string          `json:"form"`
	Year              int             `json:"year"`
	Quarter           int             `json:"quarter"`
	Received          int64           `json:"received"`
	InProgress        int64           `json:"in_progress"`
	Accepted          int64           `json:"accepted"`
	Partial           int64           `json:"partial"`
	Refused           int64           `json:"refused"`
	DocumentsAccepted int64           `json:"documents_accepted"`
	DocumentsRejected int64           `json:"documents_rejected"`
	DocumentsParked   int64           `json:"documents_parked"`
	Persons           int64           `json:"persons"`
	Earnings          money.Amount    `json:"earnings"`
	Benefits          money.Amount    `json:"benefits"`
	Contributions     money.Amount    `json:"contributions"`
	Assessed          money.Amount    `json:"assessed"`
	Payments          money.Amount    `json:"payments"`
	Position          ledger.Position `json:"position"`
}

func viewTotal(t reporting.Total) TotalView {
	return TotalView{Scope: t.Scope, Code: t.Code, Form: t.Form, Year: t.Year,
		Quarter: t.Quarter, Received: t.Received, InProgress: t.InProgress(),
		Accepted: t.Accepted, Partial: t.Partial, Refused: t.Refused,
		DocumentsAccepted: t.DocumentsAccepted, DocumentsRejected: t.DocumentsRejected,
		DocumentsParked: t.DocumentsParked, Persons: t.Persons, Earnings: t.Earnings,
		Benefits: t.Benefits, Contributions: t.Contributions, Assessed: t.Assessed,
		Payments: t.Payments, Position: t.Position}
}

func viewTotals(rows []reporting.Total) []TotalView {
	list := make([]TotalView, len(rows))
	for i, t := range rows {
		list[i] = viewTotal(t)
	}
	return list
}

// Totals lists rows of the live reporting.
func (s *Service) Totals(ctx context.Context, c Caller, f TotalFilter, cursor string,
	limit int, r Read) (Page[TotalView], error) {
	page := Page[TotalView]{Items: []TotalView{}}
	if err := allow(c, auth.ReadReporting, auth.KindReporting, f.Code); err != nil {
		return page, err
	}
	if err := s.await(ctx, projectionReporting, r.AtLeast); err != nil {
		return page, err
	}
	list, err := s.models.Reporting.Totals(ctx, f, cursor, limit)
	if err != nil {
		return page, found(err, never)
	}
	return Page[TotalView]{Items: viewTotals(list.Items), Next: list.Next,
		Position: list.Position}, nil
}

// ExpectedView is how many payers owe a report of individual data for a quarter.
type ExpectedView struct {
	Scope  string `json:"scope"`
	Code   string `json:"code"`
	Payers int64  `json:"payers"`
}

// Expected tells how many payers owe a ПУ-3 for a quarter, in the country or for each
// region or office.
func (s *Service) Expected(ctx context.Context, c Caller, scope, code string,
	year, quarter int, r Read) (Page[ExpectedView], error) {
	page := Page[ExpectedView]{Items: []ExpectedView{}}
	if err := allow(c, auth.ReadReporting, auth.KindReporting, code); err != nil {
		return page, err
	}
	if year < 1 || quarter < 1 || quarter > 4 {
		return page, refuse(commands.Invalid, "quarter_invalid",
			"name the year and the quarter, 1 to 4")
	}
	if err := s.await(ctx, projectionReporting, r.AtLeast); err != nil {
		return page, err
	}
	list, position, err := s.models.Reporting.Expected(ctx, scope, code, year, quarter)
	if err != nil {
		return page, found(err, never)
	}
	for _, e := range list {
		page.Items = append(page.Items, ExpectedView(e))
	}
	page.Position = position
	return page, nil
}

// changesMax bounds the rows of one notice to a follower; more follow at once.
const changesMax = 1000

// changes lists the rows that changed after a position, the position up to which they are
// complete, and how far the read model had come, which is where waiting goes on.
func (s *Service) changes(ctx context.Context, c Caller, after ledger.Position, f TotalFilter,
) (rows []TotalView, complete, reached ledger.Position, err error) {
	if err := allow(c, auth.ReadReporting, auth.KindReporting, f.Code); err != nil {
		return nil, 0, 0, err
	}
	list, position, err := s.models.Reporting.ChangedSince(ctx, after, f, changesMax)
	if err != nil {
		return nil, 0, 0, found(err, never)
	}
	complete = position
	if len(list) >= changesMax {
		complete = list[len(list)-1].Position
	}
	return viewTotals(list), complete, position, nil
}

// FollowTotals hands out the rows that change after a position, with the position up to
// which they are complete, until ctx ends or each fails.
func (s *Service) FollowTotals(ctx context.Context, c Caller, after ledger.Position,
	f TotalFilter, each func([]TotalView, ledger.Position) error) error {
	for {
		rows, complete, reached, err := s.changes(ctx, c, after, f)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := each(rows, complete); err != nil {
				return err
			}
		}
		// A reader that names a position ahead of the ledger is not taken back by it.
		after = max(after, complete)
		if complete < reached {
			continue
		}
		if err := s.next(ctx, projectionReporting, reached); err != nil {
			return err
		}
	}
}
