package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections/version"
)

// VersionsInput asks for the versions of a person's reports.
type VersionsInput struct {
	PersonPath
	Reading
	Payer   UNPText `query:"payer" doc:"Only what this payer reported."`
	Year    int     `query:"year" minimum:"1900" maximum:"9999" doc:"Only reports of this year."`
	Changed bool    `query:"changed" doc:"Only what was corrected, cancelled or restored."`
}

// VersionsAnswer is the versions of a person's reports.
type VersionsAnswer struct {
	service.VersionsView
	Position     ledger.Position `json:"position" doc:"Ledger position of the answer."`
	RecordedUpTo time.Time       `json:"recorded_up_to,omitzero" doc:"When that was recorded."`
	Chain        *service.Chain  `json:"chain" doc:"Verified chain of the person's events."`
}

func (a *api) registerVersions() {
	register(a, route{Operation: huma.Operation{OperationID: "listVersions",
		Method: http.MethodGet, Path: pathPersons + "/{id}/versions", Tags: []string{tagPersons},
		Summary: "List all versions of a person's reports",
		Description: "Of each report every version, from the original on: what it says, who " +
			"recorded it, when, on what ground, and what superseded it; and all records of " +
			"each employment; of joined accounts those of all. Nothing that was ever reported is " +
			"lost. Of what the Fund has corrected without the payer, the order says why. As of a " +
			"moment or position the versions are those that the Fund had then.",
	}, refusals: []int{http.StatusNotFound}}, a.versions)
}

func (a *api) versions(ctx context.Context, c service.Caller, in *VersionsInput,
) (*Output[VersionsAnswer], error) {
	id, err := in.personID(ctx)
	if err != nil {
		return nil, err
	}
	x, err := a.service.Versions(ctx, c, id, in.read(), version.Filter{
		Payer: string(in.Payer), Year: in.Year, Changed: in.Changed})
	if err != nil {
		return nil, err
	}
	return output(VersionsAnswer{x.Value, x.Position, x.RecordedUpTo, x.Chain}, x.Position), nil
}
