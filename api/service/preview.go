package service

import (
	"context"
	"errors"
	"slices"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/ledger/effect"
	"github.com/stazh/stazh/ledger/event"
)

// PreviewView is what filing a file now would be answered and would do.
type PreviewView struct {
	CheckResult
	// Token, given back when the file is sent, makes sure that just this happens. It is
	// absent when the same bytes are filed already.
	Token ledger.Hash `json:"token,omitzero"`
	// Earlier is the receipt of the same bytes.
	Earlier string        `json:"earlier,omitempty"`
	Effect  effect.Effect `json:"effect"`
	// PersonsTruncated is true when more persons are concerned than are listed. The totals
	// are of all.
	PersonsTruncated bool `json:"persons_truncated"`
	// Insured tells who the persons of the effect are, in the same order.
	Insured []InsuredView `json:"insured"`
}

// InsuredView is who a person is, as far as it is known.
type InsuredView struct {
	Person      ledger.PersonID `json:"person"`
	InsuranceNo string          `json:"insurance_no,omitempty"`
	Surname     string          `json:"surname,omitempty"`
	Name        string          `json:"name,omitempty"`
	Patronymic  string          `json:"patronymic,omitempty"`
}

// previewPersonsMax bounds the persons that an answer lists.
const previewPersonsMax = 1000

// Preview does what Check does, and tells what differs afterwards.
func (s *Service) Preview(ctx context.Context, c Caller, in Submission,
	each func(control.Finding) error) (PreviewView, error) {
	if err := allow(c, auth.CheckFiling, auth.KindFiling, ""); err != nil {
		return PreviewView{}, err
	}
	file, payer, err := s.spooled(ctx, in)
	if err != nil {
		return PreviewView{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	head, err := s.log.Head(ctx)
	if err != nil {
		return PreviewView{}, err
	}
	preview, err := s.bus.PreviewReport(ctx, commands.CheckReport{Actor: c, Payer: payer,
		Content: file, SHA256: file.sum, AllOrNothing: in.AllOrNothing}, each)
	if err != nil {
		return PreviewView{}, err
	}
	return viewPreview(c, payer, preview, head), nil
}

func viewPreview(c Caller, payer string, p commands.Preview, at ledger.Position) PreviewView {
	v := PreviewView{CheckResult: viewCheck(payer, p.Report, at), Token: p.Token,
		Earlier: p.Earlier, Effect: p.Effect, Insured: []InsuredView{}}
	if len(v.Effect.Persons) > previewPersonsMax {
		v.Effect.Persons = v.Effect.Persons[:previewPersonsMax]
		v.PersonsTruncated = true
	}
	v.Effect.Persons = slices.Clone(v.Effect.Persons)
	if allow(c, auth.ReadBenefits, auth.KindPerson, "") != nil {
		for i := range v.Effect.Persons {
			v.Effect.Persons[i].Awards = hidden(v.Effect.Persons[i].Awards)
		}
	}
	for i := range v.Effect.Persons {
		id := v.Effect.Persons[i].Person
		v.Insured = append(v.Insured, viewInsured(id, p.Insured[id]))
	}
	return v
}

// hidden leaves of awards only that there are some: what they are tells of health and family.
func hidden(awards []effect.Award) []effect.Award {
	bare := make([]effect.Award, len(awards))
	for i, a := range awards {
		bare[i] = effect.Award{Reason: a.Reason}
	}
	return bare
}

func viewInsured(id ledger.PersonID, d event.PersonalData) InsuredView {
	return InsuredView{Person: id, InsuranceNo: d.InsuranceNo, Surname: d.Surname,
		Name: d.Name, Patronymic: d.Patronymic}
}

// StalePreviewError refuses a file that would do something else than its preview showed.
type StalePreviewError struct {
	Refusal *commands.Error
	Preview PreviewView
	// Findings are the first of the new preview.
	Findings []control.Finding
}

// Error gives the message of the refusal.
func (e *StalePreviewError) Error() string { return e.Refusal.Error() }

// Unwrap gives the refusal.
func (e *StalePreviewError) Unwrap() error { return e.Refusal }

// withPreview brings the new preview of a refusal into the form of the answers.
func (s *Service) withPreview(ctx context.Context, c Caller, payer string, err error) error {
	var stale *commands.StalePreviewError
	if !errors.As(err, &stale) {
		return err
	}
	head, headErr := s.log.Head(ctx)
	if headErr != nil {
		return headErr
	}
	return &StalePreviewError{Refusal: stale.Refusal, Findings: stale.Findings,
		Preview: viewPreview(c, payer, stale.Preview, head)}
}
