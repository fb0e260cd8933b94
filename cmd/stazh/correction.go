package main

import (
	"context"

	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands"
	"github.com/stazh/stazh/commands/intake/control"
)

// sendFlags say whether a correction is sent or only shown.
type sendFlags struct {
	Send   bool   `help:"Send what the preview shows."`
	Token  string `name:"preview" placeholder:"TOKEN" help:"Send it only as this preview showed."`
	Ground string `placeholder:"TEXT" help:"The act and article that the filer relies on."`
}

// reportRestore brings a former version of a report back.
type reportRestore struct {
	Receipt  string `arg:"" help:"Receipt of a document that made or changed the report."`
	Version  int    `name:"to-version" required:"" placeholder:"N" help:"Version to bring back."`
	Document int    `placeholder:"N" help:"Its number, where the filing has several."`
	sendFlags
}

// Run shows what the restore would do, and sends it where that is asked for.
func (c *reportRestore) Run(ctx context.Context, a *app) error {
	return c.run(ctx, a, service.Correction{Restore: &service.RestoreVersion{
		Receipt: c.Receipt, Document: c.Document, Version: c.Version}})
}

// correctionMass changes all reports of a payer for a time.
type correctionMass struct {
	UNP        string `arg:"" help:"The payer."`
	Year       int    `required:"" help:"Year of the reports."`
	Quarters   string `placeholder:"DIGITS" help:"Its quarters, such as 12; all by default."`
	Category   string `placeholder:"CODE" help:"Only reports of this category."`
	Tariff     string `placeholder:"CODE" help:"Only reports with months of this tariff."`
	ToTariff   string `placeholder:"CODE" xor:"change" help:"Replace the tariff by this one."`
	ToCategory string `placeholder:"CODE" xor:"change" help:"Replace the category by this one."`
	Cancel     bool   `xor:"change" help:"Cancel the reports."`
	After      string `placeholder:"ID" help:"Continue after the part before."`
	sendFlags
}

// Run shows what the correction would do, and sends it where that is asked for.
func (c *correctionMass) Run(ctx context.Context, a *app) error {
	m := &service.MassCorrection{Payer: c.UNP, Year: c.Year, Quarters: c.Quarters,
		Category: c.Category, Tariff: c.Tariff}
	switch {
	case c.ToTariff != "":
		m.Change, m.To = commands.MassTariff, c.ToTariff
	case c.ToCategory != "":
		m.Change, m.To = commands.MassCategory, c.ToCategory
	case c.Cancel:
		m.Change = commands.MassCancel
	default:
		return usage("say what is to be changed: --to-tariff, --to-category or --cancel")
	}
	if c.After != "" {
		id, err := uuid.Parse(c.After)
		if err != nil {
			return usage("--after is what the part before gave: %w", err)
		}
		m.After = id
	}
	return c.run(ctx, a, service.Correction{Mass: m})
}

// correctionAnswer is what a correction would do, or has become.
type correctionAnswer struct {
	service.CorrectionView
	Findings      []control.Finding `json:"findings"`
	FindingsTotal int               `json:"findings_total"`
	Truncated     bool              `json:"findings_truncated"`
}

func (f *sendFlags) run(ctx context.Context, a *app, ask service.Correction) error {
	token, err := tokenOf(f.Token)
	if err != nil {
		return err
	}
	ask.Ground = f.Ground
	if !f.Send && f.Token == "" {
		return a.read(ctx, func(ctx context.Context, s *session) error {
			_, err := f.show(ctx, a, s, ask)
			return err
		})
	}
	return a.write(ctx, func(ctx context.Context, s *session) error {
		if f.Token == "" {
			shown, err := f.show(ctx, a, s, ask)
			if err != nil {
				return err
			}
			token = shown.Token
		}
		caller := a.actor(rolePayer)
		received, err := s.SubmitCorrection(ctx, caller, ask, token)
		if err != nil {
			return a.stale(err)
		}
		return s.follow(ctx, a, caller, received)
	})
}

// show tells what the correction would do. With --send --json only its outcome is answered.
func (f *sendFlags) show(ctx context.Context, a *app, s *session, ask service.Correction,
) (service.CorrectionView, error) {
	answer := correctionAnswer{Findings: []control.Finding{}}
	var err error
	answer.CorrectionView, err = s.PreviewCorrection(ctx, a.actor(rolePayer), ask,
		func(x control.Finding) error {
			if answer.FindingsTotal++; len(answer.Findings) < findingsListed {
				answer.Findings = append(answer.Findings, x)
			}
			return nil
		})
	if err != nil {
		return answer.CorrectionView, err
	}
	answer.Truncated = len(answer.Findings) < answer.FindingsTotal
	if f.Send && a.JSON {
		return answer.CorrectionView, ruled(nil, answer.Outcome, answer.Rejected)
	}
	err = a.term.answer(answer, func() { printCorrection(a, answer, f.Send) })
	return answer.CorrectionView, ruled(err, answer.Outcome, answer.Rejected)
}

func printCorrection(a *app, v correctionAnswer, sends bool) {
	printPreview(a, previewAnswer{PreviewView: v.PreviewView, Findings: v.Findings,
		FindingsTotal: v.FindingsTotal, Truncated: v.Truncated})
	if v.Nameless > 0 {
		a.term.printf("Left out: %s persons whose data are not known any more.\n",
			countText(v.Nameless))
	}
	if v.Next != uuid.Nil {
		a.term.printf("This is the first part. Continue with --after %s\n", v.Next)
	}
	if !sends {
		sayUnrecorded(a, v.PreviewView, "Give the same with --preview TOKEN to send it.")
	}
}
