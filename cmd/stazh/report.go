package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/stazh/stazh/api/service"
	"github.com/stazh/stazh/commands/intake/control"
	"github.com/stazh/stazh/ledger/event"
)

// fileFlags name a file and its filer.
type fileFlags struct {
	File         string `arg:"" help:"The file, or - for standard input."`
	Payer        string `placeholder:"UNP" help:"The filer; by default the file says it."`
	AllOrNothing bool   `help:"Take all documents or none."`
}

// open opens the file for reading.
func (f *fileFlags) open(a *app) (io.ReadCloser, error) {
	if f.File == "-" {
		return io.NopCloser(a.in), nil
	}
	file, err := os.Open(f.File)
	if err != nil {
		return nil, usage("%w", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = usage("%s is a directory: name one file", f.File)
	}
	if err != nil {
		file.Close() //nolint:errcheck // nothing was read
		return nil, err
	}
	return file, nil
}

// findingsListed bounds the findings that one answer lists; all are counted.
const findingsListed = 10_000

// reportCheck checks a file.
type reportCheck struct {
	fileFlags
}

// checkAnswer is what filing the file would be answered.
type checkAnswer struct {
	service.CheckResult
	Findings      []control.Finding `json:"findings"`
	FindingsTotal int               `json:"findings_total"`
	// Truncated is true when not all findings are listed.
	Truncated bool `json:"findings_truncated"`
}

// Run checks; exit code 3 tells that documents would be rejected.
func (c *reportCheck) Run(ctx context.Context, a *app) error {
	file, err := c.open(a)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	return a.read(ctx, func(ctx context.Context, s *session) error {
		answer := checkAnswer{Findings: []control.Finding{}}
		bar := a.progress("Checking", "findings")
		answer.CheckResult, err = s.Check(ctx, a.actor(rolePayer), service.Submission{
			Payer: c.Payer, Content: file, AllOrNothing: c.AllOrNothing,
		}, func(f control.Finding) error {
			answer.FindingsTotal++
			bar.set(int64(answer.FindingsTotal), 0)
			if len(answer.Findings) < findingsListed {
				answer.Findings = append(answer.Findings, f)
			}
			return nil
		})
		if err != nil {
			return err
		}
		bar.clear()
		answer.Truncated = len(answer.Findings) < answer.FindingsTotal
		err := a.term.answer(answer, func() {
			r := answer.CheckResult
			a.term.printf("%s  %s\n", outcomeText(a.term, r.Outcome),
				counts(r.Form, r.Year, r.Quarters, r.Documents, r.Accepted, r.Rejected, r.Parked))
			printRepairs(a.term, r.Repairs, a.Lang)
			printFindings(a.term, answer.Findings, a.Lang, answer.FindingsTotal)
			a.term.say("Nothing was recorded: this was a check.")
		})
		return ruled(err, answer.Outcome, answer.Rejected)
	})
}

// ruled makes the exit code of a file that the rules rejected, in part or as a whole.
func ruled(err error, outcome string, rejected int) error {
	if err == nil && (outcome == event.Refused || rejected > 0) {
		return &coded{exitRejected, errSaid}
	}
	return err
}

// outcomeText is the outcome in its colour.
func outcomeText(term *terminal, outcome string) string {
	switch outcome {
	case event.Accepted:
		return term.paint(green, "✓ "+outcome)
	case event.Refused:
		return term.paint(red, "✗ "+outcome)
	}
	return term.paint(yellow, "! "+outcome)
}

// counts is the head of an answer: "ПУ-3 2018 Q1, Q2: 2 documents, …". Quarters are digits.
func counts(form string, year int, quarters string,
	documents, accepted, rejected, parked int) string {
	head := form
	if year > 0 {
		head += fmt.Sprintf(" %d", year)
		if quarters != "" {
			head += " Q" + strings.Join(strings.Split(quarters, ""), ", Q")
		}
	}
	word := "documents"
	if documents == 1 {
		word = "document"
	}
	return fmt.Sprintf("%s: %s %s, %s accepted, %s rejected, %s parked", head,
		grouped(int64(documents)), word, grouped(int64(accepted)), grouped(int64(rejected)),
		grouped(int64(parked)))
}

// reportStatus shows a filing.
type reportStatus struct {
	Receipt string `arg:"" help:"The receipt number."`
	Watch   bool   `short:"w" help:"Wait until the filing is processed, and show its steps."`
}

// statusAnswer is a filing with what the controls have said about it so far.
type statusAnswer struct {
	service.FilingView
	Findings []control.Finding `json:"findings"`
}

// Run shows what became of a filing.
func (c *reportStatus) Run(ctx context.Context, a *app) error {
	return a.read(ctx, func(ctx context.Context, s *session) error {
		caller := a.actor(rolePayer)
		read, err := s.asOf(ctx, moment{}, 0)
		if err != nil {
			return err
		}
		ref := service.FilingRef{Receipt: c.Receipt}
		found, err := s.Filing(ctx, caller, ref, read)
		if err != nil {
			return err
		}
		view := found.Value
		if c.Watch && !view.Processed() {
			if view, err = s.watch(ctx, a, caller, view.Receipt); err != nil {
				return err
			}
		}
		answer := statusAnswer{FilingView: view}
		if answer.Findings, err = s.findings(ctx, a, caller, view.Receipt); err != nil {
			return err
		}
		err = a.term.answer(answer, func() { printFiling(a, view, answer.Findings) })
		if !view.Processed() {
			return err
		}
		return ruled(err, view.Status, view.Rejected)
	})
}

// findingsShown bounds the findings that people see with a filing's state; the rest is a
// command away.
const findingsShown = 200

// errEnough ends a run through findings.
var errEnough = errors.New("enough")

// findings lists all findings of a filing where JSON is asked for, and the first ones for
// people.
func (s *session) findings(ctx context.Context, a *app, caller service.Caller, receipt string,
) ([]control.Finding, error) {
	list := []control.Finding{}
	err := s.EachFinding(ctx, caller, receipt, service.FindingFilter{},
		func(f control.Finding) error {
			if !a.JSON && len(list) == findingsShown {
				return errEnough
			}
			list = append(list, f)
			return nil
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, err
}

// watch follows a filing to its end and shows how far it has come.
func (s *session) watch(ctx context.Context, a *app, caller service.Caller, receipt string,
) (service.FilingView, error) {
	var last service.FilingView
	bar := a.progress("Processing", "documents")
	err := s.FollowFiling(ctx, caller, receipt, 0, func(v service.FilingView) error {
		last = v
		bar.set(int64(v.Posted), int64(v.Documents))
		return nil
	})
	if err == nil && last.Documents > 0 {
		bar.end(int64(last.Documents))
	}
	return last, err
}

func printFiling(a *app, v service.FilingView, findings []control.Finding) {
	term := a.term
	term.printf("Receipt   %s\n", v.Receipt)
	term.printf("Payer     %s\n", v.Payer)
	term.printf("Received  %s, %s bytes, by %s (%s)\n", v.ReceivedAt.UTC().Format(timeForm),
		grouped(v.Bytes), clean(v.FiledBy.Subject, 60), v.FiledBy.Role)
	term.printf("SHA-256   %s\n", v.SHA256)
	if !v.Processed() {
		term.printf("Status    %s, %s documents have their outcome\n", v.Status,
			grouped(int64(v.Posted)))
		return
	}
	term.printf("Processed %s, rules %s\n", v.ProcessedAt.UTC().Format(timeForm), v.RulePack)
	term.printf("%s  %s\n", outcomeText(term, v.Status), counts(v.Form, v.Year, v.Quarters,
		v.Documents, v.Accepted, v.Rejected, v.Parked))
	printFindings(term, findings, a.Lang, len(findings))
	if len(findings) == findingsShown {
		term.say("All that was found: %s report findings %s", program(), v.Receipt)
	}
}

// timeForm is how moments are shown to people, in UTC.
const timeForm = "2006-01-02 15:04:05Z"

// reportFindings lists findings.
type reportFindings struct {
	Receipt  string `arg:"" help:"The receipt number."`
	Code     string `placeholder:"SPF-nnn" help:"Only those of a rule."`
	Severity string `placeholder:"F|E|P|W|I" help:"Only those of a severity."`
	Document int    `placeholder:"N" help:"Only those of a document."`
}

// Run lists what was found; with --json one finding a line, as there may be many.
func (c *reportFindings) Run(ctx context.Context, a *app) error {
	if c.Code != "" && !slices.ContainsFunc(control.Catalogue(), func(r control.Rule) bool {
		return r.Code == c.Code
	}) {
		return usage("there is no rule %q: codes are written as SPF-212", c.Code)
	}
	return a.read(ctx, func(ctx context.Context, s *session) error {
		if err := s.caughtUp(ctx); err != nil {
			return err
		}
		filter := service.FindingFilter{Code: c.Code, Severity: control.Severity(c.Severity),
			Document: c.Document}
		var list []control.Finding
		total := 0
		err := s.EachFinding(ctx, a.actor(rolePayer), c.Receipt, filter,
			func(f control.Finding) error {
				total++
				if a.JSON {
					return a.term.line(f)
				}
				if len(list) < findingsListed {
					list = append(list, f)
				}
				return nil
			})
		if err == nil && !a.JSON {
			printFindings(a.term, list, a.Lang, total)
			if total == 0 {
				a.term.printf("Nothing was found.\n")
			}
		}
		return err
	})
}
