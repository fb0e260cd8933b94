package service

import (
	"context"
	"errors"
	"slices"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/projections"
)

// EmployeeView is an employee by the payer's ПУ-2 without its ПУ-3 for a quarter (SPF-407).
type EmployeeView struct {
	Person PersonView `json:"person"`
	obligation.EmployeeReport
}

// Employees lists whom a payer employs by its ПУ-2 without having reported them for a
// quarter, named by its first month: missed, or open while the due date has not passed. The
// null date means today. A page may have fewer than asked for, and still another behind it.
func (s *Service) Employees(ctx context.Context, c Caller, unp string, quarter period.Month,
	on period.Date, cursor string, limit int, r Read) (Page[EmployeeView], error) {
	page := Page[EmployeeView]{Items: []EmployeeView{}}
	payer, _, err := s.payer(ctx, c, auth.ReadStaff, unp, r)
	if err != nil {
		return page, err
	}
	for _, projection := range []string{projectionWorkforce, projectionAccount, projectionRegistry} {
		if err := s.await(ctx, projection, r.AtLeast); err != nil {
			return page, err
		}
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return page, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	var after ledger.PersonID
	place := func(c *ledger.Codec) { c.UUID(&after) }
	if _, err := projections.DecodeCursor(cursor, place); err != nil {
		return page, found(err, never)
	}
	limit = projections.Limit(limit)
	ids, at, err := s.models.Workforce.Unreported(ctx, unp, quarter, after, limit)
	if err != nil {
		return page, found(err, never)
	}
	page.Position = at
	if len(ids) == limit {
		after = ids[limit-1]
		page.Next = projections.EncodeCursor(place)
	}
	page.Items, err = s.unreported(ctx, ids, payer, law, quarter, on)
	return page, err
}

// unreported gives those of the persons whose accounts have no ПУ-3 of the payer. Of joined
// accounts that both are among them it gives one.
func (s *Service) unreported(ctx context.Context, ids []ledger.PersonID, payer *account.Payer,
	law *account.Law, quarter period.Month, on period.Date) ([]EmployeeView, error) {
	list := []EmployeeView{}
	var told []ledger.PersonID
	accounts, _, err := s.models.Account.Persons(ctx, ids)
	if err != nil {
		return list, found(err, never)
	}
	for i, who := range accounts {
		if who.Linked() {
			if who, _, err = s.models.Account.Person(ctx, ids[i]); err != nil {
				return list, found(err, personUnknown)
			}
		}
		x, owed := obligation.OfEmployeeIn(who, payer, law, quarter, on)
		if !owed || x.State == obligation.Met || slices.Contains(told, who.Canonical()) {
			continue
		}
		told = append(told, who.Canonical())
		list = append(list, EmployeeView{PersonView{ID: ids[i]}, x})
	}
	persons, _, err := s.models.Registry.Persons(ctx, ids)
	if err != nil {
		return list, found(err, never)
	}
	for _, p := range persons {
		for i := range list {
			if list[i].Person.ID == p.ID {
				list[i].Person = viewPerson(p)
			}
		}
	}
	return list, nil
}

// OwedReports gives, of a person, the ПУ-3 that are due or were due of all payers that employ
// or employed the person by their ПУ-2, by payer and quarter; without those met in time
// unless all are asked for. The null date means today.
func (s *Service) OwedReports(ctx context.Context, c Caller, id ledger.PersonID, r Read,
	on period.Date, all bool) (Answer[[]obligation.EmployeeReport], error) {
	var none Answer[[]obligation.EmployeeReport]
	x, err := s.state(ctx, c, id, r)
	if err != nil {
		return none, err
	}
	if on.IsZero() {
		on = commands.FundDate(s.clock())
	}
	list := []obligation.EmployeeReport{}
	for _, unp := range employers(x.Person) {
		payer, err := s.employer(ctx, unp, x.at, r)
		if err != nil {
			return none, err
		}
		for _, report := range obligation.OfEmployee(x.Person, payer, x.law, on) {
			if all || report.State != obligation.Met || report.Late {
				list = append(list, report)
			}
		}
	}
	return answer(ctx, s, list, x.at)
}

// employers lists who has hired the person by ПУ-2, ascending.
func employers(p *account.Person) (unps []string) {
	for i := range p.Employments {
		if e := &p.Employments[i]; !e.HiredOn.IsZero() {
			unps = append(unps, e.Payer)
		}
	}
	slices.Sort(unps)
	return slices.Compact(unps)
}

// employer reads a payer for a question about a person. One that is not registered owes
// nothing.
func (s *Service) employer(ctx context.Context, unp string, at ledger.Position, r Read,
) (*account.Payer, error) {
	if r.AsOf != (AsOf{}) {
		return s.foldPayer(ctx, unp, at)
	}
	p, _, err := s.models.Balance.Payer(ctx, unp)
	if errors.Is(err, projections.ErrNotFound) {
		return account.NewPayer(unp), nil
	}
	return p, found(err, never)
}
