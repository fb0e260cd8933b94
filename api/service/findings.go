package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/stazh/stazh/api/auth"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
	"github.com/stazh/stazh/projections"
)

// FindingFilter narrows a list of findings; empty fields do not.
type FindingFilter struct {
	Code     string
	Severity control.Severity
	Document int
}

func (f FindingFilter) takes(x *control.Finding) bool {
	return (f.Code == "" || f.Code == x.Code) &&
		(f.Severity == "" || f.Severity == x.Severity) &&
		(f.Document == 0 || f.Document == x.Document)
}

// findingPlace is the cursor of a list of findings: the archived list and the line in it
// that was given last. Lists are only ever added, so the place stays good while the
// filing is still being processed.
type findingPlace struct {
	list ledger.Hash
	line int
}

func (p *findingPlace) fields(c *ledger.Codec) {
	c.Hash(&p.list)
	c.Int(&p.line)
}

// Findings gives what the controls said about a filing: about the file, then about its
// documents in their order, then about parked documents that were decided later.
func (s *Service) Findings(ctx context.Context, c Caller, receipt string, f FindingFilter,
	cursor string, limit int) (Page[control.Finding], error) {
	page := Page[control.Finding]{Items: []control.Finding{}}
	if err := allow(c, auth.ReadFiling, auth.KindFiling, receipt); err != nil {
		return page, err
	}
	var after findingPlace
	resumed, err := projections.DecodeCursor(cursor, after.fields)
	if err != nil {
		return page, found(err, never)
	}
	limit = projections.Limit(limit)
	var last findingPlace
	position, err := s.findings(ctx, receipt, func(at findingPlace, x *control.Finding) error {
		if resumed {
			// Pass over what was given before.
			if at.list == after.list && at.line > after.line {
				resumed = false
			} else {
				return nil
			}
		}
		if !f.takes(x) {
			return nil
		}
		if len(page.Items) == limit {
			page.Next = projections.EncodeCursor(last.fields)
			return errEnough
		}
		page.Items, last = append(page.Items, *x), at
		return nil
	})
	page.Position = position
	if errors.Is(err, errEnough) {
		err = nil
	}
	return page, err
}

// EachFinding hands out all findings of a filing that the filter takes.
func (s *Service) EachFinding(ctx context.Context, c Caller, receipt string, f FindingFilter,
	each func(control.Finding) error) error {
	if err := allow(c, auth.ReadFiling, auth.KindFiling, receipt); err != nil {
		return err
	}
	_, err := s.findings(ctx, receipt, func(_ findingPlace, x *control.Finding) error {
		if !f.takes(x) {
			return nil
		}
		return each(*x)
	})
	return err
}

// findings runs through the archived lists of a filing.
func (s *Service) findings(ctx context.Context, receipt string,
	each func(findingPlace, *control.Finding) error) (ledger.Position, error) {
	row, position, err := s.filingRow(ctx, FilingRef{Receipt: receipt})
	if err != nil {
		return position, found(err, filingUnknown)
	}
	lists := row.Findings
	if p := row.Processed; p != nil && !p.Findings.IsZero() {
		// The findings on the file as a whole are recorded last and read first.
		lists = []ledger.Hash{p.Findings}
		for _, l := range row.Findings {
			if l != p.Findings {
				lists = append(lists, l)
			}
		}
	}
	for _, list := range lists {
		if err := s.eachArchived(ctx, list, each); err != nil {
			return position, err
		}
	}
	return position, nil
}

func (s *Service) eachArchived(ctx context.Context, list ledger.Hash,
	each func(findingPlace, *control.Finding) error) error {
	content, err := s.bus.Archive.Open(ctx, list)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // only read
	lines := json.NewDecoder(content)
	for line := 1; ; line++ {
		var f control.Finding
		if err := lines.Decode(&f); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read archived findings: %w", err)
		}
		if err := each(findingPlace{list, line}, &f); err != nil {
			return err
		}
	}
}
