package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
)

// Correction asks for corrections that are made from the versions in force.
type Correction struct {
	Mass    *MassInput    `json:"mass,omitempty" doc:"One change to all reports of a time."`
	Restore *RestoreInput `json:"restore,omitempty" doc:"A former version to bring back."`
	Ground  string        `json:"ground,omitempty" maxLength:"500" doc:"Act and article."`
}

// MassInput is one change to all reports of a payer for a time.
type MassInput struct {
	Payer    UNPText   `json:"payer" doc:"UNP of the payer."`
	Year     int       `json:"year" minimum:"1990" maximum:"2100" doc:"Year of the reports."`
	Quarters string    `json:"quarters,omitempty" pattern:"^[1-4]*$" doc:"Digits; all if absent."`
	Category string    `json:"category,omitempty" maxLength:"2" doc:"Only this category."`
	Tariff   string    `json:"tariff,omitempty" maxLength:"10" doc:"Only months of this tariff."`
	Change   string    `json:"change" enum:"tariff,category,cancel" doc:"What is to be done."`
	To       string    `json:"to,omitempty" maxLength:"10" doc:"The right tariff or category."`
	After    uuid.UUID `json:"after,omitempty" doc:"The next of the part before."`
}

// RestoreInput names a former version of a report.
type RestoreInput struct {
	Receipt  string `json:"receipt" maxLength:"40" doc:"Of a document that made or changed it."`
	Document int    `json:"document,omitempty" minimum:"0" doc:"Its number, if there are more."`
	Version  int    `json:"version" minimum:"1" doc:"The version to bring back."`
}

func (in *Correction) ask() service.Correction {
	c := service.Correction{Ground: in.Ground}
	if m := in.Mass; m != nil {
		c.Mass = &service.MassCorrection{Payer: string(m.Payer), Year: m.Year,
			Quarters: m.Quarters, Category: m.Category, Tariff: m.Tariff, Change: m.Change,
			To: m.To, After: m.After}
	}
	if r := in.Restore; r != nil {
		c.Restore = &service.RestoreVersion{Receipt: r.Receipt, Document: r.Document,
			Version: r.Version}
	}
	return c
}

// CorrectionInput is a correction to be previewed.
type CorrectionInput struct {
	Body Correction
}

// SendCorrectionInput is a correction to be filed.
type SendCorrectionInput struct {
	Preview string `header:"Stazh-Preview" pattern:"^[0-9a-f]{64}$" doc:"Token of the preview."`
	// Key is not needed: the same correction of the same versions is the same file.
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Optional: a repetition is found."`
	Body Correction
}

// CorrectionOutcome is what a correction would be answered and would do.
type CorrectionOutcome struct {
	service.CorrectionView
	FindingsTotal     int               `json:"findings_total" doc:"How many findings there are."`
	FindingsTruncated bool              `json:"findings_truncated" doc:"More than are listed."`
	Findings          []control.Finding `json:"findings" doc:"Findings in document order."`
}

func (a *api) registerCorrections() {
	register(a, route{time: uploadTimeMax, Operation: huma.Operation{
		OperationID: "previewCorrection", Method: http.MethodPost,
		Path: "/v1/correction-previews", Tags: []string{tagFilings},
		Summary: "Tell what a mass correction or a restore would do",
		Description: "Makes the documents from the versions in force and tells what differs " +
			"after them. Send the same with the token to have just that happen.",
	}, refusals: []int{http.StatusNotFound, http.StatusConflict}}, a.previewCorrection)
	register(a, route{time: uploadTimeMax, Operation: huma.Operation{
		OperationID: "submitCorrection", Method: http.MethodPost, Path: "/v1/corrections",
		Summary: "File a mass correction or a restore", Tags: []string{tagFilings},
		DefaultStatus: http.StatusAccepted,
		Description: "Makes the documents anew and files them, all or none, if they still do " +
			"what the preview showed. Follow the filing at the Location.",
	}, refusals: []int{http.StatusNotFound, http.StatusConflict,
		http.StatusPreconditionFailed}}, a.submitCorrection)
}

func (a *api) previewCorrection(ctx context.Context, c service.Caller, in *CorrectionInput,
) (*Output[CorrectionOutcome], error) {
	out := CorrectionOutcome{Findings: []control.Finding{}}
	var err error
	out.CorrectionView, err = a.service.PreviewCorrection(ctx, c, in.Body.ask(),
		func(f control.Finding) error {
			if out.FindingsTotal++; out.FindingsTotal <= checkFindingsMax {
				out.Findings = append(out.Findings, f)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	out.FindingsTruncated = out.FindingsTotal > len(out.Findings)
	return output(out, out.Position), nil
}

func (a *api) submitCorrection(ctx context.Context, c service.Caller, in *SendCorrectionInput,
) (*ReceiptOutput, error) {
	answer, err := a.service.SubmitCorrection(ctx, c, in.Body.ask(), hashOf(in.Preview))
	if err != nil {
		return nil, err
	}
	return a.receipt(answer), nil
}
