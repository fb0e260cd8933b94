package main

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger"
)

// reportPreview tells what a file would do.
type reportPreview struct {
	fileFlags
}

// previewAnswer is what filing the file would be answered and would do.
type previewAnswer struct {
	service.PreviewView
	Findings      []control.Finding `json:"findings"`
	FindingsTotal int               `json:"findings_total"`
	// Truncated is true when not all findings are listed.
	Truncated bool `json:"findings_truncated"`
}

// Run previews; exit code 3 tells that documents would be rejected.
func (c *reportPreview) Run(ctx context.Context, a *app) error {
	file, err := c.open(a)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return a.read(ctx, func(ctx context.Context, s *session) error {
		answer := previewAnswer{Findings: []control.Finding{}}
		answer.PreviewView, err = s.Preview(ctx, a.actor(rolePayer), service.Submission{
			Payer: c.Payer, Content: file, AllOrNothing: c.AllOrNothing,
		}, func(f control.Finding) error {
			if answer.FindingsTotal++; len(answer.Findings) < findingsListed {
				answer.Findings = append(answer.Findings, f)
			}
			return nil
		})
		if err != nil {
			return err
		}
		answer.Truncated = len(answer.Findings) < answer.FindingsTotal
		err := a.term.answer(answer, func() {
			printPreview(a, answer)
			sayUnrecorded(a, answer.PreviewView,
				"To have just this happen, send the file with --preview TOKEN.")
		})
		return ruled(err, answer.Outcome, answer.Rejected)
	})
}

// sayUnrecorded ends a preview; what was filed already has no token to go on with.
func sayUnrecorded(a *app, v service.PreviewView, next string) {
	if v.Earlier != "" {
		next = ""
	}
	a.term.say("%s", strings.TrimSpace("Nothing was recorded. "+next))
}

func printPreview(a *app, v previewAnswer) {
	a.term.printf("%s  %s\n", outcomeText(a.term, v.Outcome),
		counts(v.Form, v.Year, v.Quarters, v.Documents, v.Accepted, v.Rejected, v.Parked))
	printRepairs(a.term, v.Repairs, a.Lang)
	printFindings(a.term, v.Findings, a.Lang, v.FindingsTotal)
	if v.Earlier != "" {
		a.term.printf("Filed already: receipt %s. Filing it again does nothing.\n", v.Earlier)
		return
	}
	printEffect(a.term, v.Effect, v.Insured)
	a.term.printf("\nToken  %s\n", v.Token)
}

// tokenOf reads the token of a preview; zero for none.
func tokenOf(text string) (token ledger.Hash, err error) {
	if text == "" {
		return token, nil
	}
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(token) {
		return token, usage("the token of a preview has 64 digits from 0 to f: copy it whole")
	}
	copy(token[:], b)
	return token, nil
}

// stale shows the new preview of a file that was refused because the one it came with no
// longer holds.
func (a *app) stale(err error) error {
	var refused *service.StalePreviewError
	if !errors.As(err, &refused) {
		return err
	}
	answer := previewAnswer{PreviewView: refused.Preview, Findings: refused.Findings,
		FindingsTotal: len(refused.Findings)}
	if answer.Findings == nil {
		answer.Findings = []control.Finding{}
	}
	if shown := a.term.answer(answer, func() { printPreview(a, answer) }); shown != nil {
		return shown
	}
	return err
}
