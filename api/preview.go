package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
)

// PreviewOutcome is what filing a file now would be answered and would do.
type PreviewOutcome struct {
	service.PreviewView
	FindingsTotal     int               `json:"findings_total" doc:"How many findings there are."`
	FindingsTruncated bool              `json:"findings_truncated" doc:"More than are listed."`
	Findings          []control.Finding `json:"findings" doc:"Findings in the order of the file."`
}

func (a *api) registerPreview() route {
	preview := route{time: uploadTimeMax, Operation: huma.Operation{
		OperationID: "previewFiling", Method: http.MethodPost, Path: pathPreviews,
		Summary: "Tell what a file would do before it is filed", Tags: []string{tagFilings},
		Description: "Answers what filing the same bytes now would be answered, and what would " +
			"differ afterwards: months, contributions, coverage and pension of each person, " +
			"what payers owe. File the same bytes with the token in the header Stazh-Preview, " +
			"and just that happens or nothing. It leaves no trace.",
	}, refusals: []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType}}
	preview.RequestBody = uploadBody()
	register(a, preview, a.preview)
	return preview
}

func (a *api) preview(ctx context.Context, c service.Caller, in *Upload,
) (*Output[PreviewOutcome], error) {
	content, err := fileOf(ctx)
	if err != nil {
		return nil, err
	}
	total := 0
	var findings []control.Finding
	view, err := a.service.Preview(ctx, c, service.Submission{Payer: in.Payer,
		Content: content, Channel: service.ChannelAPI, AllOrNothing: in.AllOrNothing},
		func(f control.Finding) error {
			if total++; total <= checkFindingsMax {
				findings = append(findings, f)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	a.metrics.checks.WithLabelValues(view.Outcome).Inc()
	return output(*previewOutcome(view, findings, total), view.Position), nil
}

func previewOutcome(v service.PreviewView, findings []control.Finding, total int,
) *PreviewOutcome {
	if findings == nil {
		findings = []control.Finding{}
	}
	return &PreviewOutcome{PreviewView: v, Findings: findings, FindingsTotal: total,
		FindingsTruncated: total > len(findings)}
}
