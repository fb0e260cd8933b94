package service

import (
	"context"
	"errors"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/obligation"
	"github.com/stazh/stazh/ledger/period"
	"github.com/stazh/stazh/ledger/settlement"
	"github.com/stazh/stazh/projections/workforce"
)

// Figure asks how an amount of a balance comes about.
type Figure struct {
	Payer string
	Name  string // one of settlement.Figures
	settlement.Scope
	On period.Date // today when null
}

// explainPersonsMax bounds the persons whose accounts one explanation reads; a month of a
// larger payer is explained down to its base and rates.
const explainPersonsMax = 2000

// ExplainBalance gives the tree of a figure. What a single month is assessed leads down to
// the payer's persons and their reports.
func (s *Service) ExplainBalance(ctx context.Context, c Caller, f Figure, r Read,
) (Answer[settlement.Node], error) {
	var none Answer[settlement.Node]
	p, at, err := s.payer(ctx, c, auth.ReadBalance, f.Payer, r)
	if err != nil {
		return none, err
	}
	past := r.AsOf != (AsOf{})
	law, err := s.law(ctx, at, past)
	if err != nil {
		return none, err
	}
	if f.On.IsZero() {
		f.On = commands.FundDate(s.clock())
	}
	var persons []*account.Person
	if f.Month != 0 {
		if persons, err = s.reported(ctx, f.Payer, f.Month, at, past); err != nil {
			return none, err
		}
	}
	b := settlement.Of(p, law, f.On)
	if f.Name == settlement.FigureEstimate && f.Scope == (settlement.Scope{}) {
		return answer(ctx, s, b.Repeated(estimated(p, law, f.On)), at)
	}
	tree, err := b.Explain(law, f.Name, f.Scope, persons)
	if errors.Is(err, settlement.ErrNoFigure) {
		err = refuse(commands.NotFound, "explain_empty",
			"the balance has no such figure, month or fund: read the balance first")
	}
	if err != nil {
		return none, err
	}
	return answer(ctx, s, tree, at)
}

// estimated gives the quarters that a payer has missed with what they are estimated by.
func estimated(p *account.Payer, law *account.Law, on period.Date) (list []settlement.Estimated) {
	for _, e := range obligation.Estimates(p, law, on) {
		list = append(list, settlement.Estimated{Amount: e.Amount,
			Quarter: obligation.FirstMonth(e.Year, e.Quarter),
			From:    obligation.FirstMonth(e.FromYear, e.FromQuarter)})
	}
	return list
}

// reported gives the accounts of whom the payer has reported for a month, as of a position
// for the past; none when there are too many of them.
func (s *Service) reported(ctx context.Context, unp string, month period.Month,
	at ledger.Position, past bool) ([]*account.Person, error) {
	filter := workforce.Filter{Payer: unp, Year: month.Year(),
		Quarters: workforce.QuartersOf(string(rune('0' + month.Quarter())))}
	var ids []ledger.PersonID
	for after := (ledger.PersonID{}); ; {
		page, _, err := s.models.Workforce.Persons(ctx, filter, after, explainPersonsMax)
		if err != nil {
			return nil, found(err, never)
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			ids = append(ids, p.ID)
		}
		if after = page[len(page)-1].ID; len(ids) > explainPersonsMax {
			return nil, nil
		}
	}
	if !past {
		persons, _, err := s.models.Account.Persons(ctx, ids)
		return persons, found(err, never)
	}
	persons := make([]*account.Person, len(ids))
	for i, id := range ids {
		p := account.NewPerson(id)
		if _, err := s.each(ctx, ledger.PersonStream(id), at, p.Apply); err != nil {
			return nil, err
		}
		persons[i] = p
	}
	return persons, nil
}
