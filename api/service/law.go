package service

import (
	"context"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger/account"
	"github.com/stazh/stazh/ledger/event"
	"github.com/stazh/stazh/ledger/period"
)

// OfficeView is a district or city office of the Fund, or one of its departments.
type OfficeView struct {
	Code string `json:"code"`
	// Department is the code of the office's department; empty for a department.
	Department string       `json:"department,omitempty"`
	Title      control.Text `json:"title"`
}

// Offices lists the offices, or the departments, that exist today.
func (s *Service) Offices(ctx context.Context, c Caller) (Answer[[]OfficeView], error) {
	return s.offices(ctx, c, account.ClassifierOffice)
}

// Departments lists the Fund's departments that exist today.
func (s *Service) Departments(ctx context.Context, c Caller) (Answer[[]OfficeView], error) {
	return s.offices(ctx, c, account.ClassifierDepartment)
}

func (s *Service) offices(ctx context.Context, c Caller, classifier string,
) (Answer[[]OfficeView], error) {
	if err := allow(c, auth.ReadOffices, auth.KindOffice, ""); err != nil {
		return Answer[[]OfficeView]{}, err
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return Answer[[]OfficeView]{}, err
	}
	entries := law.Classifier(classifier, commands.FundDate(s.clock()))
	list := make([]OfficeView, len(entries))
	for i, e := range entries {
		list[i] = OfficeView{Code: e.Code, Department: e.Attribute(account.AttributeDepartment),
			Title: control.Text{RU: e.TitleRU, BE: e.TitleBE, EN: e.TitleEN}}
	}
	return answer(ctx, s, list, law.Position)
}

// ParameterFilter narrows the list of parameters; empty fields do not.
type ParameterFilter struct {
	Name string
	// On keeps the values that were published for the day.
	On period.Date
}

// Parameters lists the published numbers of the law in the order of recording; a later
// one replaces an earlier one of the same name for the days it is about.
func (s *Service) Parameters(ctx context.Context, c Caller, r Read, f ParameterFilter,
) (Answer[[]event.ParameterPublished], error) {
	var none Answer[[]event.ParameterPublished]
	if err := allow(c, auth.ReadLaw, auth.KindLaw, f.Name); err != nil {
		return none, err
	}
	at, past, err := s.cut(ctx, r)
	if err != nil {
		return none, err
	}
	if r.AtLeast > 0 {
		s.bus.Law.Refresh()
	}
	law, err := s.law(ctx, at, past)
	if err != nil {
		return none, err
	}
	list := make([]event.ParameterPublished, 0, len(law.Published))
	for _, p := range law.Published {
		if f.Name != "" && p.Name != f.Name {
			continue
		}
		if !f.On.IsZero() && (f.On < p.From || !p.Until.IsZero() && p.Until < f.On) {
			continue
		}
		list = append(list, p)
	}
	return answer(ctx, s, list, max(at, law.Position))
}

// PublishLaw records numbers of the law, code lists and rule packs; what is recorded
// already is passed over. The value counts the new facts.
func (s *Service) PublishLaw(ctx context.Context, c Caller, command commands.PublishLaw,
) (Answer[int], error) {
	if err := allow(c, auth.PublishLaw, auth.KindLaw, ""); err != nil {
		return Answer[int]{}, err
	}
	command.Actor = c
	published, err := s.bus.PublishLaw(ctx, command)
	if err != nil {
		return Answer[int]{}, err
	}
	law, err := s.bus.Law.Current(ctx)
	if err != nil {
		return Answer[int]{}, err
	}
	return answer(ctx, s, published, law.Position)
}

// Rules is the catalogue of control rules.
func (s *Service) Rules(_ context.Context, c Caller) ([]control.Rule, error) {
	if err := allow(c, auth.ReadLaw, auth.KindLaw, "rules"); err != nil {
		return nil, err
	}
	return control.Catalogue(), nil
}
